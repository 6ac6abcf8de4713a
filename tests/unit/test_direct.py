"""What is typed most runs without Invoke: which lines, and that it is the same."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from tasks.adapters.cmdline.unstuck_start import direct
from tasks.command import Command

ROOT = Path(__file__).parents[2]
START = (sys.executable, "-P", str(ROOT / "tasks/adapters/cmdline/start.py"))


def understood(*argv: str, cwd: Path = ROOT, **environ: str) -> direct.Line | None:
    return direct.understood(argv, ROOT, environ, lambda: cwd)


def test_names_alone_or_with_json_need_no_parser() -> None:
    assert understood("triage") == direct.Line("triage", json=False)
    assert understood("check.all", "--json") == direct.Line("check.all", json=True)


@pytest.mark.parametrize(
    "typed",
    [
        (),
        ("--list",),
        ("triage", "--service", "backend"),
        ("triage", "check.all"),
        ("check.all", "--json", "--strict"),
        ("check.all", "--jsn"),
        ("--json", "triage"),
        ("--dry", "triage"),
        ("check.deps",),
        ("triage", "--help"),
    ],
    ids=" ".join,
)
def test_all_else_is_invokes(typed: tuple[str, ...]) -> None:
    assert understood(*typed) is None


def test_another_projects_tasks_are_not_ours(tmp_path: Path) -> None:
    below = tmp_path / "src"
    below.mkdir()
    assert understood("triage", cwd=below) is None
    (tmp_path / "tasks.py").touch()
    assert understood("triage", cwd=below) is None
    assert understood("--search-root", str(tmp_path), "triage") is None
    assert understood("--search-root", str(ROOT), "triage", cwd=below) is not None
    assert understood("triage", cwd=ROOT / "docs") is not None


def test_what_invoke_is_set_up_by_goes_to_invoke() -> None:
    assert understood("triage", INVOKE_RUN_DRY="1") is None
    assert understood("triage", UNSTUCK_ROOT="/elsewhere") is not None


def test_each_name_is_the_same_command_as_invokes() -> None:
    from tasks.cli import namespace

    for typed, (module, name) in direct.COMMANDS.items():
        command = getattr(import_module(module), name)
        assert isinstance(command, Command)
        assert namespace[typed].body.__wrapped__ is command.body


def run(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=ROOT,
        env={**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("typed", [("triage",), ("check.all",)], ids=" ".join)
def test_it_ends_as_through_invoke(typed: tuple[str, ...]) -> None:
    """Where no engine answers: the same words on both streams, the same code."""
    ours, theirs = run(*START, *typed), run(sys.executable, "-m", "invoke", *typed)
    assert ours.returncode == theirs.returncode == 3
    assert ours.stderr == theirs.stderr
    first, second = (re.sub(r"[\d.]+ s", "~ s", s.stdout) for s in (ours, theirs))
    assert first == second


def test_json_is_one_document_and_settings_are_refused_in_one_line() -> None:
    said = run(*START, "triage", "--json")
    assert json.loads(said.stdout)["exit_code"] == said.returncode == 3
    said = run(*START, "triage", UNSTUCK_ROOT="/nowhere")
    assert said.returncode == 2
    assert said.stderr.splitlines()[0].startswith("error: UNSTUCK_ROOT is no directory")


def test_invoke_is_not_imported() -> None:
    script = (
        "import json, runpy, sys; sys.argv = ['inv', 'triage', '--json']\n"
        f"try: runpy.run_path({START[-1]!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    said = run(sys.executable, "-P", "-c", script)
    loaded = set(json.loads(said.stdout.splitlines()[-1]))
    unwanted = {"invoke", "inspect", "dataclasses", "concurrent", "asyncio"}
    assert loaded.isdisjoint(unwanted), loaded & unwanted
    stood_for = ("logging", "email.utils", "email.header")
    assert loaded.issuperset(stood_for)


def test_the_end_waits_for_what_others_registered(tmp_path: Path) -> None:
    """Threads and ``atexit`` of a user's own task, and its exit code."""
    (tmp_path / "tasks.py").write_text(
        "import atexit, sys, threading, time\n"
        "from invoke import Exit, task\n"
        "def late():\n"
        "    time.sleep(0.2)\n"
        "    print('thread')\n"
        "@task\n"
        "def go(c):\n"
        "    atexit.register(print, 'registered')\n"
        "    threading.Thread(target=late).start()\n"
        "    print('body')\n"
        "    raise Exit('so', code=7)\n"
        "@task\n"
        "def broken(c):\n"
        "    atexit.register(print, 'registered')\n"
        "    1 / 0\n"
        "@task\n"
        "def says(c):\n"
        "    sys.exit('why')\n"
    )

    def typed(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*START, *argv],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    said = typed("go")
    assert said.stdout.splitlines() == ["body", "thread", "registered"]
    assert (said.returncode, said.stderr) == (7, "so\n")
    said = typed("broken")
    assert (said.returncode, said.stdout) == (1, "registered\n")
    assert "ZeroDivisionError" in said.stderr
    said = typed("says")
    assert (said.returncode, said.stderr) == (1, "why\n")


@pytest.mark.parametrize("typed", ["triage", "--version", "check.engine"])
def test_closed_streams_are_no_error(typed: str) -> None:
    """As by ``>&-``: nobody reads it, and it ends as ever."""
    for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        said = run("sh", "-c", f'exec "$@" {closed}', "sh", *START, typed)
        assert said.returncode == (0 if typed == "--version" else 3), said
        assert "Traceback" not in said.stderr
        assert "defect" not in said.stderr


def test_what_a_stream_cannot_write_is_replaced() -> None:
    said = run(*START, "triage", PYTHONIOENCODING="ascii")
    assert said.returncode == 3
    assert "? No Docker Engine answers" in said.stdout


def test_a_directory_that_is_no_more(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    said = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *START, "triage"],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 2
    assert said.stderr.startswith("error: this directory is no more\n")


@pytest.mark.parametrize("typed", ["triage", "check.engine", "logs"])
@pytest.mark.parametrize("after", [0.04, 0.07, 0.1])
def test_ctrl_c_at_any_time_is_no_traceback(typed: str, after: float) -> None:
    """Also before Invoke is there, which makes 1 of it; 3 where it came too late."""
    with subprocess.Popen(
        [*START, typed],
        cwd=ROOT,
        env={**os.environ, "DOCKER_HOST": "tcp://192.0.2.1:1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    if "Traceback" in errors:  # then Python had hardly come to our first line
        assert "unstuck_start" not in errors
        return
    assert process.returncode in (130, -signal.SIGINT, 3), errors


def test_byte_code_is_kept_whatever_the_environment_says() -> None:
    said = run(
        sys.executable,
        "-P",
        "-c",
        "import runpy, sys; sys.argv = ['inv', 'triage']\n"
        f"try: runpy.run_path({START[-1]!r}, run_name='__main__')\n"
        "except SystemExit: print(sys.dont_write_bytecode)",
        PYTHONDONTWRITEBYTECODE="1",
    )
    assert said.stdout.splitlines()[-1] == "False"
