"""Bundles are read back whole, unpacked or damaged; files appear whole or not."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tasks.adapters import aside
from tasks.adapters.bundle import archive, material, verifying
from tasks.adapters.bundle.packing import Packer
from tasks.core import snapshot
from tasks.core.bundle import layout
from tasks.core.errors import WrongUsage
from tasks.core.redact import Redactor
from tests.unit.stored import healthy


@pytest.fixture
def made(tmp_path: Path) -> Path:
    packer = Packer(tmp_path / "b.tar.gz", "bundle-p")
    packer.add(layout.SNAPSHOT, [snapshot.encode(healthy())])
    packer.add(layout.MANIFEST, [layout.encode(layout.Manifest(project="p"))])
    packer.close()
    return packer.path


def test_a_snapshot_comes_back_from_every_form(made: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "xzf", made, "-C", tmp_path], check=True)
    unpacked = tmp_path / "bundle-p"
    subprocess.run(
        ["tar", "czf", tmp_path / "again.tgz", "-C", tmp_path, "bundle-p"], check=True
    )
    forms = [made, unpacked, unpacked / "snapshot.json", tmp_path / "again.tgz"]
    for form in forms:
        assert archive.read_snapshot(form) == healthy(), form


def test_the_manifest_comes_back(made: Path) -> None:
    assert archive.read_manifest(made).project == "p"


@pytest.mark.parametrize("kept", [0, 5, 700, -100])
def test_a_damaged_bundle_is_wrong_usage(made: Path, kept: int) -> None:
    made.write_bytes(made.read_bytes()[:kept])
    with pytest.raises(WrongUsage):
        archive.read_manifest(made)


def test_what_is_no_bundle_is_wrong_usage(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    for path in (text, tmp_path / "missing.tar.gz", tmp_path):
        with pytest.raises(WrongUsage):
            archive.read_snapshot(path)
        with pytest.raises(WrongUsage):
            material.read_material(path)


def test_no_path_of_an_archive_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as evil:
        for name in ("../../outside", "/outside", "b/snapshot.json"):
            info = tarfile.TarInfo(name)
            info.size = 2
            evil.addfile(info, io.BytesIO(b"{}"))
        link = tarfile.TarInfo("b/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        evil.addfile(link)
    before = sorted(tmp_path.iterdir())
    assert archive.read_snapshot(path) == snapshot.Snapshot()
    assert sorted(tmp_path.iterdir()) == before


def test_a_leak_is_found_in_any_depth_and_told_without_the_secret(
    tmp_path: Path,
) -> None:
    secret = "wO3zK8qLr5Tn2vX9"
    redactor = Redactor.learn([(".env", "DB_PASSWORD", secret)])
    packer = Packer(tmp_path / "b.tar.gz", "bundle-p")
    packer.add("logs/a.log", [b"one\ntwo\n", f"three {secret}\n".encode()])
    packer.add("logs/old.log.gz", [gzip.compress(f"x\n{secret}".encode())])
    packer.close()
    leaks = verifying.verify(packer.path, redactor)
    assert [verifying.place(leak) for leak in leaks] == [
        "logs/a.log:3",
        "logs/old.log.gz:2",
    ]
    assert secret not in repr(leaks)
    assert {leak.kind for leak in leaks} == {"secret:DB_PASSWORD"}


def test_a_truncated_archive_never_passes_the_scan(made: Path) -> None:
    data = made.read_bytes()
    made.write_bytes(data[: len(data) // 2])
    assert verifying.verify(made, Redactor.learn([]))


# -- names and leftovers --------------------------------------------------------


def test_out_names_a_directory_or_a_file(tmp_path: Path) -> None:
    default = tmp_path / "bundles"
    name = "b.tar.gz"
    assert aside.destination("", default, name) == default / name
    assert aside.destination(str(tmp_path), default, name) == tmp_path / name
    assert (
        aside.destination(f"{tmp_path}/new/", default, name) == tmp_path / "new" / name
    )
    file = tmp_path / "mine.tgz"
    assert aside.destination(str(file), default, name) == file


def test_an_existing_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.tgz").touch()
    with pytest.raises(WrongUsage, match="exists"):
        aside.destination(str(tmp_path / "mine.tgz"), tmp_path, "b.tar.gz")


def test_a_directory_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WrongUsage, match="can't be made"):
        aside.destination(f"{tmp_path}/file/x/", tmp_path, "b.tar.gz")


def test_leftovers_of_dead_runs_go_and_those_of_live_ones_stay(tmp_path: Path) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    dead = tmp_path / f".b.tar.gz.{gone.stdout.strip()}.part"
    spare = dead.with_name(dead.name + ".spare")
    alive = tmp_path / f".b.tar.gz.{os.getppid()}.part"
    other = tmp_path / ".mine.part"
    for path in (dead, spare, alive, other):
        path.touch()
    assert sorted(aside.sweep(tmp_path)) == [dead, spare]
    assert sorted(tmp_path.iterdir()) == sorted([alive, other])


def test_a_whole_file_takes_its_place_at_once(tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    part = aside.part_of(path)
    part.write_text("whole")
    aside.place(part, path)
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_that_is_none_is_not_called_clean(tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    for data in (b"", b"hello"):
        path.write_bytes(data)
        with pytest.raises(WrongUsage, match=r"is no bundle$"):
            verifying.refuse_what_is_none(path)
        with pytest.raises(WrongUsage, match=r"is no bundle$"):
            archive.read_manifest(path)
    log = tmp_path / "backend.log"
    log.write_bytes(b"")
    verifying.refuse_what_is_none(log)
