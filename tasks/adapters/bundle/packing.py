"""Write a ``.tar.gz`` in one pass: unknown sizes, two cores, full disks.

A tar header names the size before the content, which a stream does not know.
So each header is a gzip member of its own, stored and thus of a fixed length,
and is written again in place once the size is known. Content is compressed in
blocks, each a member as well, side by side: zlib lets go of Python's lock.
Members in a row are one gzip file (RFC 1952, section 2.2), and every ``tar``
opens it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tarfile
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ...core.bundle.layout import File

BLOCK = 1 << 20
#: Bytes of one file after which speed counts more than size.
SMALL = 16 << 20
SMALL_LEVEL, LARGE_LEVEL = 6, 2
#: Kept back on the disk for what must come last; the first that there is room for.
RESERVES = (4 << 20, 512 << 10, 64 << 10)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_GZIP = 31


class DiskFullError(Exception):
    """There is no room for more; what was written before is whole."""


class _Block(NamedTuple):
    raw: bytes
    member: Future[bytes]


class Packer:
    """A growing archive; its file is made anew and read by its owner alone.

    After `DiskFullError` it can still take small files: a reserve is kept.
    """

    def __init__(self, path: Path, directory: str) -> None:
        """Create the file.

        Args:
            path: must not exist yet.
            directory: the one directory in the archive.

        Raises:
            DiskFullError: there is no room even for the smallest bundle.
            OSError: it can't be created there.
        """
        self.path = path
        self.directory = directory
        self.files: list[File] = []
        self.full = False
        self._pool = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2))
        self._waiting: deque[_Block] = deque()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        self._fd = os.open(path, flags, 0o600)
        self._end = 0
        self._spare = path.with_name(path.name + ".spare")
        try:
            self._reserve()
        except BaseException:
            self.discard()
            raise

    @property
    def fd(self) -> int:
        """The open file, to hold a lock on."""
        return self._fd

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._end

    def add(self, name: str, pieces: Iterable[bytes]) -> File:
        """Write one file; its pieces are taken as they come.

        Whatever ends the pieces early, what came before becomes a whole file
        of its own length.

        Raises:
            DiskFullError: it was cut short; `files` says at which size.
        """
        entry = _Entry(f"{self.directory}/{name}", self._end)
        self._write(entry.header(0))
        try:
            for block in blocks(pieces):
                entry.level = SMALL_LEVEL if entry.size < SMALL else LARGE_LEVEL
                job = self._pool.submit(_member, block, entry.level)
                self._waiting.append(_Block(block, job))
                if len(self._waiting) > 4:
                    self._drain(entry)
        finally:
            file = self._finish(entry, name)
        if self.full and entry.cut:
            raise DiskFullError(name)
        return file

    def close(self) -> None:
        """Write the end of the archive and wait until the disk has it.

        Raises:
            OSError: the disk did not take it; the archive is not whole.
        """
        self._release()
        self._write(_member(bytes(2 * tarfile.BLOCKSIZE), SMALL_LEVEL))
        os.fsync(self._fd)
        self._pool.shutdown()

    def discard(self) -> None:
        """Remove the file: nothing of it is of use. More than once is once."""
        self._pool.shutdown(cancel_futures=True)
        self._release()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self.path.unlink(missing_ok=True)

    # -- one file ---------------------------------------------------------

    def _drain(self, entry: _Entry) -> None:
        block = self._waiting.popleft()
        if entry.cut:
            return
        try:
            self._write(block.member.result())
        except DiskFullError:
            entry.cut = True
            self._waiting.clear()
            raise
        entry.took(block.raw)

    def _finish(self, entry: _Entry, name: str) -> File:
        """Bring the entry to an end that tar accepts, whatever happened."""
        try:
            while self._waiting:
                self._drain(entry)
        except DiskFullError:
            pass
        try:
            if padding := -entry.size % tarfile.BLOCKSIZE:
                self._write(_member(bytes(padding), SMALL_LEVEL))
        except DiskFullError:
            self._truncate(entry.start)
            raise
        os.pwrite(self._fd, entry.header(entry.size), entry.start)
        file = File(name=name, size=entry.size, sha256=entry.digest.hexdigest())
        self.files.append(file)
        return file

    # -- the disk ---------------------------------------------------------

    def _write(self, data: bytes) -> None:
        """Append all of the data or nothing of it.

        Raises:
            DiskFullError: nothing of it, and the reserve is free for the rest.
        """
        view, at = memoryview(data), self._end
        try:
            while view:
                written = os.pwrite(self._fd, view, at)
                view, at = view[written:], at + written
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._truncate(self._end)
            self._release()
            self.full = True
            raise DiskFullError(str(error)) from error
        self._end = at

    def _truncate(self, end: int) -> None:
        os.ftruncate(self._fd, end)
        self._end = end

    def _reserve(self) -> None:
        fd = os.open(self._spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for size in RESERVES:
                # Random, for a file system may store zeros or repeats as nothing.
                if self._fits(fd, os.urandom(size)):
                    return
        finally:
            os.close(fd)
        raise DiskFullError(f"no room for {RESERVES[-1] >> 10} kB")

    def _fits(self, fd: int, data: bytes) -> bool:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
        except OSError as error:
            if error.errno not in _FULL:
                raise
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            return False
        return True

    def _release(self) -> None:
        self._spare.unlink(missing_ok=True)


class _Entry:
    """One file while it is written."""

    def __init__(self, path: str, start: int) -> None:
        self.start = start
        self.size = 0
        self.level = SMALL_LEVEL
        self.cut = False
        self.digest = hashlib.sha256()
        self.info = tarfile.TarInfo(path)
        self.info.mode = 0o600
        self.info.mtime = int(time.time())

    def took(self, block: bytes) -> None:
        self.size += len(block)
        self.digest.update(block)

    def header(self, size: int) -> bytes:
        """Return the header as a stored member: its length depends on no size."""
        self.info.size = size
        return _member(self.info.tobuf(tarfile.GNU_FORMAT), 0)


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Gather pieces into blocks, so that a call's cost is nothing beside its work."""
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size >= BLOCK:
            yield b"".join(kept)
            kept, size = [], 0
    if size:
        yield b"".join(kept)


def _member(data: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()
