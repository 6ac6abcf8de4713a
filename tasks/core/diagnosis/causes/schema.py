"""Causes in the database's schema, its migrations and its data."""

from __future__ import annotations

from collections.abc import Iterator

from ...snapshot import Revision, Snapshot
from ...sources import migrations as graph
from ..clues import Found, found, rule


@rule("migration-unreadable", "code", 78, checks=("migrations",))
def unreadable(snap: Snapshot) -> Iterator[Found]:
    """A version file is no Python."""
    for error in snap.migrations.errors if snap.migrations else ():
        yield found(
            f"A migration can't be read: {error}",
            service=_backend(snap),
            advice="Mend the file",
        )


@rule("alembic-revision-unknown", "schema", 77, checks=("migrations",))
def revision_unknown(snap: Snapshot) -> Iterator[Found]:
    """The database is at a revision that no version file has."""
    files, db = snap.migrations, snap.database
    known = {revision.id for revision in files.revisions} if files else set()
    for current in (db.revisions or ()) if db and files else ():
        if current not in known:
            yield found(
                f"The database is at revision {current}, which no migration file "
                "of this checkout has",
                f"{db.service}: alembic_version holds {current}" if db else "",
                f"{files.directory}: {len(known)} files, none of them is it"
                if files
                else "",
                service=_backend(snap),
                explains=("alembic-*",),
                advice="Check out the branch that has this revision, or restore a "
                "backup made before it (inv db.list)",
            )


@rule("alembic-multiple-heads", "schema", 76, checks=("migrations",))
def multiple_heads(snap: Snapshot) -> Iterator[Found]:
    """Two branches of migrations were never merged."""
    if snap.migrations is None:
        return
    heads = graph.heads(snap.migrations)
    if len(heads) > 1:
        yield found(
            f"The migrations have {len(heads)} heads: "
            f"{', '.join(head.id for head in heads)}",
            *(head.file for head in heads),
            service=_backend(snap),
            explains=("alembic-*",),
            advice="Merge them: inv sh, then alembic merge heads",
        )


#: What a migration says that is run and fails: the reason for being behind.
FAILING = (
    "column-has-nulls",
    "column-exists",
    "table-exists",
    "type-exists",
    "drop-blocked",
    "extension-missing",
    "alembic-file-broken",
    "alembic-parent-missing",
    "alembic-duplicate-revision",
    "alembic-cycle",
    "alembic-overlap",
)


@rule("alembic-behind", "schema", 75, checks=("migrations", "data"))
def behind(snap: Snapshot) -> Iterator[Found]:
    """Migrations exist that the database has not had yet."""
    files, db = snap.migrations, snap.database
    if files is None or db is None or not db.reachable or db.revisions is None:
        return
    if not set(db.revisions) <= {revision.id for revision in files.revisions}:
        return
    missing = list(graph.behind(files, db.revisions))
    if missing:
        plural = "s" if len(missing) > 1 else ""
        yield found(
            f"The database is {len(missing)} revision{plural} behind its migrations",
            f"{db.service}: at {', '.join(db.revisions) or 'none'}",
            *(f"not run: {r.file} {r.message}".rstrip() for r in missing),
            service=_backend(snap),
            follows=FAILING,
            names=_names(missing),
            fix="fix.migrate",
        )


@rule("never-migrated", "schema", 75, checks=("migrations", "data"))
def never_migrated(snap: Snapshot) -> Iterator[Found]:
    """The database is empty: it was made, and no migration ever ran."""
    files, db = snap.migrations, snap.database
    if files is None or not files.revisions or db is None or not db.reachable:
        return
    if db.revisions is None:
        yield found(
            "The database was never migrated: it has no alembic_version table",
            f"{db.service}: {len(files.revisions)} revisions to run",
            service=_backend(snap),
            explains=("table-missing", "column-missing", "type-missing"),
            fix="fix.migrate",
        )


@rule("table-missing", "schema", 70, checks=("data",))
def table_missing(snap: Snapshot) -> Iterator[Found]:
    """A table that the application needs is not in the database."""
    db = snap.database
    if db is None or not db.reachable:
        return
    for table in snap.settings.tables:
        if db.rows.get(table, 0) is None:
            yield found(
                f"The database has no table {table}",
                f"{db.service}: {table}",
                service=_backend(snap),
                names=(table.lower(),),
                fix="fix.migrate",
            )


@rule("data-missing", "data", 55, checks=("data",))
def data_missing(snap: Snapshot) -> Iterator[Found]:
    """A table that must not be empty is empty."""
    db = snap.database
    if db is None or not db.reachable:
        return
    empty = [table for table in snap.settings.tables if db.rows.get(table, 1) == 0]
    if empty:
        yield found(
            f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty: "
            "nothing can be done without",
            *(f"{db.service}: {table} has 0 rows" for table in empty),
            service=db.service,
            names=tuple(table.lower() for table in empty),
            fix="fix.seed",
        )


def _names(revisions: list[Revision]) -> tuple[str, ...]:
    return tuple({name.lower() for r in revisions for name in r.names})


def _backend(snap: Snapshot) -> str:
    return snap.model.roles.get("backend", "") if snap.model else ""
