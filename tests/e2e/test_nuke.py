"""fix.nuke on a real engine: what goes, what stays, and what a kill leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.containers import remove_project
from tests.harness.mini import PEOPLE, Mini

from .mending import answered, docker, engine_state, file_state, findings, journal

pytestmark = pytest.mark.engine
#: The builder cache is everybody's: tests leave it alone.
NUKE = ("fix.nuke", "--data", "--keep-cache")


def test_data_is_reset_and_every_row_comes_back(mini: Mini) -> None:
    mini.psql("insert into people (name) values (E'a\\nb\\t\\\\.'), ('ünï')")
    mini.psql("create schema audit; create table audit.log as select 1 as a")
    rows = mini.rows()
    outcome = mini.json(*NUKE, "--yes")
    assert outcome["status"] == "verified"
    assert findings(outcome, "after")["migrations"] == "pass"
    assert mini.rows() == ""
    listed = mini.json("db.list")
    dump = next(item for item in listed if item["kind"] == "dump")
    assert outcome["backups"][0] == dump["path"]
    assert dump["rows"] == {"people": PEOPLE + 2, "audit.log": 1, "alembic_version": 1}
    restored = mini.json("db.restore", dump["path"], "--yes")
    assert restored["status"] == "verified"
    assert mini.rows() == rows
    assert mini.psql("select * from audit.log") == "1"
    # what was in the other volume is in a file beside the dump
    assert [item["kind"] for item in listed] == ["files", "dump"] or [
        item["kind"] for item in listed
    ] == ["dump", "files"]


@pytest.fixture
def pruned(mini: Mini) -> Iterator[Path]:
    """A file that tells how the cache was emptied; it is everybody's and stays."""
    told = mini.root / "pruned"
    shim = mini.root / "shim/docker"
    shim.parent.mkdir(exist_ok=True)
    real = shutil.which("docker")
    shim.write_text(
        f'#!/bin/sh\ncase "$*" in *prune*) echo "$*" >> {told}; exit 0;; esac\n'
        f'exec {real} "$@"\n'
    )
    shim.chmod(0o755)
    path = mini.environ["PATH"]
    mini.environ["PATH"] = f"{shim.parent}:{path}"
    yield told
    mini.environ["PATH"] = path
    shutil.rmtree(shim.parent)
    told.unlink(missing_ok=True)


def test_without_data_the_volume_survives(mini: Mini, pruned: Path) -> None:
    rows, before = mini.rows(), mini.container("db")
    outcome = mini.json("fix.nuke", "--yes")
    assert outcome["status"] == "verified"
    assert mini.rows() == rows
    assert mini.container("db") != before
    plan = outcome["plan"]
    assert any("postgres_data" in line for line in plan["keeps"])
    assert not plan["loses_data"]
    assert pruned.read_text() == "builder prune --all --force\n"
    ran = [" ".join(step["argv"]) for step in plan["steps"]]
    order = [
        next(n for n, line in enumerate(ran) if words in line)
        for words in (" down", "image rm", "builder prune", ".yaml build")
    ]
    assert order == sorted(order)
    assert ran[order[-1]].endswith(" build")  # the cache is gone: no --no-cache


def test_a_plan_names_all_of_it_and_changes_nothing(mini: Mini) -> None:
    engine, files = engine_state(mini.project), file_state(mini.root)
    outcome = mini.json("fix.nuke", "--data", "--plan")
    assert outcome["status"] == "planned"
    plan = outcome["plan"]
    destroys = "\n".join(plan["destroys"])
    for name in ("postgres_data", "uploads", "-backend-1", "-db-1", "builder cache"):
        assert name in destroys, name
    assert "every project" in destroys
    assert " MB)" in destroys
    assert plan["loses_data"]
    assert not any("postgres:15" in line for line in plan["destroys"])
    dry = mini.inv("--dry", "fix.nuke", "--data")
    assert dry.code == 0
    assert max(map(len, dry.out.splitlines())) <= 80
    assert engine_state(mini.project) == engine
    assert file_state(mini.root) == files


def test_without_a_terminal_nothing_is_changed(mini: Mini) -> None:
    engine, files = engine_state(mini.project), file_state(mini.root)
    for stdin in ("", f"{mini.project}\n", "y\n"):
        done = mini.inv(*NUKE, stdin=stdin)
        assert done.code == 4
        assert "no terminal" in done.out
    assert mini.json(*NUKE, code=4)["status"] == "refused"
    assert engine_state(mini.project) == engine
    assert file_state(mini.root) == files


@pytest.fixture
def neighbours(mini: Mini) -> Iterator[tuple[str, str]]:
    """Another project on the mini's own image, and a sibling file's container."""
    other = f"{mini.project}-other"
    image = f"{mini.project}-backend"
    sleeper = "command: [sleep, '600']\n    init: true\n"
    (mini.root / "other.yaml").write_text(
        f"name: {other}\nservices:\n  app:\n    image: {other}-app\n"
        f"    build:\n      dockerfile_inline: FROM {image}\n    {sleeper}"
        "    volumes: [data:/data]\nvolumes:\n  data:\n"
    )
    (mini.root / "sibling.yaml").write_text(
        f"name: {mini.project}\nservices:\n  helper:\n    image: {image}\n    {sleeper}"
    )
    for file in ("other.yaml", "sibling.yaml"):
        done = mini.run("docker", "compose", "-f", file, "up", "--detach", "--build")
        assert done.code == 0, done.err
    yield other, f"{mini.project}-helper-1"
    docker("rm", "--force", f"{mini.project}-helper-1")
    remove_project(other)


def test_neighbours_are_untouched(mini: Mini, neighbours: tuple[str, str]) -> None:
    other, helper = neighbours
    before = engine_state(other)
    sibling = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", helper)
    image = docker("inspect", "--format", "{{.Image}}", helper)
    outcome = mini.json(*NUKE, "--yes")
    assert outcome["status"] == "verified"
    after = engine_state(other)
    for part in ("containers", "volumes", "networks"):
        assert after[part] == before[part]
    assert docker("image", "inspect", "--format", "{{.Id}}", f"{other}-app")
    found = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", helper)
    assert found == sibling
    # the image it runs on is another's now, and kept for it
    assert docker("image", "inspect", "--format", "{{.Id}}", image) == image
    keeps = "\n".join(outcome["plan"]["keeps"])
    assert helper in keeps


def test_a_kill_after_every_step_is_gone_on_from(mini: Mini) -> None:
    rows = mini.rows()
    steps = mini.json(*NUKE, "--plan")["plan"]["steps"]
    total = len(steps)
    assert [step["action"] for step in steps[:4]] == [
        "backup",
        "",
        "copy-volume",
        "down",
    ]
    for n in range(1, total + 1):
        process = mini.start(*NUKE, "--yes")
        mini.kill_when(process, "done", n)
        if n in (3, 4):  # the last moment before the data goes, and the first after
            assert (postgres_volume(mini) == "") == (n == 4)
        said = mini.inv("fix.start", "--plan").err
        assert "inv fix.nuke was interrupted" in said, (n, said)
        places = [f"step {n + 1} of {total}", f"step {n + 2} of {total}"]
        places = places if n < total else ["while it was verified"]
        assert any(place in said for place in places), (n, said)
    # every step is done: only the proof is made up for
    outcome = mini.json("fix.resume", "--yes")
    assert outcome["status"] == "verified"
    assert [step["n"] for step in outcome["steps"]] == list(range(1, total + 1))
    assert len(mini.journals()) == 1
    assert mini.rows() == ""
    assert mini.json("db.restore", outcome["backups"][0], "--yes")["exit_code"] == 0
    assert mini.rows() == rows
    assert "interrupted" not in mini.inv("fix.start", "--plan").err


def postgres_volume(mini: Mini) -> str:
    return docker("volume", "ls", "-q", "--filter", f"name={mini.project}_postgres")


def test_a_kill_within_every_step_is_gone_on_from(mini: Mini) -> None:
    rows = mini.rows()
    total = len(mini.json(*NUKE, "--plan")["plan"]["steps"])
    for n in range(1, total + 1):
        process = mini.start(*NUKE, "--yes")
        mini.kill_when(process, "step", n)
    outcome = mini.json(*NUKE, "--yes")
    assert outcome["status"] == "verified"
    left = docker(
        *("ps", "--all", "--quiet", "--filter", "label=unstuck.one-off"),
        *("--filter", f"label=com.docker.compose.project={mini.project}"),
    )
    assert left == ""
    good = [p for p in outcome["backups"] if p.endswith(".dump")]
    assert mini.json("db.restore", good[0], "--yes")["exit_code"] == 0
    assert mini.rows() == rows


def test_killed_after_the_data_went_the_backup_brings_it_back(mini: Mini) -> None:
    rows = mini.rows()
    steps = mini.json(*NUKE, "--plan")["plan"]["steps"]
    down = next(n for n, step in enumerate(steps, 1) if step["action"] == "down")
    mini.kill_when(mini.start(*NUKE, "--yes"), "done", down)
    assert postgres_volume(mini) == ""
    dump = next(item for item in mini.json("db.list") if item["kind"] == "dump")
    # nothing runs, the database's volume is gone: restore starts what it needs
    assert mini.json("db.restore", dump["path"], "--yes")["exit_code"] == 0
    assert mini.rows() == rows


def test_what_was_written_since_the_interruption_is_backed_up(mini: Mini) -> None:
    mini.kill_when(mini.start(*NUKE, "--yes"), "done", 1)
    mini.must("up", "--detach", "--wait")
    mini.psql("insert into people (name) values ('late')")
    rows = mini.rows()
    outcome = mini.json(*NUKE, "--yes")
    assert outcome["status"] == "verified"
    newest = next(item for item in mini.json("db.list") if item["kind"] == "dump")
    assert mini.json("db.restore", newest["path"], "--yes")["exit_code"] == 0
    assert mini.rows() == rows


def test_two_at_once(mini: Mini) -> None:
    first = mini.start(*NUKE, "--yes")
    deadline = time.monotonic() + 30
    while not mini.journals() and time.monotonic() < deadline:
        time.sleep(0.01)
    second = mini.inv("fix.start", "--yes")
    assert second.code == 4
    assert "inv fix.nuke is changing this stack" in second.err
    assert f"pid {first.pid}" in second.err
    assert "since " in second.err
    as_json = mini.json("fix.unpause", "--yes", code=4)
    assert as_json["status"] == "refused"
    out, err = first.communicate(timeout=240)
    assert first.returncode == 0, f"{out}{err}"


def test_a_lock_of_the_dead_is_told_from_one_of_the_living(mini: Mini) -> None:
    process = mini.start(*NUKE, "--yes")
    mini.kill_when(process, "done", 1)
    done = mini.inv("fix.unpause", "--yes")
    assert f"inv fix.nuke (pid {process.pid}) died and left its lock" in done.err
    assert done.code == 0
    assert "died" not in mini.inv("fix.unpause", "--yes").err


def test_a_signal_while_it_builds_ends_with_130_and_a_journal(mini: Mini) -> None:
    process = mini.start(*NUKE, "--yes", "--json")
    mini.wait_for(process, "step", 6)
    time.sleep(0.5)
    assert "build" in journal(mini)[0]["plan"]["steps"][5]["argv"]
    outcome = signalled(process, signal.SIGTERM)
    assert outcome["next"][0] == "inv fix.resume"
    assert "in step 6 of" in outcome["summary"]
    # the command that ran is gone as well: nothing holds the lock
    resumed = mini.json("fix.resume", "--yes")
    assert resumed["status"] == "verified"
    assert mini.json("fix.resume", "--yes", code=2)["summary"]


def test_ctrl_c_while_it_verifies_is_told_and_does_not_count(mini: Mini) -> None:
    mini.edit("backend/app.py", "import markupsafe", 'os.environ["NOPE"]')
    process = mini.start("fix.rebuild-backend", "--yes", "--json")
    mini.wait_for(process, "done", 2)
    time.sleep(0.5)
    outcome = signalled(process, signal.SIGINT)
    assert outcome["summary"] == "interrupted while it was verified"
    assert outcome["changed"]
    assert journal(mini)[-1]["status"] == "interrupted"
    mini.edit("backend/app.py", 'os.environ["NOPE"]', "import markupsafe")
    # typed again it builds again: what was interrupted may be of an older file
    again = mini.inv("fix.rebuild-backend", "--yes")
    assert "fix.rebuild-backend was interrupted" in again.err
    assert "while it was verified: inv fix.resume verifies it" in again.err
    assert "[1/2] build the image of backend: done" in again.err
    assert again.code == 0
    assert "interrupted" not in mini.inv("fix.start", "--plan").err


def signalled(process: subprocess.Popen[str], kind: signal.Signals) -> Any:
    """Send a signal; return the document of a run that it interrupted."""
    os.kill(process.pid, kind)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    outcome = json.loads(out)
    assert outcome["status"] == "interrupted"
    return outcome


def test_questions_on_a_terminal(mini: Mini) -> None:
    mini.must("stop", "--timeout", "1", "backend")
    engine, files = engine_state(mini.project), file_state(mini.root)
    for keys in ("\x04", "n\r", "\r", "yess\r"):
        done = answered(mini, keys, "fix.start")
        assert (done.code, "not confirmed: nothing was changed" in done.out) == (
            4,
            True,
        )
    for keys in ("y\r", f"{mini.project}x\r", "\x04"):
        done = answered(mini, keys, *NUKE)
        assert f"Type the project's name, {mini.project}: " in done.err
        assert (done.code, "not confirmed: nothing was changed" in done.out) == (
            4,
            True,
        )
    done = answered(mini, "\x03", *NUKE, "--json")
    assert done.code == 130
    assert json.loads(done.out)["summary"] == (
        "interrupted at the question: nothing was changed"
    )
    assert engine_state(mini.project) == engine
    assert file_state(mini.root) == files
    assert answered(mini, "y\r", "fix.start").code == 0
    assert answered(mini, f"{mini.project}\r", *NUKE).code == 0
    assert mini.rows() == ""


def test_an_interrupted_run_can_be_forgotten(mini: Mini) -> None:
    mini.kill_when(mini.start(*NUKE, "--yes"), "done", 1)
    # no answer but an explicit one lets go of it
    assert answered(mini, "\x03", "fix.start").code == 130
    other = answered(mini, "n\r", "fix.start")
    assert (other.code, "it is kept: inv fix.resume" in other.err) == (0, True)
    assert mini.json("fix.resume", "--forget")["exit_code"] == 0
    assert "interrupted" not in mini.inv("fix.start", "--plan").err
