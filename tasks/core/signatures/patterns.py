"""What a signature's pattern may contain, and the literal text it must contain.

Patterns run on two engines, Python's ``re`` and Hyperscan, over one line at a
time. Both must agree and neither may ever be slow, so a pattern keeps to what
the two have in common and to what matches in linear time.
"""

import re
from collections.abc import Iterator, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MINIMUM_LITERAL = 6
# A repeat that may go on for as long as the line is; `{0,n}` counts as bounded.
_UNBOUNDED = 1000

_FORBIDDEN = {
    sre.ASSERT: "look-around",
    sre.ASSERT_NOT: "look-around",
    sre.GROUPREF: "a back-reference",
    sre.GROUPREF_EXISTS: "a conditional group",
    sre.POSSESSIVE_REPEAT: "a possessive quantifier",
    sre.ATOMIC_GROUP: "an atomic group",
}
_OF_STRING = (sre.AT_BEGINNING_STRING, sre.AT_END_STRING)
_NEWLINE = 10
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)
_Token = tuple[Any, Any]


def problems(pattern: str) -> list[str]:
    """Say what keeps a pattern from being a signature's.

    Args:
        pattern: A regular expression as written in a signature table.

    Returns:
        One short reason for each thing found; empty when the pattern is good.
    """
    try:
        tokens = _parser.parse(pattern, re.MULTILINE)
    except re.error as error:
        return [f"not a regular expression: {error}"]
    found = []
    if not pattern.isascii():
        found.append("not ASCII (write other characters as bytes: \\xe2\\xa8\\xaf)")
    if tokens.state.flags & ~(re.MULTILINE | re.UNICODE):
        found.append("inline flags")
    if any(op is sre.SUBPATTERN and _changes_meaning(a) for op, a in _walk(tokens)):
        found.append("a group with flags other than i")
    if any(op is sre.AT and argument in _OF_STRING for op, argument in _walk(tokens)):
        found.append(r"\A or \Z, which mean another place in a block (write ^ or $)")
    found += sorted({_FORBIDDEN[op] for op, _ in _walk(tokens) if op in _FORBIDDEN})
    if _has_nested_repeat(tokens):
        found.append("a repeat inside an unbounded repeat (not linear)")
    if any(_is_endless_dot(token) for token in _walk(tokens)):
        found.append("an unbounded `.` (not linear: write a class or a bound)")
    if tokens and _starts_endless(tokens):
        found.append("an unbounded repeat at its beginning (not linear)")
    if len(literal(pattern)) < MINIMUM_LITERAL:
        found.append(f"no literal of {MINIMUM_LITERAL} characters that must occur")
    return found


def groups(pattern: str) -> frozenset[str]:
    """Name the groups that every match of a pattern fills.

    Args:
        pattern: A valid regular expression.
    """
    return frozenset(_parser.parse(pattern).state.groupdict)


def within_a_line(pattern: str) -> bool:
    """Tell whether no match of a pattern can reach over the end of a line.

    When in doubt it says no.

    Args:
        pattern: A valid regular expression.
    """
    tokens = _parser.parse(pattern, re.MULTILINE)
    return not any(_may_end_line(token) for token in _walk(tokens))


def literal(pattern: str) -> bytes:
    """Find the longest text that occurs in every match of a pattern.

    Args:
        pattern: A valid regular expression.

    Returns:
        That text; empty when the pattern guarantees none.
    """
    runs: list[bytearray] = [bytearray()]
    _collect(_parser.parse(pattern), runs)
    return bytes(max(runs, key=len))


def _collect(tokens: Sequence[_Token], runs: list[bytearray]) -> None:
    """Append the certain characters of a sequence to the last run, in order."""
    for op, argument in tokens:
        if op is sre.LITERAL:
            runs[-1] += chr(argument).encode("latin-1")
        elif op is sre.SUBPATTERN:
            _collect(argument[-1], runs)
        elif op is not sre.AT:
            runs.append(bytearray())


def _walk(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Every token of a parsed pattern, at any depth."""
    for op, argument in tokens:
        yield op, argument
        for inner in _children(argument):
            yield from _walk(inner)


def _children(argument: object) -> Iterator[Sequence[_Token]]:
    """Yield the token sequences inside one token's argument."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for part in argument:
            yield from _children(part)


def _may_end_line(token: _Token) -> bool:
    """Tell whether a token by itself may match a line's end."""
    op, argument = token
    if op is sre.IN:
        return any(map(_may_end_line, argument))
    if op is sre.SUBPATTERN:
        return _changes_meaning(argument)
    if op is sre.LITERAL:
        return bool(argument == _NEWLINE)
    if op is sre.RANGE:
        return bool(argument[0] <= _NEWLINE <= argument[1])
    if op is sre.CATEGORY:
        return argument not in (sre.CATEGORY_DIGIT, sre.CATEGORY_WORD)
    return op in (sre.NEGATE, sre.NOT_LITERAL)


def _changes_meaning(group: tuple[Any, ...]) -> bool:
    """Tell whether a group sets flags that change what a part of it matches."""
    _, added, removed, _ = group
    return bool(added & ~re.IGNORECASE or removed)


def _has_nested_repeat(tokens: Sequence[_Token]) -> bool:
    """Tell whether an unbounded repeat holds another one, as in ``(a+)+``."""
    return any(
        _is_endless(inner)
        for outer in _walk(tokens)
        if _is_endless(outer)
        for inner in _walk(outer[1][2])
    )


def _is_endless(token: _Token) -> bool:
    """Tell whether a token is a repeat without a practical upper bound."""
    return token[0] in _REPEATS and token[1][1] > _UNBOUNDED


def _is_endless_dot(token: _Token) -> bool:
    """Tell whether a token is ``.*`` or ``.+``."""
    return _is_endless(token) and token[1][2][0][0] is sre.ANY


def _starts_endless(tokens: Sequence[_Token]) -> bool:
    """Tell whether the first thing a pattern asks for is an unbounded repeat."""
    op, argument = tokens[0]
    if op is sre.SUBPATTERN:
        return _starts_endless(argument[-1])
    return _is_endless(tokens[0])
