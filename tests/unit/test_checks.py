"""Each check against stored Snapshots: pass, each way of failing, skip."""

from __future__ import annotations

import pytest

from tasks import fixes  # noqa: F401 - declares them
from tasks.adapters.look import PARTS
from tasks.checking import probes_of
from tasks.core import snapshot as facts
from tasks.core.fixes.fix import FIXES
from tasks.core.snapshot import Snapshot
from tasks.core.verdict import CHECKS

from .checkcases import CASES
from .checkcases.case import Case, model
from .stored import (
    change,
    healthy,
    look,
    with_part,
    without,
)


@pytest.mark.parametrize("id", CHECKS)
def test_the_healthy_stack_passes(id: str) -> None:
    finding = look(id, healthy())
    assert finding.status == "pass", finding


@pytest.mark.parametrize("id", CHECKS)
def test_a_snapshot_of_nothing_never_passes(id: str) -> None:
    finding = look(id, Snapshot(settings=healthy().settings))
    assert finding.status == "skip"
    assert finding.summary


@pytest.mark.parametrize(
    ("id", "part"),
    [
        ("engine", "engine"),
        ("compose", "model"),
        ("env", "env"),
        ("containers", "containers"),
        ("ports", "ports"),
        ("data", "database"),
        ("database", "database"),
        ("redis", "redis"),
        ("health", "http"),
    ],
)
def test_a_hung_probe_is_a_skip_that_says_so(id: str, part: str) -> None:
    finding = look(id, without(part, timed_out=True))
    assert finding.status == "skip"
    assert "no answer within 10 s" in finding.summary


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}"[:60])
def test_each_way_of_failing(case: Case) -> None:
    id, snapshot, status, words, fix = case
    finding = look(id, snapshot)
    assert finding.status == status, finding
    assert words in "\n".join([finding.summary, *finding.evidence])
    assert finding.fix == fix


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}"[:60])
def test_alone_it_says_what_it_says_among_all(case: Case) -> None:
    """For a single check only the probes that it names are run."""
    id, snapshot, *_ = case
    looked_at = {*(probes_of([id]) or PARTS)}
    alone = change(snapshot, **{part: None for part in PARTS if part not in looked_at})
    assert look(id, alone) == look(id, snapshot)


def test_several_failures_stay_one_row_and_all_visible() -> None:
    finding = look(
        "data", with_part("database", rows={"people": 0, "rotation_templates": None})
    )
    assert finding.status == "fail"
    said = "\n".join([finding.summary, *finding.evidence])
    assert "people is empty" in said
    assert "no table rotation_templates" in said


@pytest.mark.parametrize(
    ("service", "ids"),
    [
        ("frontend", ["api-url"]),
        ("redis", ["redis"]),
        ("db", ["database", "data"]),
    ],
)
def test_a_service_the_stack_does_not_have_is_a_skip(
    service: str, ids: list[str]
) -> None:
    roles = {r: s for r, s in model().roles.items() if s != service}
    snapshot = with_part("model", roles=roles)
    part = {"frontend": "served", "redis": "redis", "db": "database"}[service]
    reason = f"the stack has no {service}"
    run_ = facts.ProbeRun(name=part, error=reason)
    snapshot = change(snapshot, probes=(run_,), **{part: None})
    for id in ids:
        finding = look(id, snapshot)
        assert finding.status == "skip"
        assert reason in finding.summary


def test_findings_name_existing_fixes() -> None:
    """Every fix that a case above names is one that the fixes declare."""
    named = {case[4] for case in CASES if case[4]}
    assert named <= {f"fix.{id}" for id in FIXES} | {"fix.auto"}
