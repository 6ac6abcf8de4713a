"""Letters that stand in every match of an expression: what to look for first."""

from __future__ import annotations

import re
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

#: A shorter hint is in too many lines to be worth looking for.
SHORTEST = 2


class Hint(NamedTuple):
    """Bytes to look for; in lower case if any case will do."""

    text: bytes
    any_case: bool


def hints(expression: bytes) -> frozenset[Hint]:
    """Return hints one of which is in each match; none if none is known."""
    found = _best(parser.parse(expression, re.MULTILINE), any_case=False)
    if found is None or any(len(hint.text) < SHORTEST for hint in found):
        return frozenset()
    return frozenset(found)


def _best(items: Any, *, any_case: bool) -> set[Hint] | None:  # noqa: ANN401 - re's own
    """Return the alternatives that are longest at their shortest."""
    candidates: list[set[Hint]] = []
    run = b""
    for op, argument in (*items, (None, None)):
        if op is ops.LITERAL:
            run += bytes([argument])
            continue
        if run:
            candidates.append({Hint(run.lower() if any_case else run, any_case)})
        run = b""
        inner = _within(op, argument, any_case=any_case)
        if inner is not None:
            candidates.append(inner)
    # Of equals the last: what an expression begins with is often common.
    candidates.reverse()
    return max(candidates, key=_shortest, default=None)


def _shortest(alternatives: set[Hint]) -> int:
    return min(len(hint.text) for hint in alternatives)


def _within(op: Any, argument: Any, *, any_case: bool) -> set[Hint] | None:  # noqa: ANN401
    """Return the alternatives of one part of an expression, None if it has none."""
    if op is ops.SUBPATTERN:
        folded = any_case or bool(argument[1] & re.IGNORECASE)
        return _best(argument[3], any_case=folded)
    if op is ops.BRANCH:
        parts = [_best(one, any_case=any_case) for one in argument[1]]
        known = [part for part in parts if part is not None]
        return set().union(*known) if len(known) == len(parts) else None
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT) and argument[0]:
        return _best(argument[2], any_case=any_case)
    return None
