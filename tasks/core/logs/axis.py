"""The time axis of a bundle's plots: where it begins, and its labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..moments import clock

#: Windows that the axis may show, in seconds; else everything.
WINDOWS = (120.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 30, 365)),
)


class Tick(NamedTuple):
    """One label of the time axis."""

    left: float
    label: str


def window_start(
    moments: Sequence[float], stamps: Sequence[float], end: float
) -> float:
    """Return the left end: the shortest window in which most of it happened.

    A database that has been up for a week must not squeeze a crash loop of two
    minutes into one pixel.
    """
    everything = min([*moments, *stamps], default=end - WINDOWS[0])
    for window in WINDOWS:
        start = end - window
        if start <= everything:
            break
        recent = sum(stamp >= start for stamp in stamps)
        happened = sum(moment >= start for moment in moments)
        if 2 * recent >= len(stamps) and 2 * happened >= len(moments):
            return start
    return min(everything, end - 1.0)


def ticks(start: float, end: float) -> tuple[Tick, ...]:
    """Return at most eight labels at round times (UTC)."""
    length = end - start
    step = next((s for s in _STEPS if length / s <= 8), _STEPS[-1])
    first = -(-start // step) * step
    count = int((end - first) // step) + 1
    place = slice(11, 19) if step < 60 else slice(11, 16) if step < 86400 else slice(10)
    return tuple(
        Tick((at - start) / length * 100, clock(at)[place])
        for at in (first + i * step for i in range(max(count, 0)))
    )


class Axis(NamedTuple):
    """From one moment to another, in seconds since the epoch."""

    start: float
    end: float

    def place(self, at: float) -> float:
        """Return a moment's place in per cent, held to the ends."""
        at = min(max(at, self.start), self.end)
        return round((at - self.start) / (self.end - self.start) * 100, 3)
