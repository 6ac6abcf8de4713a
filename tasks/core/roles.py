"""Which service plays which part: backend, frontend, database, redis.

A setting decides; else a usual name; else the image; else what is in the build
context. Names and images match as a whole, never in part: ``db`` is not
``db-test``, ``redis`` is not ``redis-exporter``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import WrongUsage
from .snapshot import Service

#: The usual names of each role's service, the clearest first.
NAMES: dict[str, tuple[str, ...]] = {
    "backend": ("backend", "api", "server", "app", "web", "django", "fastapi"),
    "frontend": ("frontend", "web", "ui", "client", "www", "next", "nextjs"),
    "db": ("db", "postgres", "postgresql", "database", "pg"),
    "redis": ("redis", "valkey", "cache"),
}
#: Images that only one role uses, by the last part of their name.
IMAGES: dict[str, frozenset[str]] = {
    "db": frozenset({"postgres", "postgresql", "postgis", "pgvector"})
    | frozenset({"timescaledb", "timescaledb-ha"}),
    "redis": frozenset({"redis", "valkey", "keydb"})
    | frozenset({"redis-stack", "redis-stack-server"}),
}
#: Other databases: their service is no role's, whatever its name.
_OTHERS = frozenset({"mysql", "mariadb", "mongo", "memcached"})
#: Web servers: a frontend may be built into one, a backend is not.
_SERVERS = frozenset({"nginx", "traefik", "caddy", "httpd"})
#: Packages that tell a frontend from a tool written in JavaScript.
_FRONTENDS = frozenset({"next", "react", "vite", "vue", "svelte", "@angular/core"})
_WEB = frozenset({"fastapi", "django", "flask", "starlette", "litestar", "uvicorn"})


class Context(NamedTuple):
    """What is in a service's build context.

    Attributes:
        files: the names of the files at its top.
        packages: what its requirements and package.json ask for, lower case.
    """

    files: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


def assign(
    services: Mapping[str, Service],
    named: Mapping[str, str],
    contexts: Mapping[str, Context],
) -> dict[str, str]:
    """Return role to service, the roles that no service plays left out.

    Args:
        services: of the resolved model.
        named: role to the service that the settings name; empty: to be found.
        contexts: service to its build context, where it could be read.

    Raises:
        WrongUsage: the settings name a service that there isn't.
    """
    found: dict[str, str] = {}
    for role in NAMES:
        if name := named.get(role, ""):
            if services and name not in services:
                raise WrongUsage(
                    f"no service {name!r} in the Compose files, which "
                    f"UNSTUCK_{role.upper()} names",
                    f"services: {', '.join(services)}",
                )
            found[role] = name
    for role in NAMES:
        taken = set(found.values())
        free = {n: s for n, s in services.items() if n not in taken}
        if role not in found:
            choice = _choose(role, free, contexts, services)
            if choice:
                found[role] = choice
    return {role: found[role] for role in NAMES if role in found}


def words(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the packages that a parsed package.json asks for, lower case."""
    found: set[str] = set()
    for key in ("dependencies", "devDependencies", "peerDependencies"):
        section = document.get(key)
        if isinstance(section, dict):
            found.update(str(name).lower() for name in section)
    return frozenset(found)


def _choose(
    role: str,
    free: Mapping[str, Service],
    contexts: Mapping[str, Context],
    services: Mapping[str, Service],
) -> str:
    kinds = {n: _kind(s, contexts.get(n, Context())) for n, s in free.items()}
    for name in NAMES[role]:
        # A usual name, unless what is behind it plays another part.
        allowed = ("", role, "server") if role == "frontend" else ("", role)
        if name in free and kinds[name] in allowed:
            return name
    # Of several, the one that others wait for: not the copy for the tests.
    needed = [n for s in services.values() for n in s.depends_on]
    alike = [name for name, kind in kinds.items() if kind == role]
    return max(alike, key=needed.count) if alike else ""


def _kind(service: Service, context: Context) -> str:
    """Return the role that its image or build context speaks for, or ``""``."""
    if not service.context:
        last = service.image.split("@")[0].rsplit("/", 1)[-1].split(":")[0].lower()
        if last in _OTHERS | _SERVERS:
            return "other" if last in _OTHERS else "server"
        return next((role for role, images in IMAGES.items() if last in images), "")
    if "alembic.ini" in context.files or context.packages & _WEB:
        return "backend"
    if "package.json" in context.files:
        return "frontend" if context.packages & _FRONTENDS else ""
    if context.files & {"requirements.txt", "pyproject.toml", "manage.py"}:
        return "backend"
    return ""
