"""What should run, and where: the engine and the Compose model."""

from __future__ import annotations

from .base import Facts


class Engine(Facts, frozen=True, kw_only=True):
    """The engine and the tools that reach it.

    Attributes:
        configured: what names another engine than the default one, if anything.
    """

    reachable: bool = False
    error: str = ""
    context: str = ""
    endpoint: str = ""
    local: bool = True
    configured: str = ""
    version: str = ""
    api: str = ""
    os: str = ""
    arch: str = ""
    desktop: bool = False
    cpus: int = 0
    memory: int = 0
    root: str = ""
    disk_free: int | None = None
    clock_offset: float | None = None
    compose: str = ""
    compose_error: str = ""


class Port(Facts, frozen=True, kw_only=True):
    """A published port of the Compose model and who listens on it now."""

    service: str
    port: int
    target: int
    host_ip: str = ""
    protocol: str = "tcp"
    open: bool = False
    ours: bool = False
    holder: str = ""


class Mount(Facts, frozen=True, kw_only=True):
    """A bind mount or a volume of a service."""

    type: str
    source: str
    target: str


class Service(Facts, frozen=True, kw_only=True):
    """One service of the resolved Compose model, values redacted."""

    name: str
    image: str = ""
    context: str = ""
    dockerfile: str = ""
    environment: dict[str, str | None] = {}
    build_args: dict[str, str | None] = {}
    depends_on: dict[str, str] = {}
    mounts: tuple[Mount, ...] = ()
    healthcheck: bool = False
    restart: str = ""
    profiles: tuple[str, ...] = ()


class Unset(Facts, frozen=True, kw_only=True):
    """A variable that a Compose file uses and nothing sets."""

    name: str
    file: str
    line: int
    required: bool = False


class Model(Facts, frozen=True, kw_only=True):
    """The Compose model: what should run.

    Attributes:
        error: why it doesn't resolve, in Compose's words; empty if it does.
        approximate: read without Compose, so merged files may differ.
        roles: which service plays which part: ``backend``, ``frontend``,
            ``db``, ``redis``; absent if the stack has none.
        workers: services on the backend's image, other than the backend.
        volumes: the named volumes' keys and their names on the engine.
        locations: where a value stands in the files, as ``file:line``, by
            ``service.environment.KEY`` and the like.
    """

    project: str = ""
    files: tuple[str, ...] = ()
    error: str = ""
    approximate: bool = False
    services: dict[str, Service] = {}
    roles: dict[str, str] = {}
    workers: tuple[str, ...] = ()
    volumes: dict[str, str] = {}
    unset: tuple[Unset, ...] = ()
    locations: dict[str, str] = {}

    def role(self, role: str) -> Service | None:
        """Return the service that plays ``role``, or None."""
        return self.services.get(self.roles.get(role, ""))
