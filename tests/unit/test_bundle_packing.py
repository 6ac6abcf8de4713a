"""The archive that is written in one pass, and what a full disk leaves of it."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.adapters.bundle.packing import DiskFullError, Packer

MB = 1 << 20


def lines(count: int) -> bytes:
    return b"".join(b"%d the quick brown fox\n" % n for n in range(count))


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        found = {}
        for info in archive:
            stream = archive.extractfile(info)
            assert stream
            found[info.name] = stream.read()
        return found


@pytest.fixture
def packer(tmp_path: Path) -> Iterator[Packer]:
    made = Packer(tmp_path / "b.tar.gz", "dir")
    yield made
    made.discard()


def test_files_of_any_size_come_back(packer: Packer) -> None:
    wanted = {
        "empty": b"",
        "block": bytes(512),
        "small": b"x",
        "large": lines(200_000),
        "deep/" + "n" * 150: b"a long name",
    }
    for name, data in wanted.items():
        made = packer.add(
            name, [data[i : i + 70_000] for i in range(0, len(data), 70_000)]
        )
        assert made.size == len(data)
        assert made.sha256 == hashlib.sha256(data).hexdigest()
    packer.close()
    assert contents(packer.path) == {f"dir/{k}": v for k, v in wanted.items()}


def test_ordinary_tools_open_it(packer: Packer, tmp_path: Path) -> None:
    data = lines(300_000)
    packer.add("a.log", [data])
    packer.close()
    subprocess.run(["gzip", "--test", packer.path], check=True)
    subprocess.run(["tar", "xzf", packer.path, "-C", tmp_path], check=True)
    assert (tmp_path / "dir" / "a.log").read_bytes() == data
    assert (tmp_path / "dir" / "a.log").stat().st_mode & 0o777 == 0o600


def test_only_its_owner_can_read_it(packer: Packer) -> None:
    assert packer.path.stat().st_mode & 0o777 == 0o600


def test_pieces_that_fail_leave_a_whole_file_of_what_came_before(
    packer: Packer,
) -> None:
    def failing() -> Iterator[bytes]:
        yield b"x" * 2 * MB
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        packer.add("cut.log", failing())
    packer.add("next", [b"still fine"])
    packer.close()
    found = contents(packer.path)
    assert found["dir/cut.log"] == b"x" * 2 * MB
    assert found["dir/next"] == b"still fine"


class SmallDisk:
    """Lets a file descriptor grow to so many bytes, as a full disk would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self.real = os.pwrite
        monkeypatch.setattr(os, "pwrite", self.pwrite)

    def pwrite(self, fd: int, data: Any, at: int) -> int:
        if at >= self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        # A nearly full disk takes a part and says so only by the count.
        return self.real(fd, data[: self.room - at], at)


def test_a_full_disk_leaves_a_whole_smaller_archive(
    packer: Packer, monkeypatch: pytest.MonkeyPatch
) -> None:
    packer.add("first", [b"first"])
    disk = SmallDisk(monkeypatch, packer.size + 300_000)
    noise = os.urandom(4 * MB)
    with pytest.raises(DiskFullError):
        packer.add("big.log", [noise[i : i + 4096] for i in range(0, len(noise), 4096)])
    assert packer.full
    disk.room += 100_000  # what the reserve gives back
    packer.add("manifest.json", [b"{}"])
    packer.close()
    found = contents(packer.path)
    assert found["dir/first"] == b"first"
    assert found["dir/manifest.json"] == b"{}"
    assert noise.startswith(found["dir/big.log"])
    cut = next(file for file in packer.files if file.name == "big.log")
    assert cut.size == len(found["dir/big.log"])
    assert cut.sha256 == hashlib.sha256(found["dir/big.log"]).hexdigest()


def test_other_errors_of_the_disk_are_not_taken_for_a_full_one(
    packer: Packer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pwrite", broken)
    with pytest.raises(OSError, match="Input/output") as caught:
        packer.add("a", [b"x"])
    assert not isinstance(caught.value, DiskFullError)


def test_the_reserve_goes_and_nothing_is_left_beside(packer: Packer) -> None:
    folder = packer.path.parent
    assert len(list(folder.iterdir())) == 2
    packer.close()
    assert list(folder.iterdir()) == [packer.path]


def test_what_is_discarded_is_gone(tmp_path: Path) -> None:
    packer = Packer(tmp_path / "b.tar.gz", "dir")
    packer.add("a", [b"x"])
    packer.discard()
    assert list(tmp_path.iterdir()) == []
