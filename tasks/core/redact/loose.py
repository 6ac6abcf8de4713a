"""Secrets behind what people and tables put between a key and its value.

``DB_PASSWORD -> x``, ``| API_TOKEN | x |``, ``password......"x"``. So loose a
sign is no proof, so the value must look random as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import values
from .decide import holds_none
from .keys import CANDIDATES, Keys, Secrecy
from .lazily import lazily
from .spans import FIELD, Span
from .tokens import UNTOLD

_WORDS = "|".join(CANDIDATES)
_CLOSE = r"[\"')\]]{0,3}"
#: An arrow, a comparison, a table's bar, dot leaders, a verb.
_SIGN = r"(?:[ \t]*(?:[-=]{1,3}>|={2,3}|\|)|[ \t]*\.{3,}|[ \t]+(?:is|was)[ \t])"
#: Bytes from which small and capital letters without order are no word.
_MIXED_FROM = 8


class Loose:
    """``X-Api-Key -> x``, ``get('api_key') == 'x'``, ``| DB_PASSWORD | x |``."""

    name = "loose"
    meaning = "a random value behind an arrow, a comparison, a table's bar, dots"
    trigger = rf"(?i:{_WORDS})[\w\-]{{0,40}}{_CLOSE}{_SIGN}{UNTOLD}"
    reach = 0
    _KEY = lazily(
        rb"(?<![\w.\-/])(?P<key>[\w\-]{0,60}?(?i:"
        + _WORDS.encode()
        + rb")[\w\-]{0,40})"
        + _CLOSE.encode()
        + rb"(?P<sign>"
        + _SIGN.encode()
        + rb")[ \t]*"
    )
    _TIME = lazily(rb"\d{4}-\d\d-\d\d")

    def __init__(self, keys: Keys) -> None:
        """Take the secret keys."""
        self._keys = keys

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the values that loosely follow a secret key in the line."""
        for found in self._KEY.finditer(block, start, end):
            key = found["key"].decode("ascii", "replace")
            if self._keys.secrecy(key) is not Secrecy.ANY_VALUE:
                continue
            at = found.end()
            value = values.quoted(block, at, end) or values.bare(block, at, end)
            raw = block[value.start : value.end]
            if b"|" in found["sign"] and not _is_cell(block, found, value.end):
                continue
            if self._is_value(raw, sure=key.isupper()):
                begin, opened = found.start(), value.open
                yield Span(value.start, value.end, FIELD, key, begin=begin, open=opened)

    def _is_value(self, raw: bytes, *, sure: bool) -> bool:
        """Tell a value from a word; ``sure`` if the key is an environment's."""
        if holds_none(raw) or values.is_code(raw) or self._TIME.match(raw):
            return False
        if b"=" in raw.rstrip(b"="):
            return False
        mixed = sure and not (raw.islower() or raw.isupper() or raw.istitle())
        return values.looks_random(raw) or (mixed and len(raw) >= _MIXED_FROM)


def _is_cell(block: bytes, found: re.Match[bytes], end: int) -> bool:
    """Tell a table's cell from the name that Compose puts before a log's lines."""
    if found["sign"] == b"|" and block[found.end() - 1 : found.end()] == b"|":
        return True
    before = block[max(0, found.start() - 2) : found.start()].strip(b" \t")
    return before == b"|" and block[end : end + 40].lstrip(b" \t")[:1] == b"|"
