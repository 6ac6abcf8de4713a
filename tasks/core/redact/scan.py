"""Looks for secrets in a finished archive: names file and line, never the secret."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, cast

from ..ahead import ahead
from .engine import Engine
from .leak import UNREADABLE, Leak
from .spans import Span
from .stream import Cutter

#: Archives within archives that are opened; a deeper one counts as unreadable.
DEPTH = 6
CHUNK = 256 * 1024
#: Bytes of a nested zip kept in memory; a longer one goes to a temporary file.
SPOOL = 32 * 1024 * 1024
#: A member's name, without content, or its content.
Members = Iterator[tuple[str, IO[bytes] | None]]
_TAR_MAGIC = slice(257, 262)
_ERRORS = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,  # an encrypted zip
)


class Scanner:
    """Searches streams with one redactor's engine."""

    def __init__(
        self,
        engine: Engine,
        clean_name: Callable[[str], str],
        kind: Callable[[Span, bytes], str],
    ) -> None:
        """Take what looks, what makes names safe to show, and what names a leak."""
        self._engine = engine
        self._clean_name = clean_name
        self._kind = kind

    def scan(self, stream: IO[bytes], name: str, depth: int = 0) -> Iterator[Leak]:
        """Yield what is left in a stream; see `redactor.Redactor.scan`."""
        shown = self._clean_name(name)
        try:
            head = _read(stream, 512)
            whole = cast("IO[bytes]", _Again(head, stream))
            members = _opened(head, whole)
            if members is None:
                # Beside the search: unpacking takes half as long as that.
                chunks = ahead(iter(lambda: whole.read(CHUNK), b""))
                yield from self._bytes(chunks, shown)
            elif depth >= DEPTH:
                yield Leak(shown, 0, UNREADABLE)
            else:
                yield from self._members(members, name, depth + 1)
        except _ERRORS:
            yield Leak(shown, 0, UNREADABLE)

    def _members(self, members: Members, name: str, depth: int) -> Iterator[Leak]:
        for inner, content in members:
            path = f"{name}!{inner}" if inner else name
            if content is not None:
                yield from self.scan(content, path, depth)
                continue
            raw = inner.encode("utf-8", "surrogatepass")
            for leak in self._bytes([raw], self._clean_name(path)):
                yield leak._replace(line=0)

    def _bytes(self, chunks: Iterable[bytes], name: str) -> Iterator[Leak]:
        line = 1
        cutter = Cutter(self._engine)
        parts = (part for chunk in chunks for part in cutter.feed(chunk))
        for stage in (parts, cutter.close()):
            for part in stage:
                at = 0
                for span in part.spans:
                    line += part.block.count(b"\n", at, span.start)
                    at = span.start
                    value = span.value or part.block[span.start : span.end]
                    yield Leak(name, line, self._kind(span, value))
                line += part.block.count(b"\n", at, part.end)


def _opened(head: bytes, stream: IO[bytes]) -> Members | None:
    """Return the members of an archive by its first bytes; None for other files."""
    if head.startswith(b"\x1f\x8b"):
        return iter([("", cast("IO[bytes]", gzip.GzipFile(fileobj=stream)))])
    if head.startswith(b"BZh"):
        return iter([("", cast("IO[bytes]", bz2.BZ2File(stream)))])
    if head.startswith(b"\xfd7zXZ\x00"):
        return iter([("", cast("IO[bytes]", lzma.LZMAFile(stream)))])
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(stream)
    if head[_TAR_MAGIC] == b"ustar":
        return _tar(stream)
    return None


def _tar(stream: IO[bytes]) -> Members:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            yield member.name, None
            if member.linkname:
                yield member.linkname, None
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content


def _zip(stream: IO[bytes]) -> Members:
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as whole:
        while chunk := stream.read(CHUNK):
            whole.write(chunk)
        with zipfile.ZipFile(cast("IO[bytes]", whole)) as archive:
            for member in archive.infolist():
                yield member.filename, None
                if not member.is_dir():
                    with archive.open(member) as content:
                        yield member.filename, content


class _Again(io.RawIOBase):
    """A stream whose first bytes were read already and are read again."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._left = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._left[: len(buffer)]
        self._left = self._left[len(data) :]
        data = data or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read(stream: IO[bytes], size: int) -> bytes:
    """Read ``size`` bytes, in several pieces if need be."""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data
