"""Which keys an env file has, on which lines, and whether they are empty.

Values stay in the file: nothing here returns one. The syntax is python-dotenv's,
whose parser reads it: ``export``, quotes, values over several lines, a byte
order mark, Windows line ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from ..snapshot import EnvKey

if TYPE_CHECKING:
    from dotenv.parser import Binding

#: A key that an example offers but leaves out: ``# KEY=value``.
_OFFERED = re.compile(r"#[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)[ \t]*=[ \t]*(.*)")


def bindings(text: str) -> list[Binding]:
    """Return python-dotenv's reading of a text, piece by piece; never raises."""
    from dotenv.parser import parse_stream

    return list(parse_stream(StringIO(text, newline="")))


class Parsed(NamedTuple):
    """What an env file says.

    Attributes:
        keys: each key once, as its last line has it, in the order of the file.
        invalid: the lines that are no assignment, no comment and not blank.
        repeated: keys that are set more than once; the last one counts.
    """

    keys: tuple[EnvKey, ...] = ()
    invalid: tuple[int, ...] = ()
    repeated: tuple[str, ...] = ()


def parse(text: str, *, example: bool = False) -> Parsed:
    """Return the keys of an env file; never raises.

    Args:
        text: the whole file.
        example: commented-out assignments are keys too, optional ones.
    """
    keys: dict[str, EnvKey] = {}
    invalid: list[int] = []
    repeated: dict[str, None] = {}
    text = text.removeprefix("\ufeff")
    ends = [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    at = 0
    for binding in bindings(text):
        original = binding.original.string
        content = original.lstrip()
        # Its own count of lines is off after an invalid line that ends in CRLF.
        line = bisect_right(ends, at + len(original) - len(content)) + 1
        at += len(original)
        if binding.error:
            invalid.append(line)
        elif binding.key is not None:
            if binding.key in keys and not keys[binding.key].optional:
                repeated[binding.key] = None
            keys.pop(binding.key, None)
            keys[binding.key] = EnvKey(
                name=binding.key, line=line, empty=not binding.value
            )
        elif example and (offered := _OFFERED.match(content)):
            name, value = offered.groups()
            keys.setdefault(
                name,
                EnvKey(name=name, line=line, empty=not value.strip(), optional=True),
            )
    ordered = sorted(keys.values(), key=lambda key: key.line)
    return Parsed(tuple(ordered), tuple(invalid), tuple(repeated))
