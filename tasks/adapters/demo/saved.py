"""What a fault changed, kept so that `healing` can put it back.

Everything lies below one directory: the files as they were, and a record of
images, processes and of whether the database was dumped. The record is written
before the change it tells of, so that a fault that breaks off can be healed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from ...core.errors import Stop

#: Prefix of the names that keep the images as they were.
IMAGES = "unstuck-healthy"


class Record(msgspec.Struct, kw_only=True):
    """What was changed since the stack was last healthy.

    Attributes:
        faults: names of the faults put in, in order.
        files: path below the root to whether the file was there.
        images: reference to the name that keeps the image as it was.
        pids: files that hold the process ids of what was started.
        anew: services in which something was started or set: made anew.
        dumped: whether the database's content is kept.
    """

    faults: list[str] = []
    files: dict[str, bool] = {}
    images: dict[str, str] = {}
    pids: list[str] = []
    anew: list[str] = []
    dumped: bool = False


class Saved:
    """The record of one checkout and the originals beside it."""

    def __init__(self, root: Path, directory: Path) -> None:
        self.root = root
        self.directory = directory
        self.record = self._read()

    @property
    def dump(self) -> Path:
        """Where the database's content is kept."""
        return self.directory / "database.dump"

    def write(self) -> None:
        """Write the record, whole or not at all."""
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / "record.json"
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(msgspec.json.encode(self.record))
        temporary.replace(path)

    def keep(self, file: str) -> Path:
        """Keep a file as it is, unless it was kept before; return its path.

        Raises:
            Stop: the path leads out of the checkout.
        """
        path = (self.root / file).resolve()
        if not path.is_relative_to(self.root):
            raise Stop(f"a fault may not touch {path}")
        if file not in self.record.files:
            if path.exists():
                original = self._original(file)
                original.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, original)
            self.record.files[file] = path.exists()
            self.write()
        return path

    def restore(self) -> list[str]:
        """Put every kept file back as it was, time stamps included."""
        for file, existed in self.record.files.items():
            path = self.root / file
            if existed:
                shutil.copy2(self._original(file), path)
            else:
                path.unlink(missing_ok=True)
        return list(self.record.files)

    def forget(self) -> None:
        """Forget everything: the stack is healthy."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.record = Record()

    def _original(self, file: str) -> Path:
        return self.directory / "files" / file

    def _read(self) -> Record:
        try:
            data = (self.directory / "record.json").read_bytes()
            return msgspec.json.decode(data, type=Record)
        except (OSError, msgspec.DecodeError):
            return Record()


def keeper(reference: str) -> str:
    """Return the name under which an image is kept as it was."""
    name = reference.partition("@")[0].rpartition(":")[0] or reference
    return f"{IMAGES}/{name.rpartition('/')[2]}:latest"
