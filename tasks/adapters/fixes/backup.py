"""Backups: made aside, proven, and only then given their name.

A dump counts once `pg_restore` has read it to its end and the rows in it are
those that were counted in the same transaction. What can't be dumped is copied
as files. Both lie in the directory of the settings with a manifest each.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ...core.fixes import backup as values
from ...core.fixes.backup import Manifest, RowCounter
from ...core.fixes.pgsql import DUMP, literal
from .. import runner
from . import backupfile
from .doing import BackupFailed, Doing, StepFailed
from .pgserver import (
    Mount,
    NoData,
    NoServer,
    Server,
    data_mount,
    look_inside,
    refusal,
    serving,
)

#: A backup may take as long as it takes; this only ends one that hangs.
DUMP_SECONDS = 6 * 3600.0


def everything(doing: Doing, *, files: bool = False) -> list[Path]:
    """Back up every database of the stack's server; return the backups' paths.

    Args:
        doing: the run it is for.
        files: whether what can't be dumped may be copied as files, and a server
            that hangs be stopped: for what removes both next.

    Raises:
        BackupFailed: there is a database and no backup of it; says why.
    """
    try:
        with serving(doing, stop=files) as server:
            return [_dump(doing, server, name) for name in server.databases()]
    except NoData as nothing:
        doing.say(f"nothing to back up: {nothing.message}")
        return []
    except NoServer as broken:
        if not files:
            raise BackupFailed(broken.message, broken.hint) from broken
        doing.say(f"it can't be dumped ({broken.message}); copying its files")
        return [_database_files(doing)]
    except StepFailed as error:
        raise BackupFailed(error.message, error.hint) from error


def _dump(doing: Doing, server: Server, database: str) -> Path:
    size = server.ask(f"select pg_database_size({literal(database)})")[0]
    folder = backupfile.folder(doing.settings.backups, int(size))
    stem = values.stem(doing.project, database, doing.stamp)
    doing.say(f"dumping {database}")
    with backupfile.aside(folder, stem + values.SUFFIX) as part:
        with tempfile.TemporaryFile() as script:
            script.write(DUMP.encode())
            script.seek(0)
            argv = server.argv(
                *("psql", "-X", "-A", "-t", "-q", "-w", "-f", "-"), database=database
            )
            said = runner.transfer(
                argv, source=script, on_data=part.write, timeout=DUMP_SECONDS
            )
        answers = [json.loads(x) for x in said.err.splitlines() if x[:1] == "{"]
        if not said.ok or {"dumped": 0} not in answers:
            raise BackupFailed(f"{database} can't be dumped: {refusal(said)}")
        manifest = _manifest(doing, server, database, answers)
        _prove(server, part.settle(), manifest)
        return backupfile.finish(part, manifest)


def _manifest(
    doing: Doing, server: Server, database: str, answers: list[dict[str, Any]]
) -> Manifest:
    facts: dict[str, Any] = next(a["facts"] for a in answers if "facts" in a)
    return Manifest(
        file="",
        time=backupfile.moment(doing.stamp),
        task=doing.task,
        project=doing.project,
        service=server.service,
        database=database,
        revision=tuple(str(a["revision"]) for a in answers if "revision" in a),
        rows={
            values.shown(a["schema"], a["table"]): int(a["rows"])
            for a in answers
            if "table" in a
        },
        server=str(facts["server"]),
        owner=str(facts["owner"]),
        encoding=str(facts["encoding"]),
        collate=str(facts["collate"]),
        ctype=str(facts["ctype"]),
        settings=tuple(map(str, facts["settings"])),
        roles=tuple(map(str, facts["roles"])),
    )


def _prove(server: Server, path: Path, manifest: Manifest) -> None:
    """Read a dump to its end and hold its rows against the manifest.

    Raises:
        BackupFailed: it can't be read, or rows are missing.
    """
    listing = bytearray()
    for argv, take in (
        (["pg_restore", "--list"], listing.extend),
        (["pg_restore", "--data-only", "--file", "-"], (counter := RowCounter()).feed),
    ):
        with path.open("rb") as source:
            said = runner.transfer(
                server.argv(*argv),
                source=source,
                on_data=take,
                timeout=DUMP_SECONDS,
            )
        if not said.ok:
            raise BackupFailed(f"pg_restore can't read the dump: {refusal(said)}")
    if manifest.rows and b"TABLE DATA" not in listing:
        raise BackupFailed("pg_restore finds no table in the dump")
    # Tables of extensions may hold rows as well; those are not counted.
    held = {table: n for table, n in counter.rows.items() if table in manifest.rows}
    if wrong := values.differences(manifest.rows, held):
        raise BackupFailed(f"the dump does not hold every row: {wrong[0]}")


def _database_files(doing: Doing) -> Path:
    """Copy the files of a database that no server comes up on."""
    service = doing.model.role("db")
    if service is None:
        raise BackupFailed("the stack has no database")
    documents = [
        d
        for d in doing.engine.containers(doing.project)
        if (d["Config"]["Labels"] or {}).get("com.docker.compose.service")
        == service.name
    ]
    mount = data_mount(doing, service.name, documents[0] if documents else None)
    if mount is None:
        raise BackupFailed(f"the files of {service.name} are in no volume or directory")
    return copy_files(doing, service.name, mount)


def copy_files(doing: Doing, service: str, mount: Mount) -> Path:
    """Copy a volume or a directory of the engine's machine into a tar.

    Raises:
        BackupFailed: it could not be read to its end, or the tar not be written.
    """
    try:
        said = look_inside(doing, service, mount, ["du", "-sk", "/data"])
        size = int(said.split()[0]) * 1024
    except (StepFailed, ValueError, IndexError) as error:
        raise BackupFailed(f"{mount.source} can't be read: {error}") from error
    # Nothing is compressed or left out, as a dump is.
    folder = backupfile.folder(doing.settings.backups, size * 4)
    what = mount.source.strip("/").rpartition("/")[2].removeprefix(f"{doing.project}_")
    stem = values.stem(doing.project, what, doing.stamp)
    with backupfile.aside(folder, stem + values.FILES_SUFFIX) as part:
        argv = [
            *("docker", "run", "--rm", "--network", "none", "--entrypoint", "tar"),
            *("--volume", f"{mount.source}:/data:ro"),
            *(doing.model.services[service].image, "-C", "/data", "-cf", "-", "."),
        ]
        result = runner.transfer(argv, on_data=part.write, timeout=DUMP_SECONDS)
        if not result.ok:
            raise BackupFailed(f"{mount.source} can't be copied: {result.last_error}")
        _readable(part.settle())
        manifest = Manifest(
            kind="files",
            file="",
            time=backupfile.moment(doing.stamp),
            task=doing.task,
            project=doing.project,
            service=service,
            source=mount.source,
        )
        return backupfile.finish(part, manifest)


def _readable(path: Path) -> None:
    import tarfile

    try:
        with tarfile.open(path, "r|") as tar:
            for _ in tar:
                pass
    except tarfile.TarError as error:
        raise BackupFailed(f"the copy can't be read back: {error}") from error
