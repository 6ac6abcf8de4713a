"""A stored Snapshot of the healthy reference stack, and ways to break a copy of it.

The document in ``tests/fixtures/healthy.json`` was written by a real look at the
running stack (``inv dev.snapshot``), redacted as every Snapshot is.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from tasks import checks  # noqa: F401 - declares them
from tasks.core import snapshot as facts
from tasks.core.model import Finding
from tasks.core.snapshot import Snapshot, decode
from tasks.core.verdict import CHECKS, run

FIXTURES = Path(__file__).parent.parent / "fixtures"


@cache
def healthy() -> Snapshot:
    """Return the healthy stack."""
    return decode((FIXTURES / "healthy.json").read_bytes())


Value = TypeVar("Value")


def change(value: Value, **changes: Any) -> Value:
    """Return a copy of a frozen value with some fields replaced."""
    made: Value = msgspec.structs.replace(cast("Any", value), **changes)
    return made


def with_part(part: str, **changes: Any) -> Snapshot:
    """Return the healthy stack with fields of one part replaced."""
    return change(healthy(), **{part: change(getattr(healthy(), part), **changes)})


def without(part: str, error: str = "", timed_out: bool = False) -> Snapshot:
    """Return the healthy stack as if the probe of ``part`` had seen nothing."""
    run_ = facts.ProbeRun(name=part, seconds=10.0, error=error, timed_out=timed_out)
    others = tuple(p for p in healthy().probes if p.name != part)
    return change(healthy(), probes=(*others, run_), **{part: None})


def with_container(service: str, **changes: Any) -> Snapshot:
    """Return the healthy stack with a service's container changed."""
    return change(
        healthy(),
        containers=tuple(
            change(c, **changes) if c.service == service else c
            for c in healthy().containers or ()
        ),
    )


def with_service(service: str, **changes: Any) -> Snapshot:
    """Return the healthy stack with a service of the model changed."""
    model = healthy().model
    assert model
    services = {**model.services, service: change(model.services[service], **changes)}
    return with_part("model", services=services)


def look(id: str, snapshot: Snapshot) -> Finding:
    """Return what one check finds."""
    return run(CHECKS[id], snapshot)
