"""Everything the probes saw, as plain data that round-trips through JSON.

Checks, diagnosis, rendering and the bundle read a Snapshot and nothing else.
A Snapshot is born redacted: no field ever holds a secret (equal secrets hold
equal tokens, so a drift between two places still shows). Sizes are bytes,
durations seconds, times ISO 8601 in UTC.

A part that is None was not probed or could not be: `Snapshot.why_not` says
which. New fields need a default, so that older bundles can still be replayed.
"""

from __future__ import annotations

import msgspec

from .answers import Database, Inside, Lock, Login, Redis, Response, Served
from .base import Facts, ProbeRun, Settings
from .containers import Container, Image, Log, Sample
from .files import (
    ApiSource,
    Dockerfile,
    EnvFiles,
    EnvKey,
    HostFiles,
    Migrations,
    Requirement,
    Requirements,
    Revision,
)
from .stack import Engine, Model, Mount, Port, Service, Unset

__all__ = [
    "ApiSource",
    "Container",
    "Database",
    "Dockerfile",
    "Engine",
    "EnvFiles",
    "EnvKey",
    "Facts",
    "HostFiles",
    "Image",
    "Inside",
    "Lock",
    "Log",
    "Login",
    "Migrations",
    "Model",
    "Mount",
    "Port",
    "ProbeRun",
    "Redis",
    "Requirement",
    "Requirements",
    "Response",
    "Revision",
    "Sample",
    "Served",
    "Service",
    "Settings",
    "Snapshot",
    "Unset",
    "builtins",
    "decode",
    "encode",
]


class Snapshot(Facts, frozen=True, kw_only=True):
    """One look at one stack."""

    version: int = 1
    taken: str = ""
    seconds: float = 0.0
    settings: Settings = Settings()
    probes: tuple[ProbeRun, ...] = ()
    engine: Engine | None = None
    model: Model | None = None
    ports: tuple[Port, ...] | None = None
    containers: tuple[Container, ...] | None = None
    images: tuple[Image, ...] | None = None
    env: EnvFiles | None = None
    requirements: Requirements | None = None
    migrations: Migrations | None = None
    api_source: ApiSource | None = None
    inside: Inside | None = None
    host_files: HostFiles | None = None
    dockerfiles: tuple[Dockerfile, ...] | None = None
    database: Database | None = None
    redis: Redis | None = None
    http: tuple[Response, ...] | None = None
    served: Served | None = None
    login: Login | None = None
    logs: tuple[Log, ...] | None = None

    def seconds_of(self, probe: str) -> float:
        """Return the seconds the probe took, 0 if it did not run."""
        return next((run.seconds for run in self.probes if run.name == probe), 0.0)

    def why_not(self, probe: str) -> str:
        """Return why a probe saw nothing, as words to skip a check with."""
        for run in self.probes:
            if run.name == probe:
                if run.timed_out:
                    return f"no answer within {run.seconds:.0f} s"
                return run.error or "nothing to look at"
        return "not probed"

    def of(self, service: str) -> tuple[Container, ...]:
        """Return the service's own containers, without one-off ones."""
        return tuple(
            container
            for container in self.containers or ()
            if container.service == service and not container.one_off
        )


def encode(snapshot: Snapshot) -> bytes:
    """Return the snapshot as JSON."""
    return msgspec.json.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Return the snapshot that `encode` wrote, by this or an older version.

    Raises:
        msgspec.DecodeError: it is not such a document.
    """
    return msgspec.json.decode(data, type=Snapshot)


def builtins(value: object) -> object:
    """Return a value of plain dicts, lists and scalars, ready for JSON."""
    return msgspec.to_builtins(value)
