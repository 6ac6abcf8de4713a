"""Compose's variable interpolation: ``$A ${A} ${A:-d} ${A:?e} ${A:+r} $$``.

Rules: https://docs.docker.com/reference/compose-file/interpolation/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")
#: How deep defaults may nest; nobody writes more, and hostile text might.
_DEEPEST = 20


class Use(NamedTuple):
    """A variable that a text needs and nothing sets.

    Attributes:
        required: the text says so (``${A:?message}``): Compose stops there.
        message: what the text says then.
    """

    name: str
    required: bool = False
    message: str = ""


class Expansion(NamedTuple):
    """A text with its variables filled in.

    Attributes:
        unset: variables that were needed and missing, in order.
        invalid: a ``$`` that Compose refuses to read, with what follows it.
    """

    text: str
    unset: tuple[Use, ...] = ()
    invalid: tuple[str, ...] = ()


class _Part(NamedTuple):
    """A piece of a text: literal if ``name`` is empty, else a variable."""

    literal: str = ""
    name: str = ""
    operator: str = ""
    argument: str = ""
    invalid: bool = False


def expand(text: str, environ: Mapping[str, str]) -> Expansion:
    """Return ``text`` as Compose would interpolate it; never raises.

    A missing variable becomes an empty string, as for Compose, also where it
    is required: then Compose stops, and ``unset`` says so.
    """
    if "$" not in text:
        return Expansion(text)
    unset: list[Use] = []
    invalid: list[str] = []
    filled = _fill(text, environ, unset, invalid, 0)
    return Expansion(filled, tuple(unset), tuple(invalid))


def _fill(
    text: str,
    environ: Mapping[str, str],
    unset: list[Use],
    invalid: list[str],
    depth: int,
) -> str:
    done = []
    for part in _parts(text):
        if part.invalid:
            invalid.append(part.literal)
            done.append(part.literal)
        elif not part.name:
            done.append(part.literal)
        else:
            nested = _value(part, environ, unset)
            if "$" in nested and nested is part.argument and depth < _DEEPEST:
                nested = _fill(nested, environ, unset, invalid, depth + 1)
            done.append(nested)
    return "".join(done)


def _value(part: _Part, environ: Mapping[str, str], unset: list[Use]) -> str:
    """Return the variable's value, or the part's argument where that applies."""
    value = environ.get(part.name)
    # With a colon an empty value counts as missing.
    missing = value is None or (part.operator.startswith(":") and not value)
    match part.operator[-1:]:
        case "-":
            return part.argument if missing else value or ""
        case "+":
            return "" if missing else part.argument
        case "?" if missing:
            unset.append(Use(part.name, True, part.argument))
        case _ if value is None:
            unset.append(Use(part.name))
    return value or ""


def _parts(text: str) -> Iterator[_Part]:
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        if dollar > at:
            yield _Part(literal=text[at:dollar])
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            yield _Part(literal="$")
            at = dollar + 2
        elif following == "{":
            part, at = _braced(text, dollar)
            yield part
        elif name := _NAME.match(text, dollar + 1):
            yield _Part(name=name.group())
            at = name.end()
        else:
            # Compose leaves a dollar before anything else as it is.
            yield _Part(literal="$")
            at = dollar + 1
    yield _Part(literal=text[at:])


def _braced(text: str, dollar: int) -> tuple[_Part, int]:
    """Read ``${...}`` at ``dollar``; return it and where it ends."""
    name = _NAME.match(text, dollar + 2)
    if not name:
        return _Part(literal=text[dollar:].split("}", 1)[0] + "}", invalid=True), (
            _after_brace(text, dollar)
        )
    if text[name.end() : name.end() + 1] == "}":
        return _Part(name=name.group()), name.end() + 1
    operator = _OPERATOR.match(text, name.end())
    end = _closing(text, operator.end()) if operator else -1
    if not operator or end < 0:
        return _Part(literal=text[dollar:].split("}", 1)[0] + "}", invalid=True), (
            _after_brace(text, dollar)
        )
    argument = text[operator.end() : end]
    return _Part("", name.group(), operator.group(), argument), end + 1


def _after_brace(text: str, start: int) -> int:
    end = text.find("}", start)
    return len(text) if end < 0 else end + 1


def _closing(text: str, start: int) -> int:
    """Return where the brace closes that is open at ``start``, or -1."""
    depth = 1
    at = start
    while at < len(text):
        if text.startswith("${", at):
            depth += 1
            at += 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1
