"""Read a bundle: the archive, the directory it was unpacked to, or a Snapshot.

Nothing of an archive is ever unpacked to a path that the archive names.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from ...core import snapshot
from ...core.bundle import layout
from ...core.errors import WrongUsage

#: Bytes of a JSON document that is read into memory; a bomb ends here.
MAX_DOCUMENT = 256 << 20


class Member(NamedTuple):
    """One file of a bundle: its name below the bundle's directory, its bytes."""

    name: str
    stream: IO[bytes]


@contextmanager
def opened(path: Path) -> Iterator[Iterator[Member]]:
    """Yield the files of a bundle, in its order; read each before the next.

    Raises:
        WrongUsage: it is no bundle, or a damaged one; also while it is read.
    """
    if path.is_dir():
        yield _in_directory(path)
        return
    try:
        with tarfile.open(path, "r:*") as archive:
            yield _in_archive(archive)
    except FileNotFoundError:
        raise WrongUsage(f"there is no {path}", "ls bundles/") from None
    except EOFError:
        raise WrongUsage(f"{path} is cut off: it ends in the middle") from None
    except tarfile.ReadError as error:
        # Its message lists every kind of archive that it is not.
        what = "is damaged" if _is_gzip(path) else "is no bundle"
        raise WrongUsage(f"{path} {what}", "ls bundles/") from error
    except (tarfile.TarError, zlib.error, OSError) as error:
        raise WrongUsage(f"{path} is damaged: {error}") from error


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def read(path: Path, *names: str) -> dict[str, bytes]:
    """Return those of the named files that the bundle has.

    Raises:
        WrongUsage: it is no bundle, or a document is unreasonably large.
    """
    found: dict[str, bytes] = {}
    with opened(path) as members:
        for member in members:
            if member.name in names:
                found[member.name] = _document(member)
            if len(found) == len(names):
                break
    return found


def read_snapshot(path: Path) -> snapshot.Snapshot:
    """Return the Snapshot of a bundle, or of a ``snapshot.json`` by itself.

    Raises:
        WrongUsage: there is none in it, or it is damaged.
    """
    try:
        if path.is_file() and path.suffix == ".json":
            data = path.read_bytes()
        else:
            data = read(path, layout.SNAPSHOT).get(layout.SNAPSHOT, b"")
        if not data:
            raise WrongUsage(f"{path} holds no {layout.SNAPSHOT}")
        return snapshot.decode(data)
    except (OSError, msgspec.DecodeError) as error:
        raise WrongUsage(f"{path} can't be replayed: {error}") from error


def read_manifest(path: Path) -> layout.Manifest:
    """Return the manifest of a bundle.

    Raises:
        WrongUsage: there is none in it, or it is damaged.
    """
    data = read(path, layout.MANIFEST).get(layout.MANIFEST)
    if data is None:
        raise WrongUsage(f"{path} holds no {layout.MANIFEST}")
    try:
        return layout.read_manifest(data)
    except msgspec.DecodeError as error:
        raise WrongUsage(f"the manifest of {path} is damaged: {error}") from error


def _document(member: Member) -> bytes:
    data = member.stream.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise WrongUsage(f"{member.name} is too large to be what it says")
    return data


def _in_archive(archive: tarfile.TarFile) -> Iterator[Member]:
    for info in archive:
        stream = archive.extractfile(info) if info.isfile() else None
        if stream is not None:
            _, slash, below = info.name.removeprefix("./").partition("/")
            yield Member(below if slash else info.name, stream)


def _in_directory(root: Path) -> Iterator[Member]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                yield Member(path.relative_to(root).as_posix(), stream)
