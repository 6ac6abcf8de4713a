"""The quick start gives what Invoke by itself gives, without half its modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.adapters.cmdline.unstuck_start import standins

ROOT = Path(__file__).parents[2]
START = (sys.executable, "-P", str(ROOT / "tasks/adapters/cmdline/start.py"))
PLAIN = (sys.executable, "-P", "-m", "invoke")


def run(*argv: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "typed",
    [
        ("--list",),
        ("--list", "fix"),
        ("--list", "--list-format=json"),
        ("--version",),
        ("--help",),
        ("--help", "check.all"),
        ("--complete", "--", "inv check."),
        ("--complete", "--", "inv logs --"),
        ("--complete", "--", "inv fix.auto --yes "),
        ("--print-completion-script=bash",),
        ("--dry", "logs", "backend", "ps"),
        ("chek.all",),
        ("check.all", "--jsn"),
        ("logs", "--tail", "many"),
    ],
    ids=" ".join,
)
def test_it_answers_as_invoke_does(typed: tuple[str, ...]) -> None:
    ours, theirs = run(*START, *typed), run(*PLAIN, *typed)
    assert ours.stdout == theirs.stdout
    assert ours.stderr == theirs.stderr
    assert ours.returncode == theirs.returncode


def test_what_no_task_needs_is_not_loaded() -> None:
    script = (
        f"import sys, json, runpy; sys.argv = ['inv', '--version']\n"
        f"try: runpy.run_path({START[-1]!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    said = run(sys.executable, "-P", "-c", script)
    loaded = set(json.loads(said.stdout.splitlines()[-1]))
    unwanted = {"asyncio", "unittest", "unittest.mock", "importlib.metadata"}
    unwanted |= {"email.message", "email.parser"}
    assert loaded.isdisjoint(unwanted)
    assert "invoke.vendor.yaml" not in loaded


def test_what_was_stood_for_still_works(tmp_path: Path) -> None:
    """A user's own tasks may use all of Invoke: settings in YAML, MockContext."""
    (tmp_path / "invoke.yaml").write_text("greeting: {word: good morning}\n")
    (tmp_path / "tasks.py").write_text(
        "import importlib.metadata, unittest.mock\n"
        "from invoke import MockContext, Result, task\n"
        "@task\n"
        "def greet(c):\n"
        "    mock = MockContext(run=Result('hello'))\n"
        "    print(c.greeting.word, mock.run('x').stdout, mock.run.call_count)\n"
        "    print(unittest.mock.Mock().a.b, importlib.metadata.version('invoke'))\n"
    )
    said = run(*START, "greet", cwd=tmp_path)
    assert said.stderr == ""
    first, second = said.stdout.splitlines()
    assert first == "good morning hello 1"
    assert second.startswith("<Mock name='mock.a.b'")


def test_modules_already_loaded_stay() -> None:
    before = sys.modules["json"]
    with standins.standing_in(standins.later("json"), standins.later("not.there.yet")):
        assert sys.modules["json"] is before
        assert "not.there.yet" in sys.modules
    assert sys.modules["json"] is before
    assert "not.there.yet" not in sys.modules


def test_a_package_that_is_missing_has_no_version() -> None:
    with pytest.raises(LookupError):
        standins._version("no_such_package")


@pytest.mark.parametrize("typed", ["--help", "--version", "--list"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_goes_early_is_no_error(typed: str, unbuffered: str) -> None:
    """Also where Invoke prints before it has read ``tasks.py``."""
    reading, writing = os.pipe()
    os.close(reading)
    said = subprocess.run(
        [*START, typed],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (said.returncode, said.stderr) == (0, "")
