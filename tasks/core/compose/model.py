"""From Compose's own JSON to the Model: what should run."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ..snapshot import Model, Mount, Port, Service

Json = dict[str, Any]


def parse(
    document: Mapping[str, Any],
    *,
    files: tuple[str, ...] = (),
    separator: str = "-",
    escaped: bool = True,
) -> Model:
    """Return the Model of ``docker compose config --format json``.

    Roles, unset variables and locations are others' to fill in.

    Args:
        document: what Compose printed, or `composefile.load` made.
        files: the Compose files, as the user names them.
        separator: between project and service in the name of an image that
            the files don't name; ``_`` with COMPOSE_COMPATIBILITY.
        escaped: Compose doubles every ``$`` in what it prints.
    """
    project = str(document.get("name") or "")
    services = {
        name: _service(name, raw, project + separator, escaped)
        for name, raw in sorted((document.get("services") or {}).items())
        if isinstance(raw, dict)
    }
    volumes = document.get("volumes") or {}
    return Model(
        project=project,
        files=files,
        services=services,
        volumes={
            key: str((value or {}).get("name") or f"{project}_{key}")
            for key, value in sorted(volumes.items())
        },
    )


def ports(document: Mapping[str, Any]) -> tuple[Port, ...]:
    """Return the ports that the services publish on a fixed host port.

    A port that the engine picks is not among them; of a range that it may
    pick from, neither. Who listens there now is for a probe to say.
    """
    found = []
    for name, raw in sorted((document.get("services") or {}).items()):
        for port in (raw or {}).get("ports") or ():
            published, target = str(port.get("published")), str(port.get("target"))
            if published.isdecimal() and target.isdecimal() and int(published):
                found.append(
                    Port(
                        service=name,
                        port=int(published),
                        target=int(target),
                        host_ip=str(port.get("host_ip") or ""),
                        protocol=str(port.get("protocol") or "tcp"),
                    )
                )
    return tuple(found)


def workers(model: Model, backend: str) -> tuple[str, ...]:
    """Return the services that run on the backend's image, but aren't it."""
    own = model.services.get(backend)
    if own is None:
        return ()
    build = (own.context, own.dockerfile)
    return tuple(
        name
        for name, other in model.services.items()
        if name != backend
        and (
            (own.image and other.image == own.image)
            or (own.context and (other.context, other.dockerfile) == build)
        )
    )


def dockerfile(service: Service) -> str:
    """Return the path of the Dockerfile of a service that is built."""
    return posixpath.join(service.context, service.dockerfile or "Dockerfile")


def _service(name: str, raw: Json, prefix: str, escaped: bool) -> Service:
    build = raw.get("build")
    build = build if isinstance(build, dict) else {}
    health = raw.get("healthcheck")
    return Service(
        name=name,
        image=str(raw.get("image") or "") or prefix + name,
        context=str(build.get("context") or ""),
        dockerfile=str(build.get("dockerfile") or "") if build else "",
        environment=_values(raw.get("environment"), escaped),
        build_args=_values(build.get("args"), escaped),
        depends_on={
            other: str((how or {}).get("condition") or "service_started")
            for other, how in (raw.get("depends_on") or {}).items()
        },
        mounts=tuple(
            Mount(
                type=str(mount.get("type") or "volume"),
                source=str(mount.get("source") or ""),
                target=str(mount.get("target") or ""),
            )
            for mount in raw.get("volumes") or ()
            if isinstance(mount, dict)
        ),
        healthcheck=_checked(health),
        restart=str(raw.get("restart") or ""),
        profiles=tuple(raw.get("profiles") or ()),
    )


def _checked(health: object) -> bool:
    if not isinstance(health, dict) or health.get("disable"):
        return False
    test = health.get("test")
    return bool(test) and test != ["NONE"]


def _values(raw: object, escaped: bool) -> dict[str, str | None]:
    if not isinstance(raw, dict):
        return {}
    found: dict[str, str | None] = {}
    for key, value in raw.items():
        plain = value if value is None else str(value)
        found[key] = plain.replace("$$", "$") if plain and escaped else plain
    return found
