"""One mutating task at a time: the living are told from the dead."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.adapters import lock, runner
from tasks.core.errors import Refused

ROOT = Path(__file__).parents[2]
WHERE = ("demo", "unix:///var/run/docker.sock")

HOLD = """
import sys, time
from tasks.adapters import lock, runner
with lock.hold("fix.nuke", "demo", "unix:///var/run/docker.sock") as held:
    held.doing("docker compose build")
    print("held", flush=True)
    if len(sys.argv) > 1:
        runner.run(["sleep", sys.argv[1]])
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def holder(*args: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_second_one_is_told_who_holds_it() -> None:
    process = holder()
    try:
        with pytest.raises(Refused) as refused, lock.hold("fix.pins", *WHERE):
            pass
        assert refused.value.code == 4
        assert "inv fix.nuke" in refused.value.message
        assert f"pid {process.pid}" in refused.value.message
        assert "since " in refused.value.message
        assert "inv fix.pins" in refused.value.hint
    finally:
        end(process)


def test_other_projects_and_other_engines_don_t_matter() -> None:
    process = holder()
    try:
        with (
            lock.hold("fix.pins", "other", WHERE[1]),
            lock.hold("fix.pins", WHERE[0], "tcp://far:2375"),
        ):
            pass
    finally:
        end(process)


def test_a_dead_one_s_lock_is_taken_over_and_said() -> None:
    process = holder()
    end(process)
    with lock.hold("fix.pins", *WHERE) as held:
        assert held.stale
        assert (held.stale.task, held.stale.pid) == ("fix.nuke", process.pid)
    with lock.hold("fix.pins", *WHERE) as held:
        assert held.stale is None


def test_a_task_that_fails_is_no_dead_one() -> None:
    with pytest.raises(ValueError, match="defect"), lock.hold("fix.pins", *WHERE):
        raise ValueError("defect")
    with lock.hold("fix.pins", *WHERE) as held:
        assert held.stale is None


def test_a_command_that_outlives_a_task_that_ended_is_waited_for() -> None:
    with lock.hold("fix.pins", *WHERE):
        (fd,) = runner.INHERITED
        left = subprocess.Popen(["sleep", "1"], pass_fds=[fd])
    waited: list[str] = []
    with lock.hold("fix.pins", *WHERE, waiting=waited.append):
        assert left.poll() is not None or left.wait(0.1) == 0
    assert waited == ["a task has ended, but a command of it runs on; waiting for it"]


def test_a_command_that_outlives_its_task_is_waited_for() -> None:
    process = holder("2")
    time.sleep(0.3)  # until the sleep has started
    end(process)
    waited: list[str] = []
    began = time.monotonic()
    with lock.hold("fix.pins", *WHERE, waiting=waited.append):
        assert 0.5 < time.monotonic() - began < 10
    assert "was killed, but its command runs on" in waited[0]
    assert "docker compose build" in waited[0]


def test_a_command_that_never_ends_is_given_up() -> None:
    process = holder("30")
    time.sleep(0.3)
    end(process)
    with (
        pytest.raises(Refused, match="runs on"),
        lock.hold("fix.pins", *WHERE, patience=0.5),
    ):
        pass


def test_it_ends_with_the_block_and_children_forget_it() -> None:
    with lock.hold("fix.pins", *WHERE):
        assert runner.INHERITED
    assert not runner.INHERITED
    with lock.hold("fix.pins", *WHERE):
        pass


def test_it_says_what_runs(state: Path) -> None:
    with lock.hold("fix.pins", *WHERE) as held:
        held.doing("docker compose up")
        path = next(state.rglob("*.lock"))
        said = json.loads(path.read_text())
        assert said["pid"] == os.getpid()
        assert (said["task"], said["command"]) == ("fix.pins", "docker compose up")
        held.doing("")
        assert json.loads(path.read_text())["command"] == ""


def test_a_lock_file_with_nonsense_in_it_is_no_obstacle(state: Path) -> None:
    with lock.hold("fix.pins", *WHERE):
        pass
    path = next(state.rglob("*.lock"))
    for text in ("nonsense", "[]", '{"pid": "x", "more": 1}', ""):
        path.write_text(text)
        with lock.hold("fix.pins", *WHERE):
            pass
