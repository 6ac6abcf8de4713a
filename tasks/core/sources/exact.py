"""The plainest of requirements, ``name==1.2.3``, read without a parser.

Nearly every line of a pinned requirements file is one, and importing
`packaging` costs 30 ms, a tenth of a whole report. What is any less plain goes
to `packaging`, which both answers are tested against.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NUMBERS = r"[0-9]{1,18}(?:\.[0-9]{1,18})*"
_PLAIN = re.compile(f"({_NAME})==({_NUMBERS})")
_VERSION = re.compile(_NUMBERS)


class Exact(NamedTuple):
    """A requirement of one version, which is numbers and dots alone."""

    name: str
    version: str


def read(text: str) -> Exact | None:
    """Return the requirement if it is a plain one, else None."""
    found = _PLAIN.fullmatch(text)
    return Exact(found[1], found[2]) if found else None


def same(one: str, other: str) -> bool | None:
    """Tell whether two plain versions are the same, None if one isn't plain.

    ``1.26`` is ``1.26.0``: https://peps.python.org/pep-0440/#version-matching
    """
    if not (_VERSION.fullmatch(one) and _VERSION.fullmatch(other)):
        return None
    return _release(one) == _release(other)


def _release(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers
