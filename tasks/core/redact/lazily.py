"""Expressions that are compiled when they are first needed.

Compiling them all costs 30 ms; one run over a log needs a few of them.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    """Stands for a pattern; becomes one at its first use."""

    def __init__(self, source: bytes, flags: int) -> None:
        self._made_of = (source, flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any of a pattern's
        pattern = re.compile(*self._made_of)
        for method in ("search", "match", "fullmatch", "finditer", "sub", "split"):
            self.__dict__[method] = getattr(pattern, method)
        return getattr(pattern, name)


def lazily(source: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """Return a pattern of bytes that isn't compiled before it is used."""
    return cast("re.Pattern[bytes]", _Lazy(source, int(flags)))
