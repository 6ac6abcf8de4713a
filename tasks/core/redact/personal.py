"""Personal data that the user named: columns and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import WrongUsage
from .lazily import lazily
from .spans import PERSONAL, Span


class PersonalRules(NamedTuple):
    """What the user calls personal, besides e-mail addresses.

    Attributes:
        columns: names of columns, JSON keys, parameters, in any case.
        patterns: expressions of `re`, each matching within one line.
    """

    columns: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


class Pattern:
    """The finder of one pattern."""

    reach = 0

    def __init__(self, pattern: str) -> None:
        """Compile the pattern.

        Raises:
            WrongUsage: it is no regular expression, or matches nothing at all.
        """
        self.trigger = pattern
        try:
            self._regex = re.compile(pattern.encode(), re.MULTILINE)
        except re.error as error:
            message = f"a pattern of personal data is wrong: {pattern!r}: {error}"
            raise WrongUsage(
                message, "mend UNSTUCK_PERSONAL_PATTERNS in .env"
            ) from None
        if self._regex.search(b""):
            message = f"a pattern of personal data matches everything: {pattern!r}"
            raise WrongUsage(message, "mend UNSTUCK_PERSONAL_PATTERNS in .env")

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield what the pattern matches in the line from ``start`` to ``end``."""
        for match in self._regex.finditer(block, start, end):
            if match[0]:
                yield Span(*match.span(), PERSONAL, "pattern")


class Rows:
    """Rows that the database or its driver shows without their columns' names.

    Looked for only when some column is personal: which value is whose can't be
    told, so the whole row goes.
    """

    name = "row"
    trigger = r"Failing row contains \(|parameters: \("
    reach = 0
    _ROW = lazily(
        rb"(?:Failing row contains |\bparameters: )\((?P<row>.*)\)(?=[.\]]|$)"
    )
    _KEY = lazily(rb"Key \((?P<columns>[^()]*)\)=\((?P<values>.*?)\)(?= |$)")

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the rows in the line from ``start`` to ``end``."""
        for match in self._ROW.finditer(block, start, end):
            if match["row"]:
                yield Span(*match.span("row"), PERSONAL, "row", begin=match.start())


class ConflictKeys:
    """``Key (full_name)=(...)``: what PostgreSQL says of a violated constraint."""

    name = "key"
    trigger = r"Key \([^()]{1,200}\)=\("
    reach = 0
    _KEY = lazily(rb"Key \((?P<columns>[^()\n]*)\)=\((?P<values>.*?)\)(?=[ .]|$)")

    def __init__(self, columns: frozenset[str]) -> None:
        """Take the personal columns, in lower case."""
        self._columns = columns

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the values of keys with a personal column in the line."""
        for match in self._KEY.finditer(block, start, end):
            names = re.findall(rb"\w+", match["columns"].lower())
            named = [n.decode("utf-8", "replace") for n in names]
            hit = next((name for name in named if name in self._columns), None)
            if hit and match["values"]:
                yield Span(*match.span("values"), PERSONAL, hit, begin=match.start())
