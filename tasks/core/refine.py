"""What a clue from a log becomes once the facts are held beside it.

A log line says what failed; the facts say what mends it: a missing column may
wait for a migration that exists or for one that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from .clues import Clue
from .snapshot import Snapshot

Refinement = Callable[[Snapshot, Clue, list[Clue]], Clue]


def refine(snap: Snapshot, clues: list[Clue]) -> list[Clue]:
    """Return the clues, each with what the facts add to it."""
    done = []
    for clue in clues:
        better = _REFINEMENTS.get(clue.id)
        done.append(better(snap, clue, clues) if better else clue)
    return done


def _numpy(_snap: Snapshot, clue: Clue, clues: list[Clue]) -> Clue:
    """Pins in the requirements decide whether they or the image are wrong."""
    pins = next((c for c in clues if c.id == "pin-dropped"), None)
    image = next((c for c in clues if c.id == "package-outdated"), None)
    more = tuple(e for c in (pins, image) if c for e in c.evidence[:2])
    fix = "fix.pins" if pins else "fix.rebuild-backend" if image else clue.fix
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
        (c for c in clues if c.id in ("migrations-behind", "never-migrated")), None
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


_REFINEMENTS: dict[str, Refinement] = {
    "numpy-abi": _numpy,
    "numpy-major": _numpy,
    "python-module-missing": _module,
    "column-missing": _schema,
    "table-missing": _schema,
    "type-missing": _schema,
}


def _replace(clue: Clue, **changes: object) -> Clue:
    return msgspec.structs.replace(clue, **changes)


def _module_of(distribution: str) -> str:
    """Return the module that a distribution most often offers."""
    return distribution.lower().replace("-", "_").removesuffix("_binary")
