"""Restore: into a fresh database beside the old one, then swap the two at once.

Whatever fails before the swap leaves the old database as it was, under its own
name; the swap is one transaction. The old one goes only after the restored one
holds every row of the manifest.
"""

from __future__ import annotations

import json
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ...core.fixes import backup as values
from ...core.fixes import pgsql
from ...core.fixes.backup import Manifest
from .. import runner
from .backup import DUMP_SECONDS
from .backupfile import digest, manifest_of
from .doing import Doing, StepFailed
from .pgserver import Server, refusal, serving

#: Names of a database that is being restored, and of one that was replaced.
FRESH, OLD = "_unstuck_new", "_unstuck_old"
SWAPS = 5


class Restored(NamedTuple):
    """What a restore put in place."""

    database: str
    rows: dict[str, int]
    revision: tuple[str, ...]


def check(path: Path) -> Manifest | None:
    """Hold a backup against its manifest, before anything else is done.

    Returns:
        The manifest, None for a dump that has none (a colleague's, say).

    Raises:
        StepFailed: it is not there, not whole, or no dump.
    """
    if not path.is_file():
        raise StepFailed(f"there is no {path}", "inv db.list")
    manifest = manifest_of(path)
    if manifest is None:
        return None
    if manifest.kind != "dump":
        raise StepFailed(
            f"{path.name} holds files of {manifest.source}, no dump",
            "docs/backup.md says how to put them back",
        )
    size = path.stat().st_size
    if size != manifest.bytes:
        raise StepFailed(f"{path.name} has {size} bytes, {manifest.bytes} were written")
    if digest(path) != manifest.sha256:
        raise StepFailed(f"{path.name} is not as it was written: its SHA-256 differs")
    return manifest


def restore(doing: Doing, path: Path) -> Restored:
    """Restore a dump in the place of its database.

    Raises:
        StepFailed: it could not be; the old database is as it was.
    """
    manifest = check(path)
    with serving(doing) as server:
        database = (manifest.database if manifest else "") or server.database
        home = _home(server, database)
        _forget(server, home, database)
        fresh = _name(database, FRESH)
        doing.say(f"restoring {path.name} into {fresh}")
        try:
            _make(doing, server, home, fresh, manifest)
            _fill(server, fresh, path)
            rows, revision = _count(server, fresh)
            _compare(manifest, rows, revision)
            _swap(doing, server, home, database, fresh)
        except BaseException:
            with suppress(StepFailed):
                server.ask(
                    f"drop database if exists {pgsql.identifier(fresh)}", database=home
                )
            raise
        doing.say(f"{database} has {sum(rows.values())} rows in {len(rows)} tables")
        _forget(server, home, database)
        return Restored(database, rows, revision)


def _home(server: Server, database: str) -> str:
    """Return a database to be in while others are renamed."""
    names = server.ask(
        "select datname from pg_database where datallowconn", database="template1"
    )
    return "postgres" if "postgres" in names and database != "postgres" else "template1"


def _make(
    doing: Doing, server: Server, home: str, fresh: str, manifest: Manifest | None
) -> None:
    known = manifest or Manifest(file="", time="")
    roles = tuple(dict.fromkeys(r for r in (known.owner, *known.roles) if r))
    missing = server.ask(pgsql.missing_roles(roles), database=home) if roles else []
    for role in missing:
        doing.say(f"role {role} is not there: making it, without a login")
        server.ask(f"create role {pgsql.identifier(role)} nologin", database=home)
    made = pgsql.create(fresh, known.owner, known.encoding, known.collate, known.ctype)
    server.ask(made, database=home, timeout=120)
    for said in known.settings:
        server.ask(pgsql.setting(fresh, said), database=home)


def _fill(server: Server, fresh: str, path: Path) -> None:
    argv = server.argv(
        *("pg_restore", "--exit-on-error", "--no-password", "--dbname", fresh),
    )
    with path.open("rb") as source:
        said = runner.transfer(
            argv, source=source, on_data=lambda _p: None, timeout=DUMP_SECONDS
        )
    if not said.ok:
        raise StepFailed(f"{path.name} can't be restored: {refusal(said)}")


def _count(server: Server, database: str) -> tuple[dict[str, int], tuple[str, ...]]:
    out = bytearray()
    with tempfile.TemporaryFile() as script:
        script.write(pgsql.COUNT.encode())
        script.seek(0)
        argv = server.argv(
            "psql", "-X", "-A", "-t", "-q", "-w", "-f", "-", database=database
        )
        said = runner.transfer(
            argv, source=script, on_data=out.extend, timeout=DUMP_SECONDS
        )
    if not said.ok:
        raise StepFailed(f"the rows of {database} can't be counted: {refusal(said)}")
    answers = [json.loads(x) for x in out.decode().splitlines() if x[:1] == "{"]
    rows = {
        values.shown(a["schema"], a["table"]): int(a["rows"])
        for a in answers
        if "table" in a
    }
    return rows, tuple(str(a["revision"]) for a in answers if "revision" in a)


def _compare(
    manifest: Manifest | None, rows: dict[str, int], revision: tuple[str, ...]
) -> None:
    if manifest is None:
        return
    if wrong := values.differences(manifest.rows, rows):
        raise StepFailed(f"rows are not as in the manifest: {'; '.join(wrong[:3])}")
    if set(revision) != set(manifest.revision):
        raise StepFailed(
            f"restored at revision {', '.join(revision) or 'none'}, "
            f"the manifest says {', '.join(manifest.revision) or 'none'}"
        )


def _swap(doing: Doing, server: Server, home: str, database: str, fresh: str) -> None:
    """Put the fresh database in the old one's place.

    A rename waits up to five seconds for other sessions to end, and holds a
    lock meanwhile that new ones wait for: what is ended can't come back.
    """
    there = server.ask("select datname from pg_database", database=home)
    old = _name(database, OLD) if database in there else ""
    statement = pgsql.rename(database, old, fresh)
    doing.say(f"putting {fresh} in the place of {database}")
    for attempt in range(SWAPS):
        over = threading.Event()
        ending = threading.Thread(
            target=_end_sessions, args=(server, home, database, over), daemon=True
        )
        ending.start()
        try:
            server.ask(statement, database=home, timeout=30)
        except StepFailed as error:
            if "accessed by other users" not in error.message or attempt == SWAPS - 1:
                raise
        else:
            return
        finally:
            over.set()
            ending.join()


def _end_sessions(
    server: Server, home: str, database: str, over: threading.Event
) -> None:
    while not over.wait(0.2):
        with suppress(StepFailed):
            server.ask(pgsql.terminate(database), database=home)


def _forget(server: Server, home: str, database: str) -> None:
    """Drop what an earlier restore left: its fresh database, the replaced one.

    A replaced one is dropped only while one of the real name is there.
    """
    names = server.ask("select datname from pg_database", database=home)
    left = [_name(database, FRESH)]
    left += [_name(database, OLD)] if database in names else []
    for name in left:
        if name in names:
            quoted = pgsql.identifier(name)
            server.ask(pgsql.terminate(name), database=home)
            server.ask(f"drop database {quoted}", database=home, timeout=120)


def _name(database: str, ending: str) -> str:
    """Return a name beside a database's; PostgreSQL cuts names at 63 bytes."""
    return database.encode()[: 63 - len(ending)].decode(errors="ignore") + ending
