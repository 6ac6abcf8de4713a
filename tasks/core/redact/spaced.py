"""Secrets that just follow their key: flags, old notations, the next line."""

from __future__ import annotations

from collections.abc import Iterator

from . import values
from .decide import holds_none
from .keys import CANDIDATES, Keys, Secrecy
from .lazily import lazily
from .privatekeys import PREFIX
from .spans import FIELD, Span
from .tokens import TOKEN_BYTES

_WORDS = "|".join(CANDIDATES)
#: Bytes below its key that a value may be.
REACH = 512


class Spaced:
    """``--password x``, ``ENV API_TOKEN x``, ``X-Api-Key x;``, ``"token" "x"``."""

    name = "spaced"
    meaning = "a value that follows its key after a blank: flags, ``ENV KEY value``"
    trigger = (
        rf"(?:[_\-](?i:{_WORDS})|(?i:{_WORDS})[_\-]|(?i:bindpw|rootpw))"
        r"[\w\-]{0,40}\\{0,3}[\"']?[ \t]"
    )
    #: Of keys like ``npmAuthToken``; alone it is quicker.
    humps = r"[a-z](?:Token|Secret|Password|Key|Auth)[\w\-]{0,40}\\{0,3}[\"']?[ \t]"
    reach = 0
    _KEY = lazily(
        rb"(?<![\w.\-])(?P<key>[\w.\-]{0,60}?(?i:"
        + _WORDS.encode()
        + rb")[\w\-]{0,40})"
        rb"\\{0,3}[\"']?[ \t]{1,8}(?=[^\s|&;<>=:-])"
    )

    def __init__(self, keys: Keys) -> None:
        """Take the secret keys."""
        self._keys = keys

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the values that follow a secret key in the line."""
        for found in self._KEY.finditer(block, start, end):
            key = found["key"].decode("ascii", "replace")
            if self._keys.secrecy(key) is Secrecy.NONE:
                continue
            at = found.end() + len("pass:") * block.startswith(b"pass:", found.end())
            value = values.quoted(block, at, end) or values.bare(block, at, end)
            raw = block[value.start : value.end]
            before = block[max(start, found.start() - 20) : found.start()]
            sure = key.startswith("-") or bool(_SETTER.search(before))
            if self._is_value(raw, sure=sure):
                begin = found.start()
                opened = value.open
                yield Span(value.start, value.end, FIELD, key, begin=begin, open=opened)

    @staticmethod
    def _is_value(raw: bytes, *, sure: bool) -> bool:
        """Tell a value from the next word of a sentence."""
        if holds_none(raw):
            return False
        if sure:
            return not (values.is_prose(raw) or values.is_code(raw))
        if raw.startswith(b"("):
            return False
        digits = sum(byte in b"0123456789" for byte in raw)
        mixed = digits > 1 or not (raw.islower() or raw.isupper())
        return mixed and len(raw) >= _SURE_FROM and values.looks_random(raw)


#: What says before a key that its value follows.
_SETTER = lazily(rb"\b(?:ENV|setx|set(?:env)?(?: -\w+)?)[ \t]+$")
_SURE_FROM = 12


class NextLine:
    """A key or a sentence that ends its line, and the secret below it."""

    name = "next-line"
    meaning = (
        "a secret on the line below its key, or below a sentence that announces it"
    )
    trigger = (
        r"(?i:password|passphrase|token|secret|api key)[^\n]{0,100}(?::|=>)"
        r"[ \t]{0,4}\r?\n"
        rf"|(?:name|key)[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}}[\"']?[\w.-]{{0,60}}"
        rf"(?i:{_WORDS})[\w.-]{{0,40}}[\"']?,?[ \t]{{0,4}}\r?\n"
        rf"|^[\w.]{{0,60}}(?i:{_WORDS})[\w.]{{0,40}}[ \t]{{0,4}}\r?\n"
    )
    reach = REACH
    _ANNOUNCES = lazily(
        rb"(?i:password|passphrase|token|secret|api key)[^\n]{0,100}(?::|=>)[ \t]*$"
    )
    _BARE_KEY = lazily(PREFIX + rb"(?P<key>[\w.]{1,120})[ \t]*$")
    _NAMED_KEY = lazily(
        PREFIX + rb"(?:[-{][ \t]*)?[\"']?(?:name|key)[\"']?[ \t]*[:=][ \t]*[\"']?"
        rb"(?P<key>[\w.-]{1,120})[\"']?,?[ \t]*$"
    )
    _VALUE = lazily(
        PREFIX
        + rb"[\"']?value[\"']?[ \t]*[:=][ \t]*(?P<quote>[\"']?)(?P<value>[^\n]+?)"
        rb"(?P=quote),?[ \t]*\r?(?:\n|\Z)"
    )
    _INPUT = lazily(rb"[^\n]*\binput_value=(?P<value>[^\n]+?)(?:, input_type=|\]|$)")
    _ALONE = lazily(
        rb"(?:"
        + PREFIX
        + rb"\r?\n)?"
        + PREFIX
        + rb"(?:string\(\d+\)[ \t]*)?[\"'`]?(?P<value>[^\s\"'`]{8,200})[\"'`]?"
        + rb"[ \t]*\r?(?:\n|\Z)"
    )

    def __init__(self, keys: Keys) -> None:
        """Take the secret keys."""
        self._keys = keys

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the secret below the line."""
        below = block.find(b"\n", end) + 1
        if not below:
            return
        for heads, value, sure in (
            (self._BARE_KEY, self._INPUT, True),
            (self._NAMED_KEY, self._VALUE, True),
            (None, self._ALONE, False),
        ):
            head = heads.fullmatch(block, start, end) if heads else None
            key = head["key"].decode("ascii", "replace") if head else ""
            if heads and self._keys.secrecy(key) is Secrecy.NONE:
                continue
            line = TOKEN_BYTES.sub(b"", block[start:end])
            if not heads and not self._ANNOUNCES.search(line):
                continue
            found = value.match(block, below, below + REACH)
            raw = found["value"].strip(b"'\"") if found else b""
            if found and not holds_none(raw) and (sure or values.looks_random(raw)):
                key = key or "announced"
                yield Span(*found.span("value"), FIELD, key, value=raw, begin=start)
                return
