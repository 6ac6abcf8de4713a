"""Where to look: every line that could hold a secret, found in one pass.

`hyperscan` looks for all triggers at once, at gigabytes a second; where it is
not installed, `re` does the same, slower. Both only say which finder should
look at which line, so the output is the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol

from ..store import Store
from .hints import Hint, hints

#: Where a trigger ends and whose it is.
Hit = tuple[int, int]


class Prefilter(Protocol):
    """Finds triggers in a block."""

    def hits(self, block: bytes) -> list[Hit]:
        """Return the end of each trigger and its index, in any order."""


class ByRe:
    """The prefilter of Python's `re`.

    Most triggers have letters that are in each of their matches. These are
    looked for first, in lower case, and only lines with one are tried.
    """

    def __init__(self, triggers: Sequence[bytes]) -> None:
        """Take the triggers, as expressions over bytes."""
        self._each = [re.compile(trigger, re.MULTILINE) for trigger in triggers]
        self._hinted: dict[Hint, list[int]] = {}
        self._rest: list[int] = []
        for index, trigger in enumerate(triggers):
            told = hints(trigger)
            for hint in told:
                self._hinted.setdefault(hint, []).append(index)
            if not told:
                self._rest.append(index)

    def hits(self, block: bytes) -> list[Hit]:
        """Return the end of each trigger and its index, in any order."""
        found: list[Hit] = []
        lowered = block.lower()
        tried: set[tuple[int, int]] = set()  # several hints of one trigger: once
        for hint, indexes in self._hinted.items():
            text = lowered if hint.any_case else block
            at = text.find(hint.text)
            while at >= 0:
                start, stop = _line(block, at)
                for index in indexes:
                    if (start, index) in tried:
                        continue
                    tried.add((start, index))
                    if one := self._each[index].search(block, start, stop):
                        found.append((one.end(), index))
                at = text.find(hint.text, stop)
        for index in self._rest:
            at = 0
            while one := self._each[index].search(block, at):
                found.append((one.end(), index))
                at = _line(block, one.end() - 1)[1]
        return found


def _line(block: bytes, at: int) -> tuple[int, int]:
    """Return where the line at ``at`` begins, and where the next one does."""
    stop = block.find(b"\n", at) + 1
    return block.rfind(b"\n", 0, at) + 1, stop or len(block)


class Unavailable(Exception):  # noqa: N818 - it is expected, not an error
    """Hyperscan can't be used."""


class ByHyperscan:
    """The prefilter of hyperscan.

    Args:
        triggers: expressions over bytes, without look-around.
        store: keeps the compiled triggers; none for those that hold secrets,
            which are never written to a disk.
    """

    def __init__(self, triggers: Sequence[bytes], store: Store | None = None) -> None:
        """Compile the triggers, or read what an earlier run compiled.

        Raises:
            Unavailable: hyperscan is not installed, or can't work here.
        """
        try:
            import hyperscan
        except ImportError as error:
            raise Unavailable from error
        self._lock = Lock()
        triggers = [_uncounted(trigger) for trigger in triggers]
        try:
            self._database = _load(hyperscan, triggers, store) or _compile(
                hyperscan, triggers, store
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


def _uncounted(trigger: bytes) -> bytes:
    """Return a trigger that does not count how long the rest of a key is.

    One such count among 166 triggers takes half of hyperscan's time. Without it
    the trigger matches more, never less; `re` needs it, to stay linear.
    """
    return trigger.replace(rb"[\w\-]{0,40}\\{0,3}", rb"[\w\\\-]*")


def make(
    triggers: Sequence[bytes], store: Store | None = None, *, plain: bool = False
) -> Prefilter:
    """Return the fastest prefilter there is.

    Args:
        triggers: what to look for.
        store: see `ByHyperscan`.
        plain: use `re` in any case.
    """
    if not plain:
        with contextlib.suppress(Unavailable):
            return ByHyperscan(triggers, store)
    return ByRe(triggers)


@lru_cache(maxsize=2)
def shared(triggers: tuple[bytes, ...], store: Store | None, plain: bool) -> Prefilter:
    """Return the prefilter of triggers that are the same in every redactor."""
    return make(triggers, store, plain=plain)


def _compile(hyperscan: Any, triggers: Sequence[bytes], store: Store | None) -> Any:  # noqa: ANN401
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=list(triggers),
        ids=list(range(len(triggers))),
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(triggers),
    )
    if store is not None:
        store.put(_name(hyperscan, triggers), hyperscan.dumpb(database))
    return database


def _load(hyperscan: Any, triggers: Sequence[bytes], store: Store | None) -> Any:  # noqa: ANN401
    """Return the cached database, or None if there is none for this machine."""
    kept = store.get(_name(hyperscan, triggers)) if store is not None else None
    if kept is None:
        return None
    try:
        database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.HyperscanError:
        return None
    return database


def understood(trigger: bytes) -> bool:
    """Tell whether a user's expression can be a trigger."""
    try:
        ByHyperscan([trigger])
    except Unavailable as error:
        return isinstance(error.__cause__, ImportError)
    return True


def _name(hyperscan: Any, triggers: Sequence[bytes]) -> str:  # noqa: ANN401
    import platform  # 2 ms, and not needed by what is never kept

    made_of = [hyperscan.__version__.encode(), platform.node().encode(), *triggers]
    digest = hashlib.sha256(b"\0".join(made_of)).hexdigest()[:16]
    return f"redaction-{digest}.hs"
