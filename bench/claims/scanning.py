"""Redaction and signatures alone: no engine, just bytes."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.harness.commands import CHECKOUT

from ..pairs import Pairs, paired
from ..rows import Row, at_most, faster
from ..sed import script
from ..workshop import Workshop

#: Megabytes: sed takes so long that it gets less, and both are told as MB/s.
REDACTED, BY_SED, SCANNED = 128, 4, 1000


def redaction(shop: Workshop) -> list[Row]:
    """Compare the redactor with ``sed`` on as many patterns, in MB/s."""
    large, small = shop.log_file(REDACTED), shop.log_file(BY_SED)
    commands, told = script(), shop.directory / "redact.sed"
    told.write_text("\n".join(commands) + "\n")
    cache = shop.directory / "cache"
    shop.say(f"redacting with {len(commands)} patterns both ways, by turns")

    def ours() -> float:
        return _python(shop, "redact", large, cache) / REDACTED

    def theirs() -> float:
        line = f"sed -E -f {told} {small} > /dev/null"
        return shop.shell(line, shop.directory).seconds / BY_SED

    pairs = paired(shop.runs, ours, theirs)
    mine, other = (1 / value for value in pairs.medians)
    row = faster(
        "redaction alone, MB/s",
        "sed with the same number of patterns",
        3,
        pairs,
        commands=["python -m bench.work redact FILE", "sed -E -f redact.sed FILE"],
        note=(
            f"{mine:.0f} MB/s to {other:.1f} MB/s with {len(commands)} patterns, "
            f"whole processes; in sed's locale ({shop.environ.get('LANG', 'none set')})"
        ),
    )
    return [_in_megabytes(row, pairs)]


def signatures(shop: Workshop) -> list[Row]:
    """Compare a scan for all signatures with ripgrep on the same patterns."""
    large = shop.log_file(SCANNED)
    cache = shop.directory / "cache"
    patterns = shop.directory / "patterns.txt"
    shop.lap(
        *(sys.executable, "-m", "bench.work", "patterns", str(patterns)), cwd=CHECKOUT
    )
    shop.say("looking for all signatures both ways, by turns")
    # Counting is the least it can do: to /dev/null it would stop at the first.
    line = f"rg --count --file {patterns} {large}"
    pairs = paired(
        shop.runs,
        lambda: _python(shop, "scan", large, cache),
        lambda: shop.shell(line, shop.directory).seconds,
    )
    large.unlink()
    row = at_most(
        "signature scan of 1 GB of logs, all signatures",
        "ripgrep with the same patterns",
        0.8,
        pairs,
        commands=[
            "python -m bench.work scan FILE",
            "rg --count --file patterns.txt FILE",
        ],
    )
    return [row]


def _python(shop: Workshop, work: str, file: Path, cache: Path) -> float:
    argv = (sys.executable, "-m", "bench.work", work, str(file), str(cache))
    return shop.lap(*argv, cwd=CHECKOUT).seconds


def _in_megabytes(row: Row, pairs: Pairs) -> Row:
    from dataclasses import replace

    mine, other = (1 / value for value in pairs.medians)
    told = f"{mine:.0f} MB/s to {other:.1f} MB/s, {len(pairs.ours)} pairs"
    return replace(row, figures=told)
