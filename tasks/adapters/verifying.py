"""Scan a bundle for what a colleague must not see, nested archives included."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol, cast

from ..core.errors import WrongUsage
from .archive import opened

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Archives in archives in archives: deeper than that nobody looks.
DEPTH = 3
#: Bytes at the beginning of a file that tell what it is.
HEAD = 512
#: Bytes of a nested zip, which can only be read from memory.
MOST_ZIP = 256 << 20


class Leak(NamedTuple):
    """A place where something secret is left; the secret itself is not told."""

    name: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line} ({self.what})"


class Scans(Protocol):
    """What scanning needs of a redactor (see `tasks.core.redact`)."""

    def scan(self, stream: IO[bytes], name: str) -> Iterator[Leak]:
        """Yield what is left in a stream."""


def verify(path: Path, redactor: Scans) -> list[Leak]:
    """Return every place in a bundle, or in a plain file, where a secret is left.

    File names count as well, as line 0.

    Raises:
        WrongUsage: it is no bundle, or a damaged one.
    """
    if path.is_file() and not tarfile.is_tarfile(path):
        with path.open("rb") as stream:
            return list(_scan(path.name, stream, redactor))
    with opened(path) as members:
        return [leak for m in members for leak in _scan(m.name, m.stream, redactor)]


def leaves(name: str, stream: IO[bytes], depth: int = DEPTH) -> Iterator[_Leaf]:
    """Yield a file, or the files in it if it is an archive itself.

    Raises:
        WrongUsage: an archive in it is damaged, too deep or too large to look at.
    """
    head = stream.read(HEAD)
    whole = cast("IO[bytes]", io.BufferedReader(_Rewound(head, stream), 1 << 16))
    kind = next(
        (k for k, (at, mark) in _MARKS.items() if head[at:].startswith(mark)), ""
    )
    if not kind:
        yield _Leaf(name, whole)
        return
    if not depth:
        raise WrongUsage(f"{name} is nested too deep to be looked at")
    try:
        for inner, content in _OPENERS[kind](name, whole):
            yield from leaves(inner, content, depth - 1)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise WrongUsage(f"{name} can't be looked into: {error}") from error


class _Leaf(NamedTuple):
    name: str
    stream: IO[bytes]


class _Rewound(io.RawIOBase):
    """A stream with its beginning, which was read already, put back."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._head[: len(view)] or self._rest.read(len(view))
        self._head = self._head[len(view) :]
        view[: len(data)] = data
        return len(data)


def _scan(name: str, stream: IO[bytes], redactor: Scans) -> Iterator[Leak]:
    for leaf in leaves(name, stream):
        yield from _scan_name(leaf.name, redactor)
        yield from redactor.scan(leaf.stream, leaf.name)


def _scan_name(name: str, redactor: Scans) -> Iterator[Leak]:
    for leak in redactor.scan(io.BytesIO(name.encode()), name):
        # Its name is the secret: tell where, not what it is called.
        folder = name.rpartition("/")[0]
        yield Leak(f"{folder}/ (a file's name)", 0, leak.what)


def _gzip(name: str, stream: IO[bytes]) -> Iterator[_Leaf]:
    with gzip.GzipFile(fileobj=stream) as content:
        yield _Leaf(f"{name}!", cast("IO[bytes]", content))


def _bzip2(name: str, stream: IO[bytes]) -> Iterator[_Leaf]:
    with bz2.BZ2File(stream) as content:
        yield _Leaf(f"{name}!", content)


def _xz(name: str, stream: IO[bytes]) -> Iterator[_Leaf]:
    with lzma.LZMAFile(stream) as content:
        yield _Leaf(f"{name}!", content)


def _tar(name: str, stream: IO[bytes]) -> Iterator[_Leaf]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            content = archive.extractfile(info) if info.isfile() else None
            if content is not None:
                yield _Leaf(f"{name}!{info.name}", content)


def _zip(name: str, stream: IO[bytes]) -> Iterator[_Leaf]:
    data = stream.read(MOST_ZIP + 1)
    if len(data) > MOST_ZIP:
        raise WrongUsage(f"{name} is too large to be looked into")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as content:
                    yield _Leaf(f"{name}!{info.filename}", content)


#: How each kind begins: offset and bytes.
_MARKS = {
    "gzip": (0, b"\x1f\x8b\x08"),
    "bzip2": (0, b"BZh"),
    "xz": (0, b"\xfd7zXZ\x00"),
    "zip": (0, b"PK\x03\x04"),
    "tar": (257, b"ustar"),
}
_OPENERS = {"gzip": _gzip, "bzip2": _bzip2, "xz": _xz, "zip": _zip, "tar": _tar}
