"""A fix looks before it plans: without an engine it says so and ends with 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks import fixes, planning, session  # noqa: F401 - declares the fixes
from tasks.core import config
from tasks.core.errors import EngineUnavailable, WrongUsage
from tasks.core.fixes.fix import FIXES
from tasks.core.redact import Redactor
from tasks.core.snapshot import Snapshot
from tasks.session import Seen

from .stored import healthy, with_part

SETTINGS = config.parse(Path("/stack"), {})
OFFLINE = {"env", "restart-docker"}


def seeing(monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot) -> None:
    seen = Seen(snapshot, Redactor.learn([]))
    monkeypatch.setattr(session, "observe", lambda *_args: seen)


@pytest.mark.parametrize("id", FIXES)
def test_without_an_engine(monkeypatch: pytest.MonkeyPatch, id: str) -> None:
    seeing(monkeypatch, with_part("engine", reachable=False, error="none answers"))
    if id in OFFLINE:
        assert planning.look(FIXES[id], SETTINGS).snapshot
        return
    with pytest.raises(EngineUnavailable, match="none answers") as no:
        planning.look(FIXES[id], SETTINGS)
    assert (no.value.code, no.value.hint) == (3, "inv fix.restart-docker")


def test_without_the_engine_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = "DOCKER_HOST=tcp://far:2375"
    seeing(
        monkeypatch,
        with_part("engine", reachable=False, error="none answers", configured=chosen),
    )
    with pytest.raises(EngineUnavailable) as no:
        planning.look(FIXES["start"], SETTINGS)
    assert no.value.hint == "docker context ls"


def test_without_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    error = "the Compose plugin is not installed"
    seeing(monkeypatch, with_part("engine", compose="", compose_error=error))
    with pytest.raises(EngineUnavailable, match="plugin"):
        planning.look(FIXES["start"], SETTINGS)


def test_what_is_well_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seeing(monkeypatch, healthy())
    assert planning.look(FIXES["start"], SETTINGS).snapshot == healthy()


def test_a_fix_that_does_not_exist() -> None:
    assert planning.declared("fix.start") is planning.declared("start")
    with pytest.raises(WrongUsage, match="called fix"):
        planning.declared("fix.nothing")
