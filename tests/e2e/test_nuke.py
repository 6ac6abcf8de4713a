"""fix.nuke on a real engine: what goes, what stays, and what a kill leaves."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.harness.mini import PEOPLE, Mini
from tests.harness.stack import remove_project

from .mending import docker, engine_state, file_state, findings, journal

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


def test_without_data_the_volume_survives(mini: Mini) -> None:
    rows, before = mini.rows(), mini.container("db")
    outcome = mini.json("fix.nuke", "--keep-cache", "--yes")
    assert outcome["status"] == "verified"
    assert mini.rows() == rows
    assert mini.container("db") != before
    assert any("postgres_data" in line for line in outcome["plan"]["keeps"])
    assert not outcome["plan"]["loses_data"]


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
    total = len(mini.json(*NUKE, "--plan")["plan"]["steps"])
    for n in range(1, total):
        process = mini.start(*NUKE, "--yes")
        mini.kill_when(process, "done", n)
        said = mini.inv("fix.start", "--plan").err
        assert "inv fix.nuke was interrupted" in said, (n, said)
        assert f"step {n + 1} of {total}" in said or f"step {n + 2} of" in said
    outcome = mini.json(*NUKE, "--yes")
    assert outcome["status"] == "verified"
    assert [step["n"] for step in outcome["steps"]] == list(range(1, total + 1))
    assert len(mini.journals()) == 1
    assert mini.rows() == ""
    assert mini.json("db.restore", outcome["backups"][0], "--yes")["exit_code"] == 0
    assert mini.rows() == rows


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
    assert docker("volume", "ls", "-q", "--filter", f"name={mini.project}_pos") == ""
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


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_with_130_and_a_journal(mini: Mini, kind: signal.Signals) -> None:
    process = mini.start(*NUKE, "--yes", "--json")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(
        record.get("event") == "step" and record["n"] == 6
        for record in (journal(mini) if mini.journals() else [])
    ):
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(process.pid, kind)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    outcome = json.loads(out)
    assert outcome["status"] == "interrupted"
    assert outcome["next"][0] == "inv fix.resume"
    # the command that ran is gone as well: nothing holds the lock
    resumed = mini.json("fix.resume", "--yes")
    assert resumed["status"] == "verified"
    assert mini.json("fix.resume", "--yes", code=2)["summary"]


def test_an_interrupted_run_can_be_forgotten(mini: Mini) -> None:
    mini.kill_when(mini.start(*NUKE, "--yes"), "done", 1)
    assert mini.json("fix.resume", "--forget")["exit_code"] == 0
    assert "interrupted" not in mini.inv("fix.start", "--plan").err
