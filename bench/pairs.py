"""Paired runs: one of each by turns, so that a machine's moods meet both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple


class Pairs(NamedTuple):
    """Paired measurements of two ways; seconds, or whatever both have."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratio(self) -> float:
        """The ratio of the medians, ours to theirs."""
        ours, theirs = self.medians
        return ours / theirs

    @property
    def medians(self) -> tuple[float, float]:
        """The median of ours and of theirs."""
        return median(self.ours), median(self.theirs)


def paired(
    runs: int,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    *,
    warm: bool = True,
) -> Pairs:
    """Run both ways by turns: A B A B.

    Args:
        runs: number of pairs.
        ours: runs ours once and returns what it took.
        theirs: likewise.
        warm: run each once before, uncounted, to fill caches.
    """
    if warm:
        ours()
        theirs()
    measured = Pairs([], [])
    for _ in range(runs):
        measured.ours.append(ours())
        measured.theirs.append(theirs())
    return measured


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the least-squares line through the points."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)
