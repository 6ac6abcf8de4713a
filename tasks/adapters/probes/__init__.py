"""Every probe: the only code that looks at the stack.

A probe is a function of a `Look` that returns one part of the Snapshot or
raises `Unseen` with the reason. A new one is a function in the module of the
thing it looks at, and a line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..look import Look, Probe


def _probe(place: str, patience: float = 1.0) -> Probe:
    """Return a probe whose module is imported when it starts.

    So the first are out before the last are even read: 30 ms sooner.
    """
    module, _, name = place.partition(".")

    def see(look: Look) -> Any:  # noqa: ANN401 - each probe has its own type
        return getattr(import_module(f"{__name__}.{module}"), name)(look)

    return Probe(see, patience)


PROBES: dict[str, Probe] = {
    # what others build on; not parts of the Snapshot themselves
    "compose": _probe("project.compose"),
    "compose_version": _probe("project.version"),
    "client": _probe("engine.client"),
    "documents": _probe("containers.documents"),
    # parts
    "engine": _probe("engine.engine"),
    "model": _probe("project.model"),
    "containers": _probe("containers.containers"),
    "images": _probe("containers.images"),
    "ports": _probe("containers.ports"),
    "env": _probe("project.env"),
    "requirements": _probe("project.requirements"),
    "migrations": _probe("project.migrations"),
    "api_source": _probe("project.api_source"),
    "host_files": _probe("project.host_files"),
    "dockerfiles": _probe("project.dockerfiles"),
    # a one-off container and the imports of a cold image take their time
    "inside": _probe("inside.inside", patience=3.0),
    "database": _probe("postgres.database"),
    "redis": _probe("redis.redis"),
    "http": _probe("web.http"),
    "served": _probe("web.served"),
    "login": _probe("web.login"),
    "logs": _probe("logs.logs"),
}
