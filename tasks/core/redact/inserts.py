"""``INSERT INTO users (name, password) VALUES ('a', 'x')``: values by position."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .decide import is_secret
from .keys import Keys, Secrecy
from .lazily import lazily
from .spans import FIELD, PERSONAL, Span


class Inserts:
    """Finds secret and personal columns' values in an INSERT statement."""

    name = "sql-insert"
    meaning = "values of secret columns in an INSERT"
    trigger = r"(?i:insert into )"
    reach = 0
    _HEAD = lazily(
        rb"(?i:\b(?:insert|replace)[ \t]+into[ \t]+[\w.\"`]+)[ \t]*"
        rb"\((?P<columns>[^()\n]+)\)[ \t]*(?i:values|select)[ \t]*"
    )
    _ROW = lazily(
        rb"\(?(?P<row>(?:[^()'\n]++|'(?:[^'\\\n]|''|\\.)*+'|\([^()\n]*+\))++)"
        rb"\)?[ \t]*,?[ \t]*"
    )
    _CELL = lazily(rb"[ \t]*((?:[^,()']|'(?:[^'\\]|''|\\.)*'|\([^()]*\))*)(?:,|$)")

    def __init__(self, keys: Keys, columns: frozenset[str] = frozenset()) -> None:
        """Take the secret keys, and the personal columns in lower case."""
        self._keys = keys
        self._columns = columns

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the values of secret and personal columns in the line."""
        for head in self._HEAD.finditer(block, start, end):
            names = [
                name.strip(b' \t"`').decode("utf-8", "replace")
                for name in head["columns"].split(b",")
            ]
            if not any(map(self._is_hidden, names)):
                continue
            at = head.end()
            while (row := self._ROW.match(block, at, end)) and row.end() > at:
                at = row.end()
                yield from self._row(block, names, row, head.start())

    def _is_hidden(self, name: str) -> bool:
        return bool(self._keys.secrecy(name)) or name.lower() in self._columns

    def _row(
        self, block: bytes, names: list[str], row: re.Match[bytes], begin: int
    ) -> Iterator[Span]:
        cells = self._CELL.finditer(block, *row.span("row"))
        for name, cell in zip(names, cells, strict=False):
            first, last = cell.span(1)
            text = cell[1].strip()
            if not (text.startswith(b"'") and text.endswith(b"'") and len(text) > 1):
                continue
            raw = text[1:-1]
            first, last = (
                first + cell[1].index(b"'") + 1,
                first + len(cell[1].rstrip()) - 1,
            )
            if name.lower() in self._columns:
                yield Span(first, last, PERSONAL, name, begin=begin)
            elif self._keys.secrecy(name) is not Secrecy.NONE and is_secret(
                self._keys, name, raw
            ):
                yield Span(first, last, FIELD, name, raw, begin)
