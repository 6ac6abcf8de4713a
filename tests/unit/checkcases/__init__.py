"""Each way of failing of each check: a Snapshot and what must be said of it."""

from __future__ import annotations

from . import container, dependency, engine, file, schema, stale, web
from .case import Case

CASES: list[Case] = [
    *engine.cases(),
    *file.cases(),
    *container.cases(),
    *dependency.cases(),
    *schema.cases(),
    *web.cases(),
    *stale.cases(),
]
