"""The measurements: each takes the workshop and returns the rows it fills."""

from __future__ import annotations

from collections.abc import Callable

from ..rows import Row
from ..workshop import Workshop
from . import bundle, checks, report, scanning, services, start

Measure = Callable[[Workshop], list[Row]]

#: What ``--only`` names, in the order of the table; `run` says when each runs.
CLAIMS: dict[str, Measure] = {
    "checks": checks.healthy,
    "looping": checks.looping,
    "triage": checks.triage,
    "start": start.start,
    "services": services.growth,
    "rebuild": checks.rebuild,
    "bundle": bundle.bundle,
    "redaction": scanning.redaction,
    "signatures": scanning.signatures,
    "report": report.report,
}
