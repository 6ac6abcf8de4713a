"""`triage` and `fix.auto` as confused people type them; no engine is there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Of this process alone: the lock of a stack is per engine, and tests run side by side.
NOWHERE = f"unix:///nonexistent/{os.getpid()}.sock"


def started(*args: str, endpoint: str = NOWHERE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "invoke", *args],
        cwd=ROOT,
        env={**os.environ, "DOCKER_HOST": endpoint},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def inv(*args: str, endpoint: str = NOWHERE) -> tuple[int, str, str]:
    process = started(*args, endpoint=endpoint)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.mark.parametrize("task", ["fix.auto", "unstuck"])
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--rounds", "0"], "--rounds must be at least 1"),
        (["--rounds", "-3"], "--rounds must be at least 1"),
        (["--rounds", "many"], "--rounds takes a number, not many"),
        (["--rounds=many"], "--rounds takes a number, not many"),
        (["--rounds"], "--rounds needs a value"),
    ],
)
def test_rounds_are_a_number_of_rounds(task: str, args: list[str], words: str) -> None:
    code, out, err = inv(task, *args)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {words}")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("triage", 3),
        ("triage --service nosuch", 2),
        ("triage --follow --service nosuch", 2),
        ("triage --replay /nonexistent", 2),
        ("fix.auto --rounds 0", 2),
        ("fix.auto --plan", 3),
        ("fix.auto", 3),
        ("unstuck --yes", 3),
    ],
)
def test_json_is_one_document_whatever_happens(typed: str, code: int) -> None:
    ended, out, err = inv(*typed.split(), "--json")
    assert ended == code, err
    assert json.loads(out)["exit_code"] == code


def test_an_engine_that_accepts_and_never_answers(tmp_path: Path) -> None:
    """As Docker Desktop does while it is paused."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen(64)
        code, out, _ = inv("triage", endpoint=f"unix://{tmp_path / 's'}")
    assert code == 3
    assert "No Docker Engine answers" in out


def test_ctrl_c_while_it_looks(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen(64)
        process = started("fix.auto", "--json", endpoint=f"unix://{tmp_path / 's'}")
        silent.settimeout(30)
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["status"] == "interrupted"
    assert err.startswith("error: interrupted")
