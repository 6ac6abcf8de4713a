"""The log bundle of a large log: time and memory."""

from __future__ import annotations

from pathlib import Path

from ..pairs import paired
from ..rows import Row, at_most, below, seconds
from ..typed import COMPOSE
from ..workshop import MB, Workshop

#: Megabytes of the paired runs, and of the one pair at full size.
SMALL, LARGE = 200, 1000
PEAK = 150 * MB
HAND = f"{COMPOSE} logs --no-color > {{file}} && gzip -f {{file}}"


def bundle(shop: Workshop) -> list[Row]:
    """Compare ``bundle.logs --all`` with writing the logs and gzip.

    A pair of 1 GB takes minutes, so seven are run at a fifth of it, where what
    the bundle costs besides the logs weighs five times as much, and one at 1 GB.
    """
    small, large = shop.logger(SMALL), shop.logger(LARGE)
    peaks: list[int] = []

    def ours(root: Path) -> float:
        out = root / "bundle.tar.gz"
        took = shop.inv(
            "bundle.logs", "--all", "--no-html", "--out", str(out), root=root
        )
        peaks.append(took.peak)
        _must_hold(out)
        return took.seconds

    def theirs(root: Path) -> float:
        file = root / "backend.log"
        return shop.shell(HAND.format(file=file), root).seconds

    shop.say(f"bundling {SMALL} MB both ways, by turns")
    pairs = paired(shop.runs, lambda: ours(small), lambda: theirs(small), warm=False)
    shop.say(f"bundling {LARGE} MB both ways, once")
    whole = paired(1, lambda: ours(large), lambda: theirs(large), warm=False)
    mine, other = whole.medians
    row = at_most(
        "bundle.logs --all of 1 GB, redacted, compressed, no HTML",
        "docker compose logs --no-color to a file, then gzip",
        0.8,
        pairs,
        commands=[
            "./inv bundle.logs --all --no-html --out bundle.tar.gz",
            HAND.format(file="backend.log"),
        ],
        note=(
            f"pairs at {SMALL} MB; one pair at {LARGE} MB: {seconds(mine)} to "
            f"{seconds(other)}, {whole.ratio:.2f} times"
        ),
    )
    peak = below(
        "its memory at the peak, at 1 GB",
        "under 150 MB",
        peaks[-1],
        PEAK,
        f"{peaks[-1] / MB:.0f} MB; at {SMALL} MB {max(peaks[:-1]) / MB:.0f} MB",
        note="ratio: to the 150 MB; the largest process, from outside",
    )
    return [row, peak]


def _must_hold(out: Path) -> None:
    """Refuse to time a bundle that was not written, or that has hardly a log."""
    size = out.stat().st_size
    if size < MB:
        raise AssertionError(f"{out} has {size} bytes only")
    out.unlink()
