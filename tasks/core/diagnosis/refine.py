"""What a clue from a log becomes once the facts are held beside it.

A log line says what failed; the facts say what mends it: a missing column may
wait for a migration that exists or for one that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

import msgspec

from ..needs import hosts
from ..snapshot import Snapshot
from .clues import Clue
from .relevance import unwell

#: Weight of an address that is wrong rather than of a service that is down.
WRONG_ADDRESS = 60

#: Fixes that build one image.
REBUILDS = ("fix.rebuild-backend", "fix.rebuild-frontend")

Refinement = Callable[[Snapshot, Clue, list[Clue]], Clue]


def refine(snap: Snapshot, clues: list[Clue]) -> list[Clue]:
    """Return the clues, each with what the facts add to it."""
    done = []
    for clue in clues:
        better = _REFINEMENTS.get(clue.id)
        done.append(_built(snap, better(snap, clue, clues) if better else clue))
    return done


def _built(snap: Snapshot, clue: Clue) -> Clue:
    """Build the image that the failure was seen in, not another one."""
    model = snap.model
    if model is None or clue.fix not in REBUILDS or not clue.service:
        return clue
    service = model.services.get(clue.service)
    if service is None:
        return clue
    if clue.service in (model.roles.get("backend"), *model.workers):
        return _replace(clue, fix="fix.rebuild-backend")
    if clue.service == model.roles.get("frontend"):
        return _replace(clue, fix="fix.rebuild-frontend")
    how = "build" if service.context else "pull"
    advice = f"Renew its image: docker compose {how} {clue.service}, then inv up"
    return _replace(clue, fix=None, advice=advice)


def _numpy(snap: Snapshot, clue: Clue, clues: list[Clue]) -> Clue:
    """Pins in the requirements decide whether they or the image are wrong."""
    lines = snap.requirements
    pins = next((c for c in clues if c.id == "pin-dropped"), None)
    image = next((c for c in clues if c.id == "package-outdated"), None)
    more = tuple(e for c in (pins, image) if c for e in c.evidence[:2])
    known = lines is not None and not lines.error
    fix = "fix.pins" if pins else "fix.rebuild-backend" if known else clue.fix
    return msgspec.structs.replace(clue, fix=fix, evidence=(*clue.evidence, *more))


def _module(snap: Snapshot, clue: Clue, _clues: list[Clue]) -> Clue:
    """A rebuild installs what the requirements name, and nothing else."""
    module = clue.names[0] if clue.names else ""
    top = module.partition(".")[0]
    lines = snap.requirements
    if not top or lines is None or lines.error or snap.host_files is None:
        return clue
    path = module.replace(".", "/")
    here = (f"{path}.py", f"{path}/__init__.py")
    if any(name in snap.host_files.files for name in here):
        return _replace(clue, confidence="certain", fix="fix.rebuild-backend")
    if any(name.split("/")[0] in (top, f"{top}.py") for name in snap.host_files.files):
        advice = f"The project has no module {module}: mend the import"
        return _replace(clue, category="code", fix=None, advice=advice)
    named = {_module_of(line.name) for line in lines.lines}
    if top in named or (snap.inside and top in snap.inside.imports):
        return _replace(clue, fix="fix.rebuild-backend")
    advice = (
        f"{lines.path} does not name {module}: add the package that has it, then "
        "inv fix.rebuild-backend"
    )
    return _replace(clue, fix=None, advice=advice)


def _schema(snap: Snapshot, clue: Clue, clues: list[Clue]) -> Clue:
    """A migration that exists will mend it; one that doesn't must be written."""
    name = clue.names[0].rpartition(".")[2] if clue.names else ""
    files, db = snap.migrations, snap.database
    pending = next(
        (c for c in clues if c.id in ("alembic-behind", "never-migrated")), None
    )
    if pending and (not pending.names or name in pending.names):
        return _replace(clue, follows=(*clue.follows, pending.id), fix="fix.migrate")
    if files is None or db is None or not db.reachable:
        return clue
    holders = [r for r in files.revisions if name in {n.lower() for n in r.names}]
    if not holders:
        return _replace(
            clue,
            cause=f"{clue.cause.partition(':')[0]}, and no migration makes it",
            fix=None,
            advice="Write the migration: inv sh, then alembic revision "
            f'--autogenerate -m "add {name}", then inv fix.migrate',
        )
    if pending is None:
        where = ", ".join(r.file for r in holders)
        return _replace(
            clue,
            evidence=(*clue.evidence, f"{where} makes it, and counts as run"),
            fix=None,
            advice="The database counts that migration as run: it was stamped, or "
            "undone by hand. Restore a backup (inv db.list), or add it by hand",
        )
    return clue


def _unreachable(snap: Snapshot, clue: Clue, _clues: list[Clue]) -> Clue:
    """An address is wrong if it names no service, or a port nobody listens on."""
    host, port = clue.groups.get("host", ""), clue.groups.get("port", "")
    model = snap.model
    if not host or model is None or _is_address(host):
        return clue
    key, where = _setting(snap, clue.service, host)
    if host not in model.services:
        cause = f"{clue.service} looks for {host}, and no service is called that"
        close = get_close_matches(host, model.services, 1, 0.5)
        wanted = f"{host} should be {close[0]}" if close else "name the service"
    elif port and _well(snap, host) and port not in _ports(snap, host):
        cause = f"{clue.service} looks for {host} on port {port}, where nothing listens"
        right = " or ".join(sorted(_ports(snap, host)))
        wanted = f"{host} listens on {right}" if right else "mend the port"
    else:
        return clue
    return _replace(
        clue,
        cause=cause,
        category="network",
        confidence="certain" if where else clue.confidence,
        weight=WRONG_ADDRESS,
        about=(),
        evidence=(*clue.evidence, *((f"{where}: {key}",) if where else ())),
        fix=None,
        advice=f"Mend {key or 'the address'} in {where or 'its settings'}: {wanted}",
    )


def _setting(snap: Snapshot, service: str, host: str) -> tuple[str, str]:
    """Return the key whose value names a host, and where the key is set."""
    model = snap.model
    if model is None or service not in model.services:
        return "", ""
    for key, value in model.services[service].environment.items():
        if value and host in hosts(value):
            return key, model.locations.get(f"{service}.environment.{key}", "")
    return "", ""


def _well(snap: Snapshot, service: str) -> bool:
    """Tell whether a service runs and answers, as far as it was asked."""
    asked = (snap.database, snap.redis)
    silent = any(s and s.service == service and not s.reachable for s in asked)
    return not silent and not unwell(snap, service)


def _ports(snap: Snapshot, service: str) -> set[str]:
    return {str(p.target) for p in snap.ports or () if p.service == service}


def _is_address(host: str) -> bool:
    return host == "localhost" or host.replace(".", "").isdigit() or ":" in host


def _disk(snap: Snapshot, clue: Clue, _clues: list[Clue]) -> Clue:
    """Pruning the engine helps only if it is the engine's disk that is full."""
    engine = snap.engine
    room = engine.disk_free if engine else None
    if room is None or room < snap.settings.min_free_bytes // 10:
        return clue
    return _replace(
        clue,
        cause=f"A disk that {clue.service} writes to is full; the engine's own is not",
        fix=None,
        advice="Make room in its volume or tmpfs, or give it a larger one "
        "(volumes and tmpfs in the Compose file)",
    )


_REFINEMENTS: dict[str, Refinement] = {
    "numpy-abi": _numpy,
    "numpy-major": _numpy,
    "python-module-missing": _module,
    "column-missing": _schema,
    "table-missing": _schema,
    "type-missing": _schema,
    "disk-full": _disk,
    "db-refused": _unreachable,
    "connection-refused": _unreachable,
    "redis-refused": _unreachable,
    "broker-unreachable": _unreachable,
    "db-name-unknown": _unreachable,
    "redis-name-unknown": _unreachable,
    "name-unknown": _unreachable,
    "timed-out": _unreachable,
}


def _replace(clue: Clue, **changes: object) -> Clue:
    return msgspec.structs.replace(clue, **changes)


def _module_of(distribution: str) -> str:
    """Return the module that a distribution most often offers."""
    return distribution.lower().replace("-", "_").removesuffix("_binary")
