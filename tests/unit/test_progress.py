"""How far a run has come: what it says when it is cut off."""

from __future__ import annotations

from tasks.core.fixes import progress
from tasks.core.fixes.plan import Plan, StepResult
from tasks.core.model import Step

PLAN = Plan(
    task="fix.nuke",
    project="demo",
    steps=(
        Step(why="back up", action="backup"),
        Step(why="stop", argv=("docker", "stop")),
        Step(why="remove", action="down", destroys=("volume x",), loses_data=True),
        Step(why="build", argv=("docker", "build")),
    ),
    options={"data": "yes", "file": "a b"},
)


def done(*numbers: int) -> list[StepResult]:
    return [StepResult(n=n, why="", code=0) for n in numbers]


def test_where_it_is() -> None:
    assert progress.place(PLAN, 0) == "in step 1 of 4"
    assert progress.place(PLAN, 3) == "in step 4 of 4"
    assert progress.place(PLAN, 4) == "while it was verified"


def test_what_it_changed() -> None:
    assert progress.changed(PLAN, done(1)) == ()
    assert progress.changed(PLAN, done(1, 2), running=3) == ("stop", "remove (begun)")
    # a build that is cut off leaves what was there
    assert progress.changed(PLAN, done(2, 3), running=4) == ("stop", "remove")


def test_data_may_be_gone_as_soon_as_its_step_begins() -> None:
    assert [progress.lost(PLAN, n) for n in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]
    kept = Step(why="restore", action="restore", loses_data=True)
    assert not progress.lost(Plan(task="db.restore", project="x", steps=(kept,)), 1)


def test_backups_are_repeated_only_while_data_is_still_to_go() -> None:
    assert progress.again(PLAN, 2) == (1,)
    assert progress.again(PLAN, 3) == ()


def test_what_was_typed_can_be_typed_again() -> None:
    assert PLAN.command == "inv fix.nuke --data --file 'a b'"
