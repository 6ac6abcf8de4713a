"""What a shape of a secret is, and conditions that several of them share.

A shape is an expression for the bytes of one line; its group ``s`` is what
goes (``s2``, ``s3`` ... in its other variants), or the whole match. `trigger`
is a simpler expression that must match wherever the shape does: a prefilter
looks for all triggers at once, so a line without any costs next to nothing.
Shapes of several lines are in `privatekeys` and `notations`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from . import values
from .lazily import lazily
from .spans import SHAPE, Span


class Shape:
    """One shape of a secret.

    Attributes:
        name: its id, and the label of the tokens it makes.
        meaning: what it is, for people.
        trigger: matches in every line that `pattern` matches in; plain enough
            for both `re` and hyperscan: no look-around, no newline.
        pattern: what is redacted; its groups ``s``, ``s2``... if it has any.
        accept: a further condition on what is redacted.
        rank: see `spans`.
    """

    def __init__(
        self,
        name: str,
        meaning: str,
        trigger: str,
        pattern: str,
        accept: Callable[[bytes], bool] | None = None,
        rank: int = SHAPE,
    ) -> None:
        """Take one row of a table; the attributes are its columns."""
        self.name, self.meaning = name, meaning
        self.trigger, self.pattern = trigger, pattern
        self.accept, self.rank = accept, rank

    @cached_property
    def _regex(self) -> re.Pattern[bytes]:
        """The pattern, compiled when it is first needed."""
        return re.compile(self.pattern.encode(), re.MULTILINE)

    @cached_property
    def _groups(self) -> tuple[int, ...]:
        named = self._regex.groupindex.items()
        return tuple(n for name, n in named if name[0] == "s") or (0,)

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the spans of this shape in the line from ``start`` to ``end``."""
        for match in self._regex.finditer(block, start, end):
            for group in self._groups:
                found = match[group]
                if not found or (self.accept is not None and not self.accept(found)):
                    continue
                first, last = match.span(group)
                yield Span(
                    first,
                    last,
                    self.rank,
                    self.name,
                    begin=match.start(),
                    open=last == end,
                )


def something(raw: bytes) -> bool:
    """Accept what is no variable, no code and no word of a sentence."""
    return not (values.is_nothing(raw) or values.is_prose(raw) or values.is_code(raw))


def written(raw: bytes) -> bool:
    """Accept what stands in quotes unless it is a variable or a mask."""
    return not values.is_nothing(raw)


def told(raw: bytes) -> bool:
    """Accept a word of a sentence only if it is none of a language's."""
    bare = raw.rstrip(b".")
    if values.looks_random(raw) or values.unordered(bare):
        return True
    return bool(_SYMBOL.search(bare) and _CAPITAL_OR_DIGIT.search(bare))


_SYMBOL, _CAPITAL_OR_DIGIT = lazily(rb"[^\w.]"), lazily(rb"[0-9A-Z]")
