"""What a helper asks first, told from a Snapshot: ``ps``, versions, migrations."""

from __future__ import annotations

from ..moments import epoch
from ..snapshot import Container, Snapshot
from ..states import age, looping

HEADS = ("SERVICE", "CONTAINER", "STATE", "RESTARTS", "EXIT", "UP", "PORTS")


def ps_table(snapshot: Snapshot) -> str:
    """Return every container of the project, and services without one."""
    rows = [_row(snapshot, one) for one in snapshot.containers or ()]
    have = {one.service for one in snapshot.containers or ()}
    services = snapshot.model.services if snapshot.model else ()
    lacking = (name for name in services if name not in have)
    rows += [(name, "-", "no container", "", "", "", "") for name in lacking]
    if snapshot.containers is None:
        rows.append((f"containers not seen: {snapshot.why_not('containers')}",))
    return columns([HEADS, *rows])


def columns(rows: list[tuple[str, ...]]) -> str:
    """Return rows as lines with their columns aligned."""
    count = max(map(len, rows), default=0)
    widths = [
        max((len(row[i]) for row in rows if len(row) > i + 1), default=0)
        for i in range(count)
    ]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        if len(row) > 1
        else "".join(row)
        for row in rows
    )
    return "".join(line.rstrip() + "\n" for line in lines)


def state(one: Container) -> str:
    """Return a container's state in a few words, a crash loop by its name."""
    words = [one.status or "unknown"]
    if looping(one):
        words = ["restarting (crash loop)"]
    elif one.health and one.health != "none":
        words.append(f"({one.health})")
    if one.oom_killed:
        words.append("OOM killed")
    return " ".join(words)


def facts(snapshot: Snapshot) -> dict[str, object]:
    """Return migrations, versions and row counts; None where not seen, and why."""
    inside, database = snapshot.inside, snapshot.database
    migrations = snapshot.migrations
    parts = ("migrations", "inside", "database", "redis")
    return {
        "migrations": {
            "current": database.revisions if database else None,
            "heads": heads(snapshot),
            "errors": migrations.errors if migrations else (),
        },
        "installed": {
            "service": inside.service if inside else "",
            "python": inside.python if inside else "",
            "asked_via": inside.via if inside else "",
            "versions": inside.versions if inside else None,
            "imports_that_fail": {
                name: error for name, error in inside.imports.items() if error
            }
            if inside
            else None,
        },
        "rows": database.rows if database else None,
        "not_seen": {
            part: snapshot.why_not(part)
            for part in parts
            if getattr(snapshot, part) is None
        },
    }


def heads(snapshot: Snapshot) -> list[str] | None:
    """Return the revisions that no other revision builds on."""
    if snapshot.migrations is None:
        return None
    revisions = snapshot.migrations.revisions
    below = {down for revision in revisions for down in revision.down}
    return [revision.id for revision in revisions if revision.id not in below]


def _row(snapshot: Snapshot, one: Container) -> tuple[str, ...]:
    return (
        one.service + (" (one-off)" if one.one_off else ""),
        one.name,
        state(one),
        str(one.restarts),
        "" if one.status == "running" else str(one.exit_code),
        _up(snapshot, one),
        _ports(snapshot, one.service),
    )


def _up(snapshot: Snapshot, one: Container) -> str:
    started, taken = epoch(one.started), epoch(snapshot.taken)
    if one.status != "running" or started is None or taken is None:
        return ""
    return age(max(0.0, taken - started))


def _ports(snapshot: Snapshot, service: str) -> str:
    return ", ".join(
        f"{port.host_ip or '0.0.0.0'}:{port.port}->{port.target}"  # noqa: S104 - told
        for port in snapshot.ports or ()
        if port.service == service
    )
