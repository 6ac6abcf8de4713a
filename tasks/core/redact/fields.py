"""Secrets that stand beside a key: env, JSON, YAML, query strings, reprs, flags.

A candidate is a word of `keys.CANDIDATES` followed by something that sets a
value. `keys.Keys` decides by the whole key; `values` finds the value's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from . import headers, settings, values
from .decide import holds_none, is_secret
from .keys import CANDIDATES, Keys, Secrecy, words
from .lazily import lazily
from .settings import Key
from .spans import FIELD, PERSONAL, Span
from .tokens import TOKEN_BYTES, UNTOLD
from .values import ANSI, Value

_WORDS = b"|".join(word.encode() for word in CANDIDATES)
_CLOSE = rb"(?:\\{0,7}[\"'`]|\\{1,3}u002[27]|&quot;|&#34;|&#39;|\])"
_BLANK = rb"(?:" + ANSI + rb"){0,2}[ \t]{0,8}(?:" + ANSI + rb"){0,2}"
#: After the word: the rest of the key, its quotes, and what sets it. Written
#: so that `re` and hyperscan read it alike.
_SETS = (
    rb"[\w.\-]{0,40}(?:"
    + _CLOSE
    + rb"{0,3}"
    + _BLANK
    + rb"(?:\??[:=]|%3[aAdD]|%22%3[aA])"
    rb"|\\{0,7}[\"'],)"
)
#: A personal access token's key ends in ``_PAT``; ``pat`` alone is in too many.
_PAT = rb"(?i:_pat)" + _CLOSE + rb"{0,3}[ \t]{0,8}[:=]"
_VALUE = UNTOLD.encode()
_OTHERS = _WORDS.replace(b"|secret|", b"|")
#: ``[secret:`` is how a token begins, which is not to be looked at again.
TRIGGER = (
    rb"(?:(?:(?i:"
    + _OTHERS
    + rb")|(?:^|[^\[])(?i:secret))"
    + _SETS
    + rb"|"
    + _PAT
    + rb")"
    + _VALUE
    + rb"|\[(?i:secret)(?:[^:]|:[\w.\-]*(?:[^\w.#\-]|#[^0-9]))"
)

_AFTER_KEY = (
    rb"(?P<rest>[\w.\-]{0,40})(?:(?P<close>"
    + _CLOSE
    + rb"{0,3})"
    + _BLANK
    + rb"(?P<sets>=>|:=|::(?=[ \t])|[:=](?![:=~])|\?=|%3[aAdD]|%22%3[aA])"
    rb"|\\{0,7}[\"'](?P<comma>,))"
)
_KEY_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$"
#: Bytes of a key before the word that makes it one.
_BEFORE = 60
#: What most secrets in logs look like. That it is one needs no more looking at:
#: nothing of letters and digits is a mask, a variable, code or a reference.
_PLAIN = rb"(?!varchar)(?=[0-9]*[A-Za-z])(?=[A-Za-z]*[0-9])(?P<value>[A-Za-z0-9]{12,})"
_PLAIN_BARE = lazily(_PLAIN + rb"(?=[ \t\r]|&[\w.\-]{1,60}=|$)")
_PLAIN_QUOTED = lazily(rb" ?(?P<quote>[\"'])" + _PLAIN + rb"(?P=quote)(?=[,}\s]|$)")
#: Keys that are remembered.
_MOST_NAMES = 4096
_USER = lazily(rb"[^\s:@/]*:[^\s/?#]*@")
_URL_PATH = lazily(rb"https?:(?:\\*/){2}[^/\s\"'\\]+\\*/")


class Fields:
    """The finder for one set of keys."""

    def __init__(self, keys: Keys, columns: frozenset[str] = frozenset()) -> None:
        """Take the secret keys and the columns that hold personal data."""
        self._keys = keys
        self._columns = columns
        extra = sorted(re.escape(key).encode() for key in keys.secret | columns)
        # For lower case: `re` is twice as fast where it need not ignore it.
        names = b"|".join([_WORDS, *extra, rb"_pat\b"])
        self._set = re.compile(rb"(?:" + names + rb")" + _AFTER_KEY)
        self._labels: dict[bytes, str] = {}
        self.triggers = [rb"(?i:" + name + rb")" + _SETS + _VALUE for name in extra]

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the spans of the fields in the line from ``start`` to ``end``."""
        lowered = block[start:end].lower()
        at = 0
        while after := self._set.search(lowered, at):
            at = after.end()
            begin = _key_begin(block, start + after.start(), start)
            before = block[begin - 2 : begin]
            if before == b"${" or (before == b"//" and _USER.match(block, begin, end)):
                continue  # a variable, a URL's user: others know what follows
            if before[1:] == b":" and b"arn:" in block[max(begin - 80, 0) : begin]:
                continue  # the name of a secret
            if token := TOKEN_BYTES.match(block, begin - 1, end):
                at = token.end() - start
                continue
            name = block[begin : start + after.end("rest")]
            if label := self._label(name):
                found = _plainly(block, start + at, end, after)
                if found:
                    first, last = found.span("value")
                    yield Span(first, last, FIELD, label, found["value"], begin)
                    continue
            key = Key(
                name=name.decode("utf-8", "replace"),
                line=start,
                begin=begin,
                end=start + at,
                sets=after["sets"] or after["comma"],
                quoted=bool(after["close"]) or bool(after["comma"]),
            )
            yield from self._field(block, key, end)

    def _label(self, raw: bytes) -> str:
        """Return the name of a key whose value is a secret as a whole, else ""."""
        label = self._labels.get(raw)
        if label is None:
            name = raw.decode("utf-8", "replace").strip("-.$")
            header = words(name)[-1:] in _HEADERS
            personal = name.lower().rsplit(".", 1)[-1] in self._columns
            secret = self._keys.secrecy(name) is not Secrecy.NONE
            label = name if secret and not header and not personal else ""
            if len(self._labels) >= _MOST_NAMES:
                self._labels.clear()
            self._labels[raw] = label
        return label

    def _field(self, block: bytes, key: Key, end: int) -> Iterator[Span]:
        name = key.name.strip("-.$")
        secrecy = self._keys.secrecy(name)
        personal = name.lower().rsplit(".", 1)[-1] in self._columns
        if secrecy is Secrecy.NONE and not personal:
            if "webhook" in words(name):
                yield from _webhook(block, key, end)
            return
        at = values.skip_lead(block, key.end, end)
        last = words(name)[-1:]
        if last == ("authorization",):
            yield from headers.authorization(block, at, end, key.begin)
            return
        if last and last[0] in ("cookie", "cookies"):
            first = "set" in name.lower()
            jar = list(headers.cookies(block, at, end, key.begin, first=first))
            yield from jar
            if jar:
                return
        if block[at : at + 1] == b"[":
            for item in settings.items(block, at + 1, end):
                if not holds_none(block[item.start : item.end]):
                    yield _span(block, item, name, key.begin)
            return
        whole = secrecy is not Secrecy.IF_RANDOM
        value = settings.value_of(block, at, end, key, whole=whole)
        if value is None or not settings.is_set(block, value, key):
            return
        raw = block[value.start : value.end]
        certain = personal or (last == ("pass",) and (value.quoted or key.sets == b"="))
        if holds_none(raw) if certain else not is_secret(self._keys, name, raw):
            return
        span = _span(block, value, name, key.begin)
        if key.quoted and key.sets == b":" and not value.quoted:
            span = span._replace(quote=b'"')
        yield span._replace(rank=PERSONAL) if personal else span


_HEADERS = (("authorization",), ("cookie",), ("cookies",))


def _plainly(
    block: bytes, at: int, end: int, after: re.Match[bytes]
) -> re.Match[bytes] | None:
    """Match a value of letters and digits in one of the plainest notations."""
    if after["sets"] not in (b"=", b":"):
        return None
    if after["close"]:
        return _PLAIN_QUOTED.match(block, at, end)
    if after["sets"] == b"=" and block[at - 2 : at - 1] not in (b" ", b"\t"):
        return _PLAIN_BARE.match(block, at, end)
    return None


def _key_begin(block: bytes, at: int, start: int) -> int:
    limit = max(start, at - _BEFORE)
    return limit + len(block[limit:at].rstrip(_KEY_BYTES))


def _webhook(block: bytes, key: Key, end: int) -> Iterator[Span]:
    """Yield the path of a webhook's URL, which is its secret; the host stays."""
    at = values.skip_lead(block, key.end, end)
    value = values.quoted(block, at, end) or values.bare(block, at, end)
    path = _URL_PATH.match(block, value.start, value.end)
    if path and value.end - path.end() >= values.RANDOM_FROM:
        yield Span(path.end(), value.end, FIELD, key.name, begin=key.begin)


def _span(block: bytes, value: Value, label: str, begin: int) -> Span:
    raw = block[value.start : value.end]
    return Span(
        value.start,
        value.end,
        FIELD,
        label,
        value=plain(raw),
        begin=begin,
        open=value.open,
    )


def plain(raw: bytes) -> bytes:
    """Return a value without the escapes of its notation, as far as they show."""
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    if b"\\" in raw:
        raw = re.sub(rb"\\+([\"'/\\])", rb"\1", raw)
    return raw.replace(b"''", b"'").replace(b'""', b'"')
