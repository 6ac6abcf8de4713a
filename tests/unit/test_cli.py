"""The command tree as a user meets it: names, positional arguments, start-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def inv(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "invoke", *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["logs"], "logs --tail 200"),
        (["logs", "backend"], "logs --tail 200 backend"),
        (["logs", "backend,db", "--tail", "5"], "logs --tail 5 backend db"),
        (["logs", "--tail", "5", "backend"], "logs --tail 5 backend"),
        (["logs", "-s", "backend"], "logs --tail 200 backend"),
        (["restart", "backend"], "restart backend"),
        (["up", "backend", "--build"], "up --detach --wait --build backend"),
    ],
)
def test_shortcuts_echo_the_documented_command(args: list[str], expected: str) -> None:
    said = inv("--dry", *args)
    assert said.returncode == 0, said.stderr
    assert f"docker compose -f docker-compose.local.yml {expected}\n" in said.stderr


def test_a_task_name_is_never_a_positional_value() -> None:
    said = inv("--dry", "logs", "ps")
    assert [line.split()[-1] for line in said.stderr.splitlines()] == ["200", "--all"]


@pytest.mark.parametrize("task", ["logs", "sh", "up", "check.all"])
def test_help_is_help_and_runs_nothing(task: str) -> None:
    said = inv(task, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith("Usage: inv")
    assert said.stderr == ""


@pytest.mark.parametrize(
    ("typed", "cause", "hint"),
    [
        ("chek.all", "there is no task chek.all", "did you mean check.all?"),
        ("check.nonsense", "there is no task check.nonsense", "inv --list"),
        ("db", "db is a group of tasks", "db.backup, db.list, db.restore"),
        ("--help lgos", "there is no task lgos", "did you mean logs?"),
        ("logs --tial 5", "logs has no option --tial", "did you mean --tail?"),
        ("logs -x", "logs has no option -x", "inv logs --help"),
        ("logs --tail", "--tail needs a value", "inv logs --help"),
        ("logs backend db", "there is no task db", "several by commas: backend,db"),
        ("--nonsense", "there is no option --nonsense", "inv --help"),
        ("--list nonsense", "Sub-collection 'nonsense' not found!", "inv --list"),
        (
            "check.all --only env --skip env",
            "--only and --skip leave no check to run",
            "inv check.all",
        ),
        (
            "check.all --only enginee,dats",
            "there is no check called enginee, dats",
            "did you mean engine, data?",
        ),
        ("logs bakend", "there is no service called bakend", "did you mean backend?"),
    ],
)
def test_what_is_mistyped_is_named_with_what_was_meant(
    typed: str, cause: str, hint: str
) -> None:
    said = inv("--dry", *typed.split())
    assert said.returncode == 2
    assert said.stderr.splitlines() == [f"error: {cause}", f"  → {hint}"]
    assert said.stdout == ""


@pytest.mark.parametrize("lines", ["a lot", "-1", "5x"])
def test_a_number_of_lines_is_a_number(lines: str) -> None:
    said = inv("--dry", "logs", f"--tail={lines}")
    assert said.returncode == 2
    assert said.stderr.startswith("error: --tail takes a number of lines, or all")


@pytest.mark.parametrize("typed", ["--list", "logs --help", "check.env", "demo.faults"])
@pytest.mark.parametrize("buffered", [False, True])
def test_a_reader_who_goes_early_is_no_error(typed: str, buffered: bool) -> None:
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    if not buffered:
        environ["PYTHONUNBUFFERED"] = "1"
    # A pipe whose reading end is closed before anything is written.
    reading, writing = os.pipe()
    os.close(reading)
    said = subprocess.run(
        [sys.executable, "-m", "invoke", *typed.split()],
        cwd=ROOT,
        env=environ,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (said.returncode, said.stderr) == (0, "")


def test_an_unknown_check_is_wrong_usage() -> None:
    said = inv("check.all", "--only", "nonsense")
    assert said.returncode == 2
    assert said.stderr.splitlines()[0] == "error: there is no check called nonsense"


def test_it_runs_from_a_directory_below() -> None:
    assert inv("--dry", "ps", cwd=ROOT / "tests").returncode == 0


def test_loading_the_tree_imports_nothing_heavy() -> None:
    """Listing and completing tasks may cost 10 ms more than Invoke itself."""
    heavy = (
        "asyncio docker dotenv hyperscan jinja2 msgspec packaging psutil requests "
        "rich ruamel subprocess tomllib"
    )
    script = (
        "import sys, json, invoke, invoke.program\n"
        "before = set(sys.modules)\n"
        "import tasks.cli\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in json.loads(said.stdout)}
    assert loaded.isdisjoint(heavy.split())


def test_the_package_defines_nothing() -> None:
    """Under Invoke ``tasks`` is tasks.py: a name defined in the package is missing."""
    lines = (ROOT / "tasks" / "__init__.py").read_text().strip()
    assert lines.startswith('"""')
    assert lines.endswith('"""')
    assert lines.count('"""') == 2


def test_a_number_that_is_none_is_told_in_one_line() -> None:
    from invoke import ParseError
    from invoke.parser import Argument

    import tasks.cli  # noqa: F401 - installs it

    with pytest.raises(ParseError, match=r"^--tail takes a number, not abc$"):
        Argument(name="tail", kind=int).set_value("abc")
