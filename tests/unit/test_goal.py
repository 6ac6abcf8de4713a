"""Whether a fix has reached its goal."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.core.fixes import goal
from tasks.core.fixes.plan import Plan
from tasks.core.model import Confidence, Diagnosis, Finding, Report, StackId
from tasks.core.snapshot import Container, Sample, Snapshot

from .stored import change, healthy, look, with_container, with_part, without

NOW = "2026-01-31T09:30:00+00:00"


def container(**changes: Any) -> Container:
    made: dict[str, Any] = {
        "service": "web",
        "name": "p-web-1",
        "status": "running",
        "health": "healthy",
        "started": "2026-01-31T09:00:00Z",
    }
    return Container(**{**made, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"health": "", "started": "2026-01-31T09:29:50Z"}, ""),
        ({"health": "", "started": "2026-01-31T09:29:58Z"}, "only just started"),
        ({"health": "starting"}, "still starting"),
        ({"health": "unhealthy", "health_output": "a\nrefused"}, "unhealthy: refused"),
        ({"status": "exited", "exit_code": 3}, "exited (exit code 3"),
        ({"status": "exited"}, "is exited"),
        ({"status": "paused"}, "is paused"),
        ({"status": "restarting", "restarts": 4, "exit_code": 1}, "4 restarts"),
        (
            {
                "restarts": 1,
                "health": "",
                "started": "2026-01-31T09:29:58Z",
                "samples": (Sample(at=NOW, status="running", restarts=1),),
            },
            "crash loop (1 restart)",
        ),
    ],
)
def test_a_service_is_well_or_why_not(changes: dict[str, Any], words: str) -> None:
    said = goal.unwell("web", [container(**changes)], NOW)
    assert words in said
    assert bool(said) == bool(words)


def test_a_service_without_a_container_is_not_well() -> None:
    assert goal.unwell("web", []) == "web has no container"


def missing(
    snapshot: Snapshot, before: Snapshot | None = None, **plan: Any
) -> list[str]:
    made = Plan(task=plan.pop("task", "fix.start"), project="p", **plan)
    ids = (*made.verify, *made.own)
    return goal.missing(
        made,
        snapshot,
        [look(id, before or healthy()) for id in ids],
        [look(id, snapshot) for id in ids],
    )


def test_the_healthy_stack_misses_nothing() -> None:
    services = tuple(healthy().model.services)  # type: ignore[union-attr]
    assert missing(healthy(), services=services, verify=("containers", "deps")) == []


def test_a_check_that_fails_is_missing() -> None:
    broken = with_part("database", rows={"people": 0, "rotation_templates": 1})
    assert missing(broken, verify=("data",)) == ["check.data: people is empty: 0 rows"]


def test_a_check_that_could_look_before_must_look_again() -> None:
    blind = without("database", "db is exited")
    assert "could not look" in missing(blind, verify=("data",))[0]
    # what it never could is no fault of the fix
    assert missing(blind, blind, verify=("data",)) == []
    assert missing(blind, blind, verify=("data",), must=("data",)) != []


def test_a_part_that_is_not_looked_at_any_more_is_missing() -> None:
    blind = without("database", "db is exited")
    assert look("migrations", blind).status == "pass"  # one head, at least
    assert "not checked" in missing(blind, verify=("migrations",))[0]
    assert missing(blind, blind, verify=("migrations",)) == []


def test_own_checks_may_fail_for_others_but_not_name_this_fix() -> None:
    stopped = with_container("backend", status="exited", exit_code=1)
    assert missing(stopped, own=("containers",), task="fix.unpause") == []
    assert "has stopped" in missing(stopped, own=("containers",), task="fix.start")[0]


def test_a_warning_that_names_this_fix_is_missing() -> None:
    environment = {**healthy().of("backend")[0].environment, "COOKIE_SECURE": "x"}
    drifted = with_container("backend", environment=environment)
    assert look("stale", drifted).status == "warn"
    assert missing(drifted, own=("stale",), task="fix.recreate") != []
    assert missing(drifted, verify=("stale",), task="fix.seed") == []


def test_findings_of_other_checks_don_t_count() -> None:
    made = Plan(task="fix.start", project="p", verify=("containers",))
    other = Finding(id="data", status="fail", summary="no rows")
    assert goal.missing(made, change(healthy()), [], [other]) == []


def test_what_follows_from_a_mended_cause_gets_time_to_come_right() -> None:
    def cause(id: str, service: str, sure: Confidence = "likely") -> Diagnosis:
        return Diagnosis(
            id=id, category="engine", confidence=sure, cause="", service=service
        )

    def report(*failed: str, causes: tuple[Diagnosis, ...] = ()) -> Report:
        found = tuple(Finding(id=id, status="fail", summary=id) for id in failed)
        return Report(stack=StackId(), checks=found, diagnoses=causes, seconds=1.0)

    before = (cause("env-drift", "redis"), cause("numpy-abi", "backend"))
    sick = cause("service-unhealthy", "celery-worker", "possible")
    again = report("containers", "health", causes=(sick,))
    wait = goal.recovering((*before, sick), again)
    assert wait == ["containers", "health"]
    # One that was there before does not go away by waiting, nor does a wrong file.
    assert not goal.recovering(before, report("containers", causes=before[1:]))
    assert not goal.recovering(before, report("containers", "deps"))
    assert not goal.recovering(before, report())


@pytest.mark.parametrize(
    ("mendable", "waited", "found"),
    [
        (False, 0.0, ["backend"]),
        (False, 60.0, ["backend"]),
        (True, 9.0, ["backend"]),
        (True, 10.0, []),
    ],
)
def test_a_known_cause_is_not_waited_for_as_long(
    mendable: bool, waited: float, found: list[str]
) -> None:
    snapshot = with_container("backend", health="starting")
    assert goal.starting(snapshot, mendable=mendable, waited=waited) == found


def test_only_what_starts_for_the_first_time_is_waited_for() -> None:
    for changes in ({"restarts": 1}, {"status": "paused"}, {"health": "unhealthy"}):
        snapshot = with_container("backend", **{"health": "starting", **changes})
        assert goal.starting(snapshot, mendable=False, waited=0.0) == []
