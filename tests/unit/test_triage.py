"""The one screen: states, last words, causes; at most 80 columns."""

from __future__ import annotations

import pytest

from tasks import session
from tasks.adapters import render_triage
from tasks.core.diagnosis.triage import State, Triage, decided, states_of, triage
from tasks.core.logs import happenings
from tasks.core.model import StackId
from tasks.core.snapshot import ProbeRun
from tests.unit.diagnosing import (
    NUMPY,
    TAKEN,
    TRACEBACK,
    UNKNOWN,
    down,
    looping,
    says,
    settled,
)
from tests.unit.stored import change


def of(snapshot: object, service: str = "") -> Triage:
    return triage(snapshot, session.judge(snapshot), service)  # type: ignore[arg-type]


def test_a_healthy_stack() -> None:
    found = of(settled())
    assert (found.containers, found.exception, found.diagnoses) == ((), None, ())
    assert found.exit_code == 0
    lines = "\n".join(render_triage.screen(found, TAKEN)).split("\n")
    assert "none restarts" in lines[-2]
    assert max(map(len, lines)) <= 80


def test_a_crash_loop_says_who_how_often_why_and_since_when() -> None:
    found = of(says("backend", UNKNOWN, looping("backend")))
    (state,) = found.containers
    assert (state.service, state.state, state.restarts) == ("backend", "restarting", 8)
    assert (state.exit_code, state.meaning[:18]) == (1, "the program failed")
    assert state.since.startswith("2026-11-22T19:09:51")
    assert found.exception
    assert found.exception.type == "app.errors.RotaError"
    assert found.exception.message == "the rota is upside down"
    assert found.exception.frame == "/app/app/services/solver.py:23 in plan"
    assert found.exit_code == 1


def test_the_screen_fits_80_columns_and_has_everything() -> None:
    found = of(says("backend", TRACEBACK + NUMPY, looping("backend")))
    lines = "\n".join(render_triage.screen(found, TAKEN)).split("\n")
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 30
    text = "\n".join(lines)
    for word in (
        "backend: 8 restarts, exit code 1",
        "9 s ago",
        "ValueError: numpy.dtype size changed",
        "/app/app/services/solver.py:23",
        "dependency, certain",
        "→ inv fix.",
    ):
        assert word in text


def test_one_service_and_the_causes_in_what_it_needs() -> None:
    broken = says("frontend", UNKNOWN, looping("frontend", down("db")))
    broken = change(broken, database=None)
    assert [d.service for d in of(broken).diagnoses] == ["db", "frontend"]
    backend = of(broken, "backend")
    assert [d.service for d in backend.diagnoses] == ["db"]
    assert backend.containers == ()
    assert [d.service for d in of(broken, "redis").diagnoses] == []


def test_the_worst_comes_first() -> None:
    broken = looping("redis", down("celery-beat"))
    states = states_of(broken)
    assert [(s.service, s.state) for s in states] == [
        ("redis", "restarting"),
        ("celery-beat", "exited"),
    ]
    gone = change(
        settled(),
        containers=tuple(
            c for c in settled().containers or () if c.service != "frontend"
        ),
    )
    assert states_of(gone) == (State(service="frontend", state="missing"),)


def test_a_quick_look_is_enough_once_the_cause_is_known() -> None:
    known = says("backend", TRACEBACK + NUMPY, looping("backend"))
    assert decided(session.judge(known), known)
    unknown = says("backend", UNKNOWN, looping("backend"))
    assert not decided(session.judge(unknown), unknown)
    assert not decided(session.judge(settled()), settled())


def test_a_quick_look_waits_for_who_can_tell() -> None:
    line = "(psycopg2.errors.UndefinedColumn) column people.phone does not exist"
    asked = (ProbeRun(name="database", timed_out=True),)
    broken = says("backend", line, change(settled(), database=None, probes=asked))
    report = session.judge(broken)
    assert report.diagnoses[0].id == "column-missing"
    assert not decided(report, broken)
    answered = change(broken, database=settled().database, probes=())
    assert decided(session.judge(answered), answered)


def test_an_image_that_cannot_be_entered_needs_no_pins() -> None:
    known = says("backend", TRACEBACK + NUMPY, looping("backend"))
    assert of(change(known, inside=None)).diagnoses[0].fix == "fix.rebuild-backend"


def test_no_cause_for_what_is_seen_is_said() -> None:
    found = Triage(
        stack=StackId(project="p"),
        containers=(State(service="x", state="exited"),),
        exit_code=1,
    )
    assert "no cause found" in render_triage.screen(found, TAKEN)[-1]


# -- following ----------------------------------------------------------------------


def event(action: str, **attributes: str) -> dict[str, object]:
    labels = {"com.docker.compose.service": "backend", **attributes}
    return {"Action": action, "Actor": {"Attributes": labels}, "time": 1763839805}


@pytest.mark.parametrize(
    ("action", "attributes", "text", "bad"),
    [
        ("die", {"exitCode": "1"}, "ended: exit code 1", True),
        ("die", {"exitCode": "0"}, "ended: exit code 0", False),
        ("start", {}, "started", False),
        ("oom", {}, "ran out of memory", True),
        ("health_status: unhealthy", {}, "is unhealthy", True),
        ("health_status: healthy", {}, "is healthy", False),
        ("pause", {}, "was paused", False),
    ],
)
def test_events(action: str, attributes: dict[str, str], text: str, bad: bool) -> None:
    found = happenings.of_event(event(action, **attributes))
    assert found
    assert found.text.startswith(text)
    assert (found.service, found.bad, found.matters) == ("backend", bad, True)
    assert found.at == "19:30:05"


@pytest.mark.parametrize(
    "quiet",
    [
        event("exec_start: true"),
        event("start", **{"com.docker.compose.oneoff": "True"}),
        {"Action": "start", "Actor": {"Attributes": {}}},
        {},
    ],
)
def test_what_is_no_news(quiet: dict[str, object]) -> None:
    assert happenings.of_event(quiet) is None


def test_what_a_service_writes() -> None:
    stamp = "2026-11-22T19:09:50.0000{}Z "
    lines = ["INFO: well", *UNKNOWN.splitlines(), "INFO: on"]
    text = "\n".join(stamp.format(n) + line for n, line in enumerate(lines))
    (found,) = happenings.of_log("backend", text)
    assert found.at == "19:09:50"
    assert "RotaError: the rota is upside down at /app/app/services" in found.text
    line = render_triage.happening_line(found)
    assert all(len(part) <= 80 for part in line.split("\n"))
    assert line.startswith("19:09:50 backend ")
