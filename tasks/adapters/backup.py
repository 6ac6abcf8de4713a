"""Backups: made aside, proven, and only then given their name.

A dump counts once `pg_restore` has read it to its end and the rows in it are
those that were counted in the same transaction. What can't be dumped is copied
as files. Both lie in the directory of the settings with a manifest each.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ..core import backup as values
from ..core.backup import Listed, Manifest, RowCounter
from ..core.pgsql import DUMP
from . import runner
from .doing import BackupFailed, Doing, StepFailed
from .journal import private
from .pgserver import Mount, NoData, NoServer, Server, data_mount, refusal, serving

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
    size = int(server.ask(f"select pg_database_size('{_quoted(database)}')")[0])
    folder = _folder(doing, size)
    stem = values.stem(doing.project, database, doing.stamp)
    doing.say(f"dumping {database}")
    with _aside(folder, stem + values.SUFFIX) as (file, write):
        with tempfile.TemporaryFile() as script:
            script.write(DUMP.encode())
            script.seek(0)
            argv = server.argv(
                "psql", "-X", "-A", "-t", "-q", "-w", "-f", "-", database=database
            )
            said = runner.transfer(
                argv, source=script, on_data=write, timeout=DUMP_SECONDS
            )
        answers = [json.loads(x) for x in said.err.splitlines() if x[:1] == "{"]
        if not said.ok or {"dumped": 0} not in answers:
            raise BackupFailed(f"{database} can't be dumped: {refusal(said)}")
        manifest = _manifest(doing, server, database, answers)
        file.flush()
        os.fsync(file.fileno())
        _prove(server, Path(file.name), manifest)
        return _finish(file, folder, manifest, write)


class _Writer:
    """Writes pieces to a file and sums them up."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha = hashlib.sha256()
        self.bytes = 0

    def __call__(self, piece: bytes) -> None:
        self.file.write(piece)
        self.sha.update(piece)
        self.bytes += len(piece)


def _manifest(
    doing: Doing, server: Server, database: str, answers: list[dict[str, Any]]
) -> Manifest:
    facts: dict[str, Any] = next(a["facts"] for a in answers if "facts" in a)
    return Manifest(
        file="",
        time=_moment(doing.stamp),
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
    from .pgserver import look_inside

    try:
        said = look_inside(doing, service, mount, ["du", "-sk", "/data"])
        size = int(said.split()[0]) * 1024
    except (StepFailed, ValueError, IndexError) as error:
        raise BackupFailed(f"{mount.source} can't be read: {error}") from error
    folder = _folder(doing, size * 4)  # nothing is compressed or left out
    what = mount.source.strip("/").rpartition("/")[2].removeprefix(f"{doing.project}_")
    stem = values.stem(doing.project, what, doing.stamp)
    with _aside(folder, stem + values.FILES_SUFFIX) as (file, write):
        image = doing.model.services[service].image
        argv = [
            "docker",
            "run",
            "--rm",
            "--network",
            "none",
            "--entrypoint",
            "tar",
            "--volume",
            f"{mount.source}:/data:ro",
            image,
        ]
        argv += ["-C", "/data", "-cf", "-", "."]
        result = runner.transfer(argv, on_data=write, timeout=DUMP_SECONDS)
        if not result.ok:
            raise BackupFailed(f"{mount.source} can't be copied: {result.last_error}")
        file.flush()
        os.fsync(file.fileno())
        _readable(Path(file.name))
        manifest = Manifest(
            kind="files",
            file="",
            time=_moment(doing.stamp),
            task=doing.task,
            project=doing.project,
            service=service,
            source=mount.source,
        )
        return _finish(file, folder, manifest, write)


def _readable(path: Path) -> None:
    import tarfile

    try:
        with tarfile.open(path, "r|") as tar:
            for _ in tar:
                pass
    except tarfile.TarError as error:
        raise BackupFailed(f"the copy can't be read back: {error}") from error


def _folder(doing: Doing, size: int) -> Path:
    """Return the directory of the backups, with room for one of ``size`` bytes."""
    folder = doing.settings.backups
    try:
        private(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise BackupFailed(
            f"{folder}: {error.strerror}", "set UNSTUCK_BACKUPS"
        ) from None
    if problem := values.room_problem(size, free, str(folder)):
        raise BackupFailed(
            f"no room for a backup: {problem}",
            "free some, or set UNSTUCK_BACKUPS to another directory",
        )
    return folder


@contextmanager
def _aside(folder: Path, name: str) -> Iterator[tuple[BinaryIO, _Writer]]:
    """Give a file that is gone after the block unless it got its name in it."""
    path = folder / f".{name}.{os.getpid()}.part"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            yield file, _Writer(file)
    except OSError as error:
        why = error.strerror or str(error)
        raise BackupFailed(f"the backup can't be written to {folder}: {why}") from None
    finally:
        path.unlink(missing_ok=True)


def _finish(file: BinaryIO, folder: Path, manifest: Manifest, written: _Writer) -> Path:
    """Give a proven backup its name, and then its manifest."""
    import msgspec

    name = Path(file.name).name.removeprefix(".").removesuffix(f".{os.getpid()}.part")
    path = folder / name
    number = 2
    while path.exists():
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    whole = msgspec.structs.replace(
        manifest,
        file=path.name,
        bytes=written.bytes,
        sha256=written.sha.hexdigest(),
    )
    beside = path.with_suffix(values.MANIFEST)
    part = folder / f".{beside.name}.part"
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(values.encode(whole))
        stream.flush()
        os.fsync(stream.fileno())
    Path(file.name).rename(path)
    part.rename(beside)
    _sync(folder)
    return path


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def manifest_of(path: Path) -> Manifest | None:
    """Return a backup's manifest, None if it has none that can be read."""
    try:
        return values.decode(path.with_suffix(values.MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None


def listed(folder: Path) -> list[Listed]:
    """Return every backup in a directory, the newest first."""
    found = []
    for path in folder.glob(f"*{values.MANIFEST}") if folder.is_dir() else ():
        try:
            manifest = values.decode(path.read_bytes())
        except (OSError, ValueError):
            continue  # not one of ours
        file = folder / manifest.file
        problem = ""
        if not file.is_file():
            problem = "its file is gone"
        elif file.stat().st_size != manifest.bytes:
            problem = f"{file.stat().st_size} bytes, {manifest.bytes} wanted"
        found.append(
            Listed(
                path=str(file),
                time=manifest.time,
                rows=manifest.rows,
                bytes=manifest.bytes,
                sha256=manifest.sha256,
                kind=manifest.kind,
                project=manifest.project,
                database=manifest.database or manifest.source,
                revision=manifest.revision,
                server=manifest.server,
                problem=problem,
            )
        )
    return values.newest_first(found)


def digest(path: Path, on_data: Callable[[bytes], object] = lambda _p: None) -> str:
    """Return a file's SHA-256."""
    sha = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(runner.CHUNK):
            sha.update(piece)
            on_data(piece)
    return sha.hexdigest()


def _moment(stamp: str) -> str:
    """Return a file name's time as ISO 8601."""
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        moment = datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
