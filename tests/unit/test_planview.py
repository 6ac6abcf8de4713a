"""How a plan and an outcome read: at 80 columns, commands that can be copied."""

from __future__ import annotations

import shlex

import pytest

from tasks.adapters.fixes import planview
from tasks.core.fixes.fix import FIXES
from tasks.core.fixes.plan import GuardResult, Outcome, Plan, StepResult
from tasks.core.model import Finding, Step

from .planning import bind, plan, stakes

LONG = (
    "docker compose -f docker-compose.local.yml run --rm --no-deps --entrypoint alembic"
)


def text(made: Plan) -> str:
    return "\n".join(planview.plan_lines(made))


@pytest.mark.parametrize("id", FIXES)
def test_every_plan_fits_80_columns(id: str) -> None:
    at_stake = stakes(binds=(bind("/home/somebody/with/a/long/path/pgdata"),))
    for made in (
        plan(id, stakes=at_stake),
        plan(id, stakes=at_stake, data="yes", keep_cache="yes"),
    ):
        assert all(len(line) <= 80 for line in planview.plan_lines(made))


def test_a_long_command_can_be_copied() -> None:
    lines = planview.command_lines([*shlex.split(LONG), "backend", "it's", "upgrade"])
    assert len(lines) > 1
    assert all(line.endswith(" \\") for line in lines[:-1])
    joined = " ".join(line.strip().removesuffix("\\") for line in lines)
    assert shlex.split(joined.removeprefix("$ ")) == [
        *shlex.split(LONG),
        "backend",
        "it's",
        "upgrade",
    ]


def test_a_plan_says_what_goes_and_what_stays() -> None:
    said = text(plan("nuke", stakes=stakes(), data="yes"))
    for words in (
        "inv fix.nuke · lead",
        "ok   guard pins",
        " 1. back up the database",
        "$ docker compose down --volumes",
        "destroys\n  - 2 containers",
        "volume lead_postgres_data (48.0 MB)",
        "every project on the engine",
        "keeps\n",
        "proves it by check.deps, check.database",
    ):
        assert words in said, words


def test_a_failing_guard_says_everything() -> None:
    guard = GuardResult(
        id="pins",
        status="fail",
        summary="numpy is wrong",
        where="r.txt:3",
        found="numpy>=2",
        wanted="numpy==1.26.4",
        mend="inv fix.pins",
    )
    made = Plan(task="fix.nuke", project="p", guards=(guard,))
    said = text(made)
    for words in (
        "FAIL guard pins",
        "where  r.txt:3",
        "found  numpy>=2",
        "inv fix.pins",
    ):
        assert words in said
    assert "overridden by --force" in "\n".join(planview.plan_lines(made, ["pins"]))


def outcome(code: int, **changes: object) -> Outcome:
    steps = (Step(why="migrate", argv=("true",)), Step(why="seed", action="seed"))
    made = {
        "task": "fix.migrate",
        "status": "unverified" if code else "verified",
        "exit_code": code,
        "summary": "not mended: people is empty" if code else "2 steps",
        "plan": Plan(task="fix.migrate", project="p", steps=steps),
        "steps": (
            StepResult(n=1, why="migrate", code=0, said="noise"),
            StepResult(n=2, why="seed", code=0, said="people: 25 rows"),
        ),
        "before": (Finding(id="data", status="fail", summary="people is empty"),),
        "after": (Finding(id="data", status="pass", summary="25 people"),),
        "next": ("inv fix.seed",),
        "journal": "/stack/.unstuck/journal/x.jsonl",
        **changes,
    }
    return Outcome(**made)  # type: ignore[arg-type]


def test_success_is_before_and_after() -> None:
    said = "\n".join(planview.outcome_lines(outcome(0)))
    assert "✓ inv fix.migrate: 2 steps" in said
    assert "before FAIL people is empty" in said
    assert "after  ok   25 people" in said
    assert "2. people: 25 rows" in said
    assert "noise" not in said
    assert "inv fix.seed" not in said


def test_failure_is_what_fails_what_changed_and_what_next() -> None:
    failed = outcome(
        5, problems=("check.data: people is empty", "db is down"), changed=("migrate",)
    )
    lines = planview.outcome_lines(failed)
    said = "\n".join(lines)
    for words in (
        "✗ inv fix.migrate: not mended",
        "still fails\n  - check.data: people is empty\n  - db is down",
        "left changed\n  - migrate",
        "→ inv fix.seed",
        "x.jsonl",
    ):
        assert words in said, words
    assert all(len(line) <= 80 for line in lines)
