"""Bundles when things go wrong: size, a dying engine, Ctrl-C, kill -9, a full disk.

The stack is one container with a long log, so that there is something to break
off in the middle of.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.proxy import Proxy
from tests.harness.commands import CHECKOUT, Result, call, outside
from tests.harness.containers import remove_project
from tests.harness.mini import base_images

pytestmark = pytest.mark.engine

MB = 1 << 20
#: Bytes that one container has logged; 1 GB is measured in bench/.
LOGGED = int(os.environ.get("BUNDLE_TEST_MB", "200")) * MB
PEAK = 150 * MB
SOCKET = "/var/run/docker.sock"

_WRITER = """\
import sys
plain = "%09d INFO [app.worker] request GET /api/v1/people status=200 ms=%d\\n"
leaky = "%09d INFO [app.worker] connecting with password={}\\n"
lines = [plain % (n, n % 97) if n % 1000 else leaky % n for n in range(10000)]
block = "".join(lines).encode()
for _ in range({} // len(block)):
    sys.stdout.buffer.write(block)
"""
PASSWORD = "kT7wZ2qLr5Tn9vXe"
#: One line of 5 MB; the engine cuts it into pieces of 16 kB, and a password too.
_WIDE = """\
line = "<script>document.title='owned'</script> dsn://u:{}@h " * 80000
print("first", line, "last", sep="\\n", flush=True)
"""


@dataclass
class Chatty:
    """A stack of one service that has said a lot."""

    root: Path

    @property
    def environ(self) -> dict[str, str]:
        return {**outside(), "UNSTUCK_ROOT": str(self.root)}

    def inv(self, *args: str, **env: str) -> Result:
        argv = (str(CHECKOUT / "inv"), *args)
        return call(*argv, cwd=self.root, env={**self.environ, **env}, timeout=280)

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Start ``bundle.logs --all`` and wait until it has written some of it."""
        running = subprocess.Popen(
            (str(CHECKOUT / "inv"), "bundle.logs", "--all", "--json", *args),
            cwd=self.root,
            env={**self.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 120
        while not any(p.stat().st_size > 2 * MB for p in self.parts()):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return running

    def parts(self) -> list[Path]:
        """Return what is half-written."""
        return [p for p in self.bundles.glob(".*.part") if p.exists()]

    @property
    def bundles(self) -> Path:
        return self.root / "bundles"


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatty]:
    root = tmp_path_factory.mktemp("chatty")
    project = f"unstuck-e2e-{os.getpid()}-chatty"
    (root / "write.py").write_text(_WRITER.format(PASSWORD, LOGGED))
    service = {
        "image": base_images()["PYTHON_IMAGE"],
        "command": ["python3", "/write.py"],
        "volumes": ["./write.py:/write.py:ro"],
        "environment": {"DB_PASSWORD": PASSWORD},
    }
    (root / "wide.py").write_text(_WIDE.format(PASSWORD))
    wide = {
        **service,
        "command": ["python3", "/wide.py"],
        "volumes": ["./wide.py:/wide.py:ro"],
    }
    document = {"name": project, "services": {"chatty": service, "wide": wide}}
    (root / "compose.yaml").write_text(json.dumps(document))
    try:
        up = ("docker", "compose", "up")  # not detached: until it has said it all
        done = call(*up, "--quiet-pull", "--detach", cwd=root, env=outside())
        assert done.code == 0, done.err
        names = [f"{project}-{service}-1" for service in document["services"]]
        waited = call("docker", "wait", *names, cwd=root, env=outside())
        assert waited.out.split() == ["0", "0"], waited
        yield Chatty(root)
    finally:
        remove_project(project)


def whole(path: Path) -> dict[str, bytes]:
    """Return an archive's files; any damage is an error."""
    subprocess.run(["gzip", "--test", str(path)], check=True)
    found = {}
    with tarfile.open(path) as archive:
        for info in archive:
            stream = archive.extractfile(info)
            assert stream
            data = stream.read()
            assert len(data) == info.size
            found[info.name.partition("/")[2]] = data
    return found


def manifest(files: dict[str, bytes]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files["manifest.json"])
    return document


def log_of(files: dict[str, bytes]) -> bytes:
    return next(d for n, d in files.items() if n.endswith("chatty-1.log"))


def test_a_long_log_is_streamed_in_constant_memory(
    chatty: Chatty, tmp_path: Path
) -> None:
    out = tmp_path / "long.tar.gz"
    argv = ("bundle.logs", "--all", "--no-html", "--out", str(out))
    process = subprocess.Popen(
        (str(CHECKOUT / "inv"), *argv),
        cwd=chatty.root,
        env=chatty.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    kilobytes = (
        used.ru_maxrss if os.uname().sysname == "Linux" else used.ru_maxrss >> 10
    )
    assert kilobytes << 10 < PEAK
    log = log_of(whole(out))
    assert len(log) > LOGGED
    assert log.count(b"\n") == log.count(b" INFO [app.worker]")
    assert PASSWORD.encode() not in log
    assert log.count(b"password=[secret:") == log.count(b"\n") // 1000


def test_a_line_of_5_mb_is_whole_in_the_log_and_short_in_the_report(
    chatty: Chatty, tmp_path: Path
) -> None:
    out = tmp_path / "wide.tar.gz"
    argv = ("bundle.logs", "--all", "--services", "wide", "--out", str(out))
    done = chatty.inv(*argv)
    assert done.code == 0, done.err
    files = whole(out)
    log = next(d for n, d in files.items() if n.startswith("logs/wide/"))
    lines = log.splitlines()
    assert [line.split(b" ", 1)[1][:8] for line in lines] == [
        b"first",
        b"<script>",
        b"last",
    ]
    assert lines[1].count(b"dsn://u:[secret:") == 80000
    for name, data in files.items():
        assert PASSWORD[:6].encode() not in data, name
        assert PASSWORD[-6:].encode() not in data, name
    assert len(files["report.html"]) < MB
    assert b"<script>document.title" not in files["report.html"]


def test_an_engine_that_dies_meanwhile_leaves_a_whole_labelled_bundle(
    chatty: Chatty, tmp_path: Path
) -> None:
    proxy = Proxy(tmp_path / "docker.sock", SOCKET)
    running = chatty.start(DOCKER_HOST=proxy.url)
    proxy.cut()
    out, err = running.communicate(timeout=120)
    said = json.loads(out)
    files = whole(Path(said["path"]))
    log = log_of(files)
    assert 0 < len(log) < LOGGED
    assert b"[unstuck: cut here: " in log[-200:]
    cuts = {cut["what"]: cut["why"] for cut in manifest(files)["cut"]}
    assert any(what.startswith("logs/") for what in cuts), (cuts, err)
    assert {"snapshot.json", "report.json", "debug-note.md"} <= files.keys()


def test_ctrl_c_leaves_a_whole_labelled_bundle_and_exits_130(chatty: Chatty) -> None:
    running = chatty.start("--no-html")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    said = json.loads(out)
    assert said["exit_code"] == 130
    files = whole(Path(said["path"]))
    found = manifest(files)
    assert found["interrupted"]
    assert "interrupted" in {cut["why"] for cut in found["cut"]}
    assert 0 < len(log_of(files)) < LOGGED
    assert "not whole (interrupted)" in files["debug-note.md"].decode()
    assert chatty.parts() == []


def test_a_killed_run_leaves_no_bundle_and_the_next_one_sweeps(chatty: Chatty) -> None:
    before = set(chatty.bundles.glob("bundle-*"))
    running = chatty.start("--no-html")
    running.kill()
    running.communicate()
    assert chatty.parts()
    assert set(chatty.bundles.glob("bundle-*")) == before
    done = chatty.inv("bundle.logs", "--tail", "10", "--no-html", "--json")
    assert done.code == 0, done.err
    assert [p.name for p in chatty.bundles.iterdir() if p.name.startswith(".")] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    path.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(path)]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own can't be mounted here")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk_leaves_a_whole_smaller_bundle(
    chatty: Chatty, small_disk: Path
) -> None:
    done = chatty.inv("bundle.logs", "--all", "--json", "--out", str(small_disk))
    assert done.code == 1, done.err
    said = json.loads(done.out)
    assert Path(said["path"]).parent == small_disk
    files = whole(Path(said["path"]))
    assert {"snapshot.json", "report.json", "debug-note.md"} <= files.keys()
    assert 0 < len(log_of(files)) < LOGGED
    cuts = {cut["what"]: cut["why"] for cut in manifest(files)["cut"]}
    assert "the disk is full" in cuts.values()
    assert [p for p in small_disk.iterdir() if p.name.startswith(".")] == []


def test_a_disk_without_any_room_is_left_for_another(
    chatty: Chatty, small_disk: Path
) -> None:
    (small_disk / "other").write_bytes(bytes(6 * MB - 16384))
    argv = ("bundle.logs", "--tail", "10", "--no-html", "--json")
    done = chatty.inv(*argv, "--out", str(small_disk))
    assert done.code == 1, done.err
    path = Path(json.loads(done.out)["path"])
    assert path.parent != small_disk
    assert manifest(whole(path))["project"]
    path.unlink()
    assert [p.name for p in small_disk.iterdir()] == ["other"]
