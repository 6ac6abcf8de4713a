"""How ``check.all`` grows with the number of services."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from ..pairs import slope
from ..rows import Row, below, seconds
from ..workshop import Workshop

COUNTS = (5, 20, 60)
#: Seconds that a service more may cost.
BOUND = 0.015


def growth(shop: Workshop) -> list[Row]:
    """Measure ``check.all`` with few and many services."""
    roots = {count: shop.sleepers(count) for count in COUNTS}
    shop.say("check.all with 5, 20 and 60 services, by turns")

    def run(root: Path) -> float:
        return shop.inv("check.all", root=root, codes=(0, 1)).seconds

    for root in roots.values():
        run(root)
    laps: dict[int, list[float]] = {count: [] for count in COUNTS}
    slopes = []
    for _ in range(shop.runs):
        for count, root in roots.items():
            laps[count].append(run(root))
        slopes.append(slope([(count, laps[count][-1]) for count in COUNTS]))
    for root in roots.values():
        shop.compose(root, "down", "--timeout", "0")
    told = ", ".join(f"{count}: {seconds(median(lap))}" for count, lap in laps.items())
    figure = median(slopes)
    row = below(
        "check.all with 5, 20 and 60 services, each service more",
        "under 15 ms a service",
        figure,
        BOUND,
        f"{figure * 1000:.1f} ms a service ({told})",
        note="ratio: to the 15 ms; services that only sleep",
    )
    return [row]
