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
from collections.abc import Iterator
from typing import IO, NamedTuple, cast

from .redactor import Redactor
from .spans import Span

#: Archives within archives that are opened; a deeper one counts as unreadable.
DEPTH = 6
CHUNK = 256 * 1024
#: Bytes of a nested zip kept in memory; a longer one goes to a temporary file.
SPOOL = 32 * 1024 * 1024
UNREADABLE = "unreadable"
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


class Leak(NamedTuple):
    """Something that should not be there.

    Attributes:
        file: the file, behind the archives it is in: ``bundle.tar.gz!a.log``;
            without the secrets that its name may hold.
        line: the line, from 1; 0 if it is in the file's name, or if the file
            can't be read.
        kind: what it is: ``secret:jwt``, ``secret:DB_PASSWORD``, ``email``, or
            ``unreadable``: an archive that can't be searched is not clean.
    """

    file: str
    line: int
    kind: str


def scan(
    stream: IO[bytes], name: str, redactor: Redactor | None = None
) -> Iterator[Leak]:
    """Yield what is left in a file: plain, compressed, an archive, nested ones.

    Args:
        stream: its bytes; need not be seekable.
        name: its name, for the leaks.
        redactor: knows the stack's own secrets; without one, only what is
            recognised by its shape or its key is found.
    """
    redactor = redactor or Redactor.learn()
    yield from _scan(stream, name, redactor, 0)


def _scan(
    stream: IO[bytes], name: str, redactor: Redactor, depth: int
) -> Iterator[Leak]:
    shown = redactor.name(name)
    try:
        head = _read(stream, 512)
        peeked = cast("IO[bytes]", _Again(head, stream))
        opened = _opened(head, peeked)
        if opened is None:
            yield from _scan_bytes(peeked, shown, redactor)
        elif depth >= DEPTH:
            yield Leak(shown, 0, UNREADABLE)
        else:
            for inner, content in opened:
                path = f"{name}!{inner}" if inner else name
                yield from _scan_name(inner, redactor.name(path), redactor)
                if content is not None:
                    yield from _scan(content, path, redactor, depth + 1)
    except _ERRORS:
        yield Leak(shown, 0, UNREADABLE)


def _scan_bytes(stream: IO[bytes], name: str, redactor: Redactor) -> Iterator[Leak]:
    line = 1
    cutter = redactor.cutter()
    chunks = iter(lambda: stream.read(CHUNK), b"")
    parts = (part for chunk in chunks for part in cutter.feed(chunk))
    for stage in (parts, cutter.close()):
        for part in stage:
            at = 0
            for span in part.spans:
                line += part.block.count(b"\n", at, span.start)
                at = span.start
                yield Leak(name, line, _kind(redactor, span, part.block))
            line += part.block.count(b"\n", at, part.end)


def _scan_name(inner: str, shown: str, redactor: Redactor) -> Iterator[Leak]:
    raw = inner.encode("utf-8", "surrogatepass")
    cutter = redactor.cutter()
    for part in [*cutter.feed(raw), *cutter.close()]:
        for span in part.spans:
            yield Leak(shown, 0, _kind(redactor, span, raw))


def _kind(redactor: Redactor, span: Span, block: bytes) -> str:
    """Return a token without its number: it names the secret and tells nothing."""
    token = redactor.token(span, span.value or block[span.start : span.end])
    return token.decode().strip("[]").rpartition("#")[0]


def _opened(
    head: bytes, stream: IO[bytes]
) -> Iterator[tuple[str, IO[bytes] | None]] | None:
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


def _tar(stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes] | None]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            yield member.name, None
            if member.linkname:
                yield member.linkname, None
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content


def _zip(stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes] | None]]:
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
