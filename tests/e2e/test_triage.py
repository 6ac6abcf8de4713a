"""`inv triage` on a stack that really crash-loops, and while things happen."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.harness.stack import ReferenceStack

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def crashing(stack: ReferenceStack) -> Iterator[ReferenceStack]:
    stack.reset()
    broken = stack.inv("demo.break", "unknown-exception")
    assert broken.code == 0, broken.err
    yield stack
    healed = stack.inv("demo.heal")
    assert healed.code == 0, healed.err


def test_the_screen_of_a_crash_loop(crashing: ReferenceStack) -> None:
    done = crashing.inv("triage", "--json")
    assert done.code == 1, done.err
    found = json.loads(done.out)
    (state,) = (s for s in found["containers"] if s["service"] == "backend")
    assert state["state"] == "restarting"
    assert state["restarts"] >= 2
    assert state["exit_code"] == 1
    assert "failed" in state["meaning"]
    assert state["since"]
    said = found["exception"]
    assert said["type"] == "SystemError"
    assert said["message"] == "required places may not be cheaper"
    assert said["frame"].startswith("/app/app/services/solver.py:")
    assert found["diagnoses"][0]["id"] == "unknown"
    assert found["diagnoses"][0]["fix"] is None


def test_at_80_columns_without_colour(crashing: ReferenceStack) -> None:
    done = crashing.inv("triage")
    assert done.code == 1, done.err
    assert max(map(len, done.out.splitlines())) <= 80
    assert len(done.out.splitlines()) <= 30
    assert "\x1b" not in done.out
    assert "/app/app/services/solver.py:" in done.out


def test_one_service(crashing: ReferenceStack) -> None:
    frontend = json.loads(crashing.inv("triage", "--service", "frontend", "--json").out)
    assert frontend["containers"] == []
    # What it needs is of its concern.
    assert [d["service"] for d in frontend["diagnoses"]] == ["backend"]
    redis = crashing.inv("triage", "--service", "redis", "--json")
    assert redis.code == 0, redis.out
    nobody = crashing.inv("triage", "--service", "nobody")
    assert nobody.code == 2
    assert "backend" in nobody.err


def test_nothing_is_offered_for_what_is_not_known(crashing: ReferenceStack) -> None:
    before = crashing.must("ps", "--all", "--quiet")
    done = crashing.inv("fix.auto", "--yes", "--json")
    account = json.loads(done.out)
    assert (done.code, account["status"]) == (1, "person")
    assert account["rounds"] == []
    assert crashing.must("ps", "--all", "--quiet") == before


@contextmanager
def following(stack: ReferenceStack, *args: str) -> Iterator[queue.Queue[str]]:
    """Run ``inv triage --follow`` and hand over the lines that it prints."""
    process = subprocess.Popen(
        ["./inv", "triage", "--follow", *args],
        cwd=stack.root,
        env=stack.environ,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    try:
        yield lines
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in (0, 1)
    finally:
        process.kill()


def until(lines: queue.Queue[str], text: str, seconds: float = 60) -> str:
    deadline = time.monotonic() + seconds
    seen = []
    while time.monotonic() < deadline:
        try:
            seen.append(lines.get(timeout=1))
        except queue.Empty:
            continue
        if text in seen[-1]:
            return seen[-1]
    raise AssertionError(f"{text!r} was not said: {''.join(seen)}")


def test_following_what_happens(healthy_stack: ReferenceStack) -> None:
    with following(healthy_stack) as lines:
        until(lines, "none restarts")
        healthy_stack.must("stop", "--timeout", "2", "redis")
        until(lines, "redis ended: exit code")
        until(lines, "redis is stopped")
        healthy_stack.must("start", "redis")
        until(lines, "redis started")
        until(lines, "none restarts", 120)


def test_following_as_json_is_one_document_a_line(
    healthy_stack: ReferenceStack,
) -> None:
    with following(healthy_stack, "--json") as lines:
        first = json.loads(until(lines, "{"))
        assert first["exit_code"] == 0
        healthy_stack.must("pause", "redis")
        second = json.loads(until(lines, "container-paused"))
        assert second["diagnoses"][0]["service"] == "redis"
        healthy_stack.must("unpause", "redis")
