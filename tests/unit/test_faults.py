"""The faults' files: sound, and in agreement with what they are held against."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks import fixes  # noqa: F401 - declares them
from tasks.core import faults
from tasks.core.diagnosis import causes  # noqa: F401 - declares the rules
from tasks.core.diagnosis.clues import RULES
from tasks.core.errors import WrongUsage
from tasks.core.faults import Fault
from tasks.core.fixes.fix import FIXES
from tasks.core.signatures import catalogue
from tasks.faults import directory, summary

ROOT = Path(__file__).parents[2]
FAULTS = faults.load(directory())
ALL = pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda f: f.name)
KNOWN = {s.id: s for s in catalogue.load()}


def test_there_are_enough_of_every_kind() -> None:
    every = list(FAULTS.values())
    assert len(every) >= 34
    assert sum(fault.hides for fault in every) >= 5
    assert sum(bool(fault.looks) for fault in every) >= 5
    assert sum(fault.auto for fault in every) >= 20
    assert 8 <= sum(fault.quick for fault in every) <= 12


@ALL
def test_its_diagnosis_exists_in_its_category(fault: Fault) -> None:
    for id in (fault.diagnosis, *fault.also):
        assert id in RULES or id in KNOWN or id == "unknown"
    kinds = {fault.category}
    if fault.diagnosis in RULES:
        kinds = {RULES[fault.diagnosis].category}
    elif fault.diagnosis in KNOWN:
        kinds = {KNOWN[fault.diagnosis].category}
    assert fault.category in kinds


@ALL
def test_its_fix_exists_and_may_run_unattended(fault: Fault) -> None:
    if fault.fix:
        assert fault.fix.removeprefix("fix.") in FIXES
    if fault.auto:
        assert FIXES[fault.fix.removeprefix("fix.")].auto


@ALL
def test_what_it_edits_is_there(fault: Fault) -> None:
    texts: dict[str, str] = {}
    for step in fault.step:
        if isinstance(step, faults.Edit):
            text = texts.setdefault(step.file, (ROOT / step.file).read_text())
            assert step.find in text
            texts[step.file] = text.replace(step.find, step.replace)
        elif isinstance(step, faults.Write):
            assert not (ROOT / step.file).exists()


@ALL
def test_it_names_services_of_the_stack(fault: Fault) -> None:
    compose = (ROOT / "docker-compose.local.yml").read_text()
    named = [step.service for step in fault.step if hasattr(step, "service")]
    named += [until.service for until in fault.until]
    named += [fault.looks] if fault.looks else []
    for name in named:
        assert f"\n  {name}:\n" in compose


def test_the_playbook_is_covered() -> None:
    """Each failure pattern of the playbook has at least one fault."""
    wanted = {
        "numpy-abi": "1 and 8.1: numpy in the image, the pin dropped",
        "alembic-behind": "2 and 8.2: undefined column and table",
        "column-missing": "2: the migration does not exist",
        "alembic-revision-unknown": "2: migrations in every state",
        "alembic-multiple-heads": "2: migrations in every state",
        "api-url-config": "3 and 8.3: in the Compose file",
        "api-url-baked": "3: only in the built JavaScript",
        "api-url-source": "3: the default in api.ts",
        "credentials-not-sent": "4: withCredentials",
        "cookie-secure": "4: Secure over HTTP",
        "data-missing": "5: people and templates",
        "source-stale": "7 and 8.4: stale source",
        "env-drift": "3: after changing env",
    }
    assert set(wanted) <= {fault.diagnosis for fault in FAULTS.values()}


def test_what_the_list_says() -> None:
    said = summary(FAULTS["db-stopped"])
    assert said["name"] == "db-stopped"
    assert said["diagnosis"] == "service-stopped"
    assert (said["category"], said["fix"]) == ("engine", "fix.start")
    assert said["auto"] is True
    assert summary(FAULTS["unknown-exception"])["fix"] is None


def test_a_name_that_no_fault_has() -> None:
    with pytest.raises(WrongUsage) as refused:
        faults.select(FAULTS, "db-stoped")
    assert "db-stopped" in refused.value.hint
    with pytest.raises(WrongUsage):
        faults.select(FAULTS, "")


@pytest.mark.parametrize(
    "text",
    [
        "summary = 'x'",
        "summary = 'x'\ndiagnosis = 'a'\ncategory = 'weather'\nstep = []",
        "summary = 'x'\ndiagnosis = 'a'\ncategory = 'code'\nstep = [{do = 'magic'}]",
        "summary = 'x'\ndiagnosis = 'a'\ncategory = 'code'\nstep = []\ncolour = 1",
        "not TOML",
    ],
)
def test_a_file_that_is_no_fault_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(WrongUsage, match=r"odd\.toml"):
        faults.load(tmp_path)
