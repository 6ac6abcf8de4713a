"""The fault matrix: every fault diagnosed, mended where it can be, data intact.

A spread of the faults by default, all of them with ``--faults all``, which also
writes ``docs/fault-matrix.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tasks.core.faults import Fault, load, select
from tests.e2e import matrix
from tests.e2e.matrix import Row
from tests.harness.commands import CHECKOUT
from tests.harness.stack import ReferenceStack

pytestmark = pytest.mark.engine

FAULTS = load(CHECKOUT / "demo" / "faults")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        faults = chosen(metafunc.config.getoption("--faults"))
        metafunc.parametrize("fault", faults, ids=lambda fault: fault.name)


def chosen(option: str) -> list[Fault]:
    if option == "all":
        return list(FAULTS.values())
    if option:
        return [select(FAULTS, name.strip()) for name in option.split(",")]
    return [fault for fault in FAULTS.values() if fault.quick]


@pytest.fixture(scope="module")
def running(stack: ReferenceStack) -> ReferenceStack:
    """A healthy stack with rows in it that no seed brings back."""
    stack.reset()
    stack.psql(matrix.SCHEDULE)
    return stack


def said(stack: ReferenceStack, *args: str, codes: tuple[int, ...] = (0, 1)) -> Any:
    # On a crowded machine a frontend alone takes ten minutes to build.
    done = stack.inv(*args, "--json", timeout=1000)
    assert done.code in codes, f"inv {' '.join(args)}: {done.code}\n{done.err[-3000:]}"
    return json.loads(done.out)


def test_a_fault(
    running: ReferenceStack, fault: Fault, record_property: Callable[..., None]
) -> None:
    stack = running
    tables = matrix.columns(stack)
    before = matrix.fingerprint(stack, tables)
    broken = stack.inv("demo.break", fault.name, timeout=600)
    try:
        assert broken.code == 0, broken.err
        row, words = _diagnosed_and_mended(stack, fault, tables, before)
    finally:
        healed = stack.inv("demo.heal", timeout=600)
    record_property(matrix.PROPERTY, row._asdict())
    assert healed.code == 0, healed.err
    assert matrix.lost(before, matrix.fingerprint(stack, tables), reseeded=False) == []
    assert row.good, f"{row}\n{words}"


def _diagnosed_and_mended(
    stack: ReferenceStack, fault: Fault, tables: matrix.Columns, before: matrix.Prints
) -> tuple[Row, str]:
    triage = stack.inv("triage", "--json")
    quick = json.loads(triage.out)["diagnoses"]
    found = said(stack, "check.all")["diagnoses"]
    ids = [diagnosis["id"] for diagnosis in found]
    first = bool(found) and _is(found[0], fault) and set(fault.also) <= set(ids)
    # The quick look may see less, but what it names first must be right, too.
    first = first and bool(quick) and _is(quick[0], fault)
    account = said(stack, "fix.auto", "--yes", codes=(0, 1, 4, 5))
    fixed = account["status"]
    if fault.auto:
        after = said(stack, "check.all")
        if fixed == "green" and after["exit_code"]:
            fixed = "not green"
        reseeded = fault.data == "reseeded"
        gone = matrix.lost(before, matrix.fingerprint(stack, tables), reseeded=reseeded)
    else:
        # Nothing else was promised: it must say so rather than claim success.
        fixed = "person" if account["exit_code"] else "claimed to be green"
        gone = []
    row = Row(
        fault=fault.name,
        diagnosis=fault.diagnosis,
        diagnosed=fault.diagnosis in ids,
        first=first,
        triage=triage.seconds,
        auto=fault.auto,
        fixed=fixed,
        seconds=account["seconds"] if fault.auto else 0.0,
        intact=not gone,
    )
    told = {"triage": quick, "check.all": found, "fix.auto": account, "lost": gone}
    return row, json.dumps(told, indent=1)[:20_000]


def _is(diagnosis: dict[str, Any], fault: Fault) -> bool:
    wanted = (fault.diagnosis, fault.category, fault.fix or None)
    return (diagnosis["id"], diagnosis["category"], diagnosis["fix"]) == wanted


def test_a_healthy_stack_has_no_cause(
    healthy_stack: ReferenceStack, pytestconfig: pytest.Config
) -> None:
    runs = 20 if pytestconfig.getoption("--faults") == "all" else 4
    for _ in range(runs):
        report = said(healthy_stack, "check.all")
        failed = [c for c in report["checks"] if c["status"] in ("fail", "warn")]
        assert (failed, report["diagnoses"]) == ([], [])
        triage = said(healthy_stack, "triage")
        assert (triage["containers"], triage["diagnoses"]) == ([], [])


def test_healing_a_healthy_stack_changes_no_row(healthy_stack: ReferenceStack) -> None:
    stack = healthy_stack
    tables = matrix.columns(stack)
    before = matrix.fingerprint(stack, tables)
    assert stack.inv("demo.heal").code == 0
    assert matrix.fingerprint(stack, tables) == before


def test_the_list_of_faults(healthy_stack: ReferenceStack) -> None:
    listed = said(healthy_stack, "demo.faults", codes=(0,))
    assert len(listed) >= 30
    keys = {"name", "diagnosis", "category", "fix", "auto"}
    assert all(keys <= set(fault) for fault in listed)
