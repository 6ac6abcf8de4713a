"""Causes in the engine, its disk, and the ports of its machine."""

from __future__ import annotations

from collections.abc import Iterator

from ...snapshot import Snapshot
from ...states import size
from ..clues import Found, found, rule


@rule("engine-unreachable", "engine", 100, takes_away=True, checks=("engine",))
def engine_down(snap: Snapshot) -> Iterator[Found]:
    """No Docker Engine answers where the Docker CLI would look for one."""
    seen = snap.engine
    if seen is None or seen.reachable:
        return
    if not seen.configured:
        yield found("No Docker Engine answers", seen.error, fix="fix.restart-docker")
        return
    variable, named, _ = seen.configured.partition("=")
    unset = f", or unset {variable}" if named else ""
    yield found(
        f"No Docker Engine answers where {seen.configured} points",
        seen.error,
        explains=("context-missing",),
        advice=f"Start that engine, choose another (docker context ls){unset}",
    )


@rule("compose-missing", "engine", 99, takes_away=True, checks=("engine", "compose"))
def compose_missing(snap: Snapshot) -> Iterator[Found]:
    """There is no Compose v2, or one that is too old."""
    if snap.engine and snap.engine.compose_error:
        yield found(
            "Docker Compose can't be used",
            snap.engine.compose_error,
            advice="Install the Compose plugin (Docker Desktop has it)",
        )


@rule("engine-disk-full", "resource", 95, takes_away=True, checks=("engine",))
def disk_full(snap: Snapshot) -> Iterator[Found]:
    """The disk that holds images, containers and volumes is full."""
    seen = snap.engine
    if seen is None or seen.disk_free is None:
        return
    if seen.disk_free < snap.settings.min_free_bytes // 10:
        yield found(
            f"The engine's disk is full: {size(seen.disk_free)} left",
            seen.root,
            explains=("disk-full", "redis-cannot-save", "db-disk-full"),
            fix="fix.prune",
        )


@rule("port-allocated", "network", 94, takes_away=True, checks=("ports", "containers"))
def port_held(snap: Snapshot) -> Iterator[Found]:
    """Something else listens on a port that a service is to publish."""
    for port in snap.ports or ():
        if port.open and not port.ours:
            yield found(
                f"Port {port.port}, which {port.service} publishes, is held by "
                f"{port.holder or 'something else'}",
                *(c.error for c in snap.of(port.service)),
                service=port.service,
                explains=("port-*", "service-stopped", "service-not-started"),
                fix="fix.ports",
            )
