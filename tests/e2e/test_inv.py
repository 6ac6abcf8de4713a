"""The wrapper ``./inv``: a set-up that can't be had by halves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a path with spaces that needs Invoke alone."""
    root = tmp_path / "a path with spaces"
    (root / "below" / "it").mkdir(parents=True)
    shutil.copy(ROOT / "inv", root / "inv")
    cmdline = Path("tasks/adapters/cmdline")
    shutil.copytree(ROOT / cmdline, root / cmdline)
    versions = (ROOT / "constraints.txt").read_text().splitlines()
    wanted = next(line for line in versions if line.startswith("invoke=="))
    (root / "constraints.txt").write_text(f"{wanted}\n")
    (root / "tasks.py").write_text(
        "from invoke import task\n"
        "@task\n"
        "def where(c, of=''):\n"
        "    import os\n"
        "    print('here:', os.getcwd(), of)\n"
    )
    return root


def start(
    inv: Path, *args: str, cwd: Path | None = None, **env: str
) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if k != "PYTHON"}
    return subprocess.Popen(
        [str(inv), *args],
        cwd=cwd or inv.parent,
        env={**clean, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def call(
    inv: Path, *args: str, cwd: Path | None = None, **env: str
) -> tuple[int, str, str]:
    process = start(inv, *args, cwd=cwd, **env)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_from_anywhere_below_by_any_name_in_any_environment(
    checkout: Path, tmp_path: Path
) -> None:
    below = checkout / "below" / "it"
    code, out, err = call(checkout / "inv", "where", "--of=first", cwd=below)
    assert (code, out) == (0, f"here: {below} first\n"), err
    assert "setting up" in err

    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "unstuck").symlink_to(Path("..") / checkout.name / "inv")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "invoke.py").write_text("raise SystemExit('the wrong invoke')\n")
    code, out, err = call(
        bin_ / "unstuck",
        "where",
        "--of=it's here",
        cwd=below,
        PYTHONPATH=str(foreign),
        VIRTUAL_ENV=str(foreign),
        PYTHONHOME=str(foreign),
    )
    assert (code, out, err) == (0, f"here: {below} it's here\n", "")
    # Nor does a file where one happens to stand come before Invoke itself.
    code, out, err = call(checkout / "inv", "where", cwd=foreign)
    assert (code, err) == (0, "")


def test_two_first_calls_at_once_make_one_environment(checkout: Path) -> None:
    both = [start(checkout / "inv", "where") for _ in range(2)]
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    said = "".join(err for _, err in ends)
    assert said.count("setting up /") == 1
    assert said.count("waiting for another") == 1


def test_a_killed_set_up_is_begun_anew(checkout: Path) -> None:
    process = start(checkout / "inv", "where")
    python = checkout / ".venv" / "bin" / "python"
    deadline = time.monotonic() + 60
    while not python.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    code, out, err = call(checkout / "inv", "where")
    assert (code, out) == (0, f"here: {checkout} \n"), err
    assert "setting up" in err


def test_changed_versions_and_a_vanished_python_are_noticed(checkout: Path) -> None:
    assert call(checkout / "inv", "where")[0] == 0
    with (checkout / "constraints.txt").open("a") as file:
        file.write("# changed\n")
    code, _, err = call(checkout / "inv", "where")
    assert code == 0
    assert "setting up" in err
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/gone/python3")
    code, _, err = call(checkout / "inv", "where")
    assert code == 0
    assert "setting up" in err
    assert call(checkout / "inv", "where")[2] == ""


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A directory with what the wrapper itself calls, and no apt-get."""
    found = tmp_path / "path"
    found.mkdir()
    for name in ("sh", "cmp", "mkdir", "rm", "cp", "id", "readlink"):
        (found / name).symlink_to(str(shutil.which(name)))
    return found


def test_no_python_is_said_in_words(checkout: Path, bare_path: Path) -> None:
    code, out, err = call(checkout / "inv", "where", PATH=str(bare_path))
    assert (code, out) == (2, "")
    assert "Python 3.11 or newer is needed" in err
    assert all(len(line) <= 80 for line in err.splitlines())


def test_python_without_venv_is_said_in_words(checkout: Path, bare_path: Path) -> None:
    real = sys.executable
    stub = bare_path / "python3"
    stub.write_text(
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexec {real} "$@"\n'
    )
    stub.chmod(0o755)
    code, out, err = call(checkout / "inv", "where", PATH=str(bare_path))
    assert (code, out) == (2, "")
    assert "apt-get install python3-venv" in err
    assert not (checkout / ".venv").exists()
