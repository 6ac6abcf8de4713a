"""The stored healthy stack, broken in copies, and the causes named of it."""

from __future__ import annotations

from typing import Any

from tasks import session
from tasks.core.model import Diagnosis
from tasks.core.snapshot import Log, Model, Sample, Snapshot
from tests.unit.stored import (
    change,
    healthy,
)

STARTED = "2026-11-22T19:00:00.000000000Z"
TAKEN = "2026-11-22T19:10:00+00:00"
NUMPY = (
    "ValueError: numpy.dtype size changed, may indicate binary incompatibility. "
    "Expected 96 from C header, got 88 from PyObject"
)
TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/python3.11/runpy.py", line 196, in _run_module_as_main
    return _run_code(code, main_globals, None,
  File "/app/app/services/solver.py", line 23, in <module>
    import pandas as pd
"""
UNKNOWN = """Traceback (most recent call last):
  File "/app/app/main.py", line 7, in <module>
    from app.services import solver
  File "/app/app/services/solver.py", line 23, in plan
    raise RotaError("the rota is upside down")
app.errors.RotaError: the rota is upside down"""


def causes(snapshot: Snapshot) -> tuple[Diagnosis, ...]:
    return session.judge(snapshot).diagnoses


def ids(snapshot: Snapshot) -> list[str]:
    return [cause.id for cause in causes(snapshot)]


def model(snapshot: Snapshot | None = None) -> Model:
    found = (snapshot or healthy()).model
    assert found
    return found


def says(service: str, text: str, snapshot: Snapshot, at: str = "19:09:50") -> Snapshot:
    """Return a copy in which a service's log ends with some lines."""
    stamped = "\n".join(
        f"2026-11-22T{at}.{n:06}000Z {line}" for n, line in enumerate(text.splitlines())
    )
    container = snapshot.of(service)[0].name
    log = Log(service=service, container=container, text=stamped)
    others = tuple(x for x in snapshot.logs or () if x.service != service)
    found: Snapshot = change(snapshot, logs=(*others, log), taken=TAKEN)
    return found


def settled() -> Snapshot:
    """Return the healthy stack at a fixed time, its logs empty."""
    containers = tuple(
        change(
            c,
            started=STARTED,
            created=STARTED,
            samples=(Sample(at=TAKEN, status="running", restarts=0),),
        )
        for c in healthy().containers or ()
    )
    found: Snapshot = change(healthy(), containers=containers, logs=(), taken=TAKEN)
    return found


def looping(service: str, snapshot: Snapshot | None = None) -> Snapshot:
    snapshot = snapshot or settled()
    samples = (
        Sample(at=TAKEN, status="restarting", restarts=7, exit_code=1),
        Sample(at=TAKEN, status="running", restarts=8, exit_code=0),
    )
    changes: dict[str, Any] = {
        "status": "restarting",
        "restarts": 8,
        "exit_code": 1,
        "samples": samples,
        "started": "2026-11-22T19:09:49.000000000Z",
        "finished": "2026-11-22T19:09:51.000000000Z",
    }
    containers = tuple(
        change(c, **changes) if c.service == service else c
        for c in snapshot.containers or ()
    )
    found: Snapshot = change(snapshot, containers=containers)
    return found


def down(service: str, code: int = 0, snapshot: Snapshot | None = None) -> Snapshot:
    containers = tuple(
        change(c, status="exited", exit_code=code, health="", finished=TAKEN)
        if c.service == service
        else c
        for c in (snapshot or settled()).containers or ()
    )
    found: Snapshot = change(snapshot or settled(), containers=containers)
    return found
