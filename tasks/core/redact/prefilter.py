"""Where to look: every line that could hold a secret, found in one pass.

`hyperscan` looks for all triggers at once, at gigabytes a second; where it is
not installed, `re` does the same, slower. Both only say which finder should
look at which line, so the output is the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

#: Where a trigger ends and whose it is.
Hit = tuple[int, int]


class Prefilter(Protocol):
    """Finds triggers in a block."""

    def hits(self, block: bytes) -> list[Hit]:
        """Return the end of each trigger and its index, in any order."""


class ByRe:
    """The prefilter of Python's `re`."""

    def __init__(self, triggers: Sequence[bytes]) -> None:
        """Take the triggers, as expressions over bytes."""
        self._all = re.compile(b"|".join(b"(?:%s)" % t for t in triggers), re.MULTILINE)
        self._each = [re.compile(t, re.MULTILINE) for t in triggers]

    def hits(self, block: bytes) -> list[Hit]:
        """Return the end of each trigger and its index, in any order."""
        found: list[Hit] = []
        at = 0
        while match := self._all.search(block, at):
            start = block.rfind(b"\n", 0, match.end() - 1) + 1
            stop = block.find(b"\n", match.end() - 1)
            stop = stop if stop >= 0 else len(block)
            for index, trigger in enumerate(self._each):
                one = trigger.search(block, start, stop + 1)
                if one:
                    found.append((one.end(), index))
            at = stop + 1
        return found


class Unavailable(Exception):  # noqa: N818 - it is expected, not an error
    """Hyperscan can't be used."""


class ByHyperscan:
    """The prefilter of hyperscan.

    Args:
        triggers: expressions over bytes, without look-around.
        cache: directory for the compiled triggers; none for those that hold
            secrets, which are never written to a disk.
    """

    def __init__(self, triggers: Sequence[bytes], cache: Path | None = None) -> None:
        """Compile the triggers, or read what an earlier run compiled.

        Raises:
            Unavailable: hyperscan is not installed, or can't work here.
        """
        try:
            import hyperscan
        except ImportError as error:
            raise Unavailable from error
        self._lock = Lock()
        try:
            self._database = _load(hyperscan, triggers, cache) or _compile(
                hyperscan, triggers, cache
            )
        except hyperscan.HyperscanError as error:
            raise Unavailable from error

    def hits(self, block: bytes) -> list[Hit]:
        """Return the end of each trigger and its index, in any order."""
        found: list[Hit] = []

        def note(
            index: int, _start: int, end: int, _flags: int, _context: object
        ) -> None:
            found.append((end, index))

        with self._lock:  # one scratch space
            self._database.scan(block, match_event_handler=note)
        return found


def make(
    triggers: Sequence[bytes], cache: Path | None = None, *, plain: bool = False
) -> Prefilter:
    """Return the fastest prefilter there is.

    Args:
        triggers: what to look for.
        cache: see `ByHyperscan`.
        plain: use `re` in any case.
    """
    if not plain:
        with contextlib.suppress(Unavailable):
            return ByHyperscan(triggers, cache)
    return ByRe(triggers)


@lru_cache(maxsize=2)
def shared(triggers: tuple[bytes, ...], cache: Path | None, plain: bool) -> Prefilter:
    """Return the prefilter of triggers that are the same in every redactor."""
    return make(triggers, cache, plain=plain)


def _compile(hyperscan: Any, triggers: Sequence[bytes], cache: Path | None) -> Any:  # noqa: ANN401
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=list(triggers),
        ids=list(range(len(triggers))),
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(triggers),
    )
    if cache is not None:
        path = _path(hyperscan, triggers, cache)
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(f".{os.getpid()}")
            aside.write_bytes(hyperscan.dumpb(database))
            aside.replace(path)
    return database


def _load(hyperscan: Any, triggers: Sequence[bytes], cache: Path | None) -> Any:  # noqa: ANN401
    """Return the cached database, or None if there is none for this machine."""
    if cache is None:
        return None
    try:
        data = _path(hyperscan, triggers, cache).read_bytes()
        database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except (OSError, hyperscan.HyperscanError):
        return None
    return database


def understood(trigger: bytes) -> bool:
    """Tell whether a user's expression can be a trigger."""
    try:
        ByHyperscan([trigger])
    except Unavailable as error:
        return isinstance(error.__cause__, ImportError)
    return True


def _path(hyperscan: Any, triggers: Sequence[bytes], cache: Path) -> Path:  # noqa: ANN401
    made_of = [hyperscan.__version__.encode(), platform.node().encode(), *triggers]
    digest = hashlib.sha256(b"\0".join(made_of)).hexdigest()[:16]
    return cache / f"redaction-{digest}.hs"
