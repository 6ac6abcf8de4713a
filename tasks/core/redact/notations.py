"""Secret keys in notations where key and value stand apart: YAML, forms, markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import values
from .keys import CANDIDATES, Keys, Secrecy
from .lazily import lazily
from .privatekeys import PREFIX
from .spans import FIELD, Span

#: Bytes below its key that a value may take up.
REACH = 8 * 1024

_QUOTE = rb"\\{0,7}[\"']"
_IS = rb"\\{0,7}[\"']?[ \t]{0,4}[:=][ \t]{0,4}"


class YamlBlocks:
    """Secrets in the block scalars of YAML: ``token: |`` and what is below."""

    name = "yaml-block"
    meaning = "block scalars of YAML below a secret key"
    trigger = r":[ \t]{1,8}[|>][0-9+-]{0,2}[ \t]{0,8}\r?\n"
    reach = REACH
    _HEAD = lazily(
        rb"(?P<pad>(?P<prefix>" + PREFIX.removesuffix(rb"[ \t>]*") + rb")[ \t]*(?:- )?)"
        rb"[\"']?(?P<key>[\w.-]{1,60})[\"']?[ \t]*:[ \t]+[|>][0-9+-]{0,2}[ \t]*\r?$",
        re.MULTILINE,
    )

    def __init__(self, keys: Keys) -> None:
        """Take the secret keys."""
        self._keys = keys

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the text below the key if the line opens one and it is secret."""
        head = self._HEAD.match(block, start)
        key = head["key"].decode("ascii", "replace") if head else ""
        if head is None or self._keys.secrecy(key) is not Secrecy.ANY_VALUE:
            return
        prefix, depth = len(head["prefix"]), len(head["pad"])
        at, first, last = block.find(b"\n", end) + 1, -1, -1
        while 0 < at < min(len(block), end + REACH):
            stop = block.find(b"\n", at)
            stop = stop if stop >= 0 else len(block)
            text = block[at + prefix : stop].strip()
            indent = block.find(text, at + prefix) if text else 0
            if text and indent - at <= depth:
                break
            if text:
                first = indent if first < 0 else first
                last = indent + len(text)
            at = stop + 1
        if first >= 0:
            yield Span(first, last, FIELD, key, begin=start, open=last == len(block))


class FormParts:
    """Secret fields of a multipart form: the value is two lines below."""

    name = "form-part"
    meaning = "secret fields of a multipart form"
    trigger = r"(?i:form-data;)[ \t]{0,4}name="
    reach = REACH
    _EOL = rb"(?:\r?\n|(?:\\+r)?\\+n)"
    _PART = lazily(
        rb"(?i:form-data;)[ \t]*name=\\*\"(?P<key>[\w.\-\[\]]{1,80})\\*\"[^\n]{0,400}?"
        + _EOL
        + rb"(?:[^\n]{1,400}?"
        + _EOL
        + rb"){0,3}?"
        + _EOL
        + rb"(?P<value>[^\n]{1,400}?)(?="
        + _EOL
        + rb"|[\"']|\Z)"
    )

    def __init__(self, keys: Keys) -> None:
        """Take the secret keys."""
        self._keys = keys

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the values of the secret parts that begin in the line."""
        for part in self._PART.finditer(block, start, end + REACH):
            if part.start() >= end:
                return
            key = part["key"].decode("ascii", "replace")
            secret = self._keys.secrecy(key) is not Secrecy.NONE
            if secret and not values.is_nothing(part["value"]):
                yield Span(*part.span("value"), FIELD, key, begin=part.start())


class NamedPairs:
    """Secrets whose key is itself a value, or the name of an element."""

    name = "named-pair"
    meaning = (
        '``{"name": "DB_PASSWORD", "value": ...}``, form inputs, XML elements, '
        "Erlang terms, ``${KEY:-default}``, refused input"
    )
    trigger = (
        rb"\$\{\w{1,80}:?[-=][^}]|(?i:value|input)"
        + _IS
        + _QUOTE
        + rb"|(?i:"
        + "|".join(CANDIDATES).encode()
        + rb")"
        rb"[\w:.-]{0,20}(?:[ \t][\w:]{1,20}=[^<>\n]{0,60})?>[^<>\n]"
    ).decode()
    #: Of Erlang terms; alone it is quicker where there is no hyperscan.
    erlang = r"\{\w{3,60},[ \t]{0,4}(?:<<)?\""
    reach = 0
    _NAME = rb"(?i:\b(?:name|key|id|field|variable|parameter))" + _IS + _QUOTE
    _KEY = rb"(?P<key>[\w.-]{2,80})" + _QUOTE
    _VALUE = (
        rb"\b(?i:value)"
        + _IS
        + rb"(?P<open>\\{0,7}[\"'])(?P<value>[^\"'\n]*?)(?P=open)"
    )
    _PAIRS = (
        lazily(_QUOTE + _KEY + rb"[ \t]{0,4}:[ \t]{0,4}\{[ \t]{0,4}" + _QUOTE + _VALUE),
        lazily(
            rb"\\{0,7}[\"']loc"
            + _IS
            + rb"[\[(][^\[\]()\n]{0,200}?"
            + _QUOTE
            + _KEY
            + rb"[\])][^{}\n]{0,400}?\binput"
            + _IS
            + rb"(?P<open>\\{0,7}[\"'])(?P<value>[^\"'\n]*?)(?P=open)"
        ),
        lazily(_NAME + _KEY + rb"[^\n{}<>]{0,160}?" + _VALUE),
        lazily(_VALUE + rb"[^\n{}<>]{0,160}?" + _NAME + _KEY),
        lazily(rb"\{(?P<key>\w{3,60}),[ \t]*(?:<<)?\"(?P<value>[^\"\n]+)\""),
        lazily(rb"\$\{(?P<key>\w{1,80}):?[-=](?P<value>[^{}\s\"']+)\}"),
        lazily(
            rb"<(?:[\w-]+:)?(?P<key>[A-Za-z][\w.-]{1,60})(?:[ \t][^<>\n]{0,200})?>"
            rb"(?P<value>[^<>\n]{1,400})</"
        ),
    )

    def __init__(self, keys: Keys) -> None:
        """Take the secret keys."""
        self._keys = keys

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the values of the secret pairs in the line."""
        for pairs in self._PAIRS:
            for pair in pairs.finditer(block, start, end):
                key = pair["key"].decode("ascii", "replace")
                raw = pair["value"]
                secrecy = self._keys.secrecy(key)
                if secrecy is Secrecy.NONE or values.is_nothing(raw):
                    continue
                if secrecy is Secrecy.ANY_VALUE or values.looks_random(raw):
                    yield Span(*pair.span("value"), FIELD, key, begin=pair.start())
