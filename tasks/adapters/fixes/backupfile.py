"""Backup files: written aside, given their name when proven, listed, checked."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ...core.fixes import backup as values
from ...core.fixes.backup import Listed, Manifest
from .. import runner
from ..journal import private
from .doing import BackupFailed


class Part:
    """A backup that is being written: its file, size and sum so far."""

    def __init__(self, path: Path, name: str, file: BinaryIO) -> None:
        self.path = path
        self.name = name
        self.file = file
        self.sha = hashlib.sha256()
        self.bytes = 0

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        self.file.write(piece)
        self.sha.update(piece)
        self.bytes += len(piece)

    def settle(self) -> Path:
        """See that all of it is on disk; return where it is for now."""
        self.file.flush()
        os.fsync(self.file.fileno())
        return self.path


def folder(chosen: Path, size: int) -> Path:
    """Return the directory of the backups, with room for one of ``size`` bytes."""
    try:
        private(chosen)
        free = shutil.disk_usage(chosen).free
    except OSError as error:
        raise BackupFailed(
            f"{chosen}: {error.strerror}", "set UNSTUCK_BACKUPS"
        ) from None
    if problem := values.room_problem(size, free, str(chosen)):
        raise BackupFailed(
            f"no room for a backup: {problem}",
            "free some, or set UNSTUCK_BACKUPS to another directory",
        )
    return chosen


@contextmanager
def aside(folder: Path, name: str) -> Iterator[Part]:
    """Give a file that is gone after the block unless `finish` gave it its name.

    Raises:
        BackupFailed: it can't be written; a full disk above all.
    """
    path = folder / f".{name}.{os.getpid()}.part"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            yield Part(path, name, file)
    except OSError as error:
        why = error.strerror or str(error)
        raise BackupFailed(f"the backup can't be written to {folder}: {why}") from None
    finally:
        path.unlink(missing_ok=True)


def finish(part: Part, manifest: Manifest) -> Path:
    """Give a proven backup its name, and then its manifest."""
    import msgspec

    folder = part.path.parent
    path = folder / part.name
    number = 2
    while path.exists() or path.with_suffix(values.MANIFEST).exists():
        named = Path(part.name)
        path = folder / f"{named.stem}-{number}{named.suffix}"
        number += 1
    whole = msgspec.structs.replace(
        manifest, file=path.name, bytes=part.bytes, sha256=part.sha.hexdigest()
    )
    beside = path.with_suffix(values.MANIFEST)
    with aside(folder, beside.name) as written:
        written.write(values.encode(whole))
        written.settle()
        part.path.rename(path)
        written.path.rename(beside)
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


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    sha = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(runner.CHUNK):
            sha.update(piece)
    return sha.hexdigest()


def moment(stamp: str) -> str:
    """Return a file name's time as ISO 8601."""
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        moment = datetime.now(UTC)
    return moment.isoformat(timespec="seconds")
