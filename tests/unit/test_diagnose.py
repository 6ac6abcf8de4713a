"""From a Snapshot to its root causes: structure, states, stores, own failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import WrongUsage
from tasks.core.snapshot import Lock, Port, Redis, Snapshot, Unset
from tests.unit.diagnosing import (
    NUMPY,
    TRACEBACK,
    causes,
    down,
    ids,
    looping,
    says,
    settled,
)
from tests.unit.stored import (
    change,
    healthy,
    with_container,
    with_part,
    without,
)


def test_a_healthy_stack_has_no_cause() -> None:
    assert causes(healthy()) == ()
    assert causes(settled()) == ()


def test_nothing_seen_is_no_cause() -> None:
    assert causes(Snapshot()) == ()


# -- structure --------------------------------------------------------------------


def test_the_database_down_outranks_the_ten_errors_that_follow() -> None:
    refused = (
        "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to "
        'server at "db" (172.18.0.2), port 5432 failed: Connection refused'
    )
    lost = "psycopg2.OperationalError: server closed the connection unexpectedly"
    broken = down("db")
    for service in ("backend", "celery-worker", "celery-beat"):
        broken = says(service, "\n".join([refused, lost, refused]), broken)
    broken = change(broken, database=None)
    (cause,) = causes(broken)
    assert (cause.id, cause.service, cause.fix) == (
        "service-stopped",
        "db",
        "fix.start",
    )
    assert cause.category == "engine"
    assert len(cause.consequences) >= 2


def test_two_independent_causes_are_two() -> None:
    broken = says("backend", TRACEBACK + NUMPY, looping("backend", down("db")))
    assert ids(change(broken, database=None)) == ["service-stopped", "numpy-abi"]


def test_services_in_one_state_are_one_cause() -> None:
    broken = down("celery-worker", 0, down("celery-beat"))
    (cause,) = causes(broken)
    assert "celery-beat" in cause.cause
    assert "celery-worker" in cause.cause
    assert cause.cause.endswith("are stopped")


@pytest.mark.parametrize(
    ("changes", "id", "fix"),
    [
        ({"status": "paused"}, "container-paused", "fix.unpause"),
        (
            {"status": "exited", "exit_code": 137, "oom_killed": True},
            "out-of-memory",
            None,
        ),
        ({"status": "created"}, "service-not-started", "fix.start"),
        (
            {"health": "unhealthy", "health_output": "Health check exceeded timeout"},
            "service-hung",
            "fix.restart",
        ),
    ],
)
def test_states(changes: dict[str, Any], id: str, fix: str | None) -> None:
    broken = with_container("celery-worker", **changes)
    (cause,) = causes(broken)
    assert (cause.id, cause.fix, cause.service) == (id, fix, "celery-worker")


def test_a_stack_that_was_never_started() -> None:
    assert ids(change(settled(), containers=(), http=None)) == ["stack-not-started"]


def test_a_held_port_explains_the_container_that_did_not_start() -> None:
    containers = tuple(
        change(c, status="created", error="driver failed: port is already allocated")
        if c.service == "backend"
        else c
        for c in settled().containers or ()
    )
    port = Port(
        service="backend", port=8000, target=8000, open=True, holder="process x (pid 1)"
    )
    broken = change(settled(), containers=containers, ports=(port,), http=None)
    (cause,) = causes(broken)
    assert (cause.id, cause.fix) == ("port-allocated", "fix.ports")
    assert "process x (pid 1)" in cause.cause


def test_an_engine_that_is_down_is_the_one_cause() -> None:
    engine = change(healthy().engine, reachable=False, error="no engine at unix:///x")
    broken = change(healthy(), engine=engine, containers=None, database=None)
    (cause,) = causes(broken)
    assert cause.id == "engine-unreachable"
    assert cause.evidence[0] == "no engine at unix:///x"


def test_a_required_key_without_a_value_is_why_compose_refuses() -> None:
    unset = Unset(name="DEMO_USER", file="compose.yml", line=12, required=True)
    error = "required variable DEMO_USER is missing a value: set DEMO_USER in .env"
    broken = with_part("model", unset=(unset,), error=error)
    (cause,) = causes(broken)
    assert (cause.id, cause.category, cause.fix) == (
        "env-key-missing",
        "config",
        "fix.env",
    )
    assert "DEMO_USER: compose.yml:12" in cause.evidence


# -- stores -----------------------------------------------------------------------


def test_a_password_that_the_volume_does_not_know() -> None:
    refusal = 'password authentication failed for user "scheduler"'
    broken = with_part("database", credentials={"backend": refusal})
    found = causes(broken)
    assert [c.id for c in found] == ["db-password-rejected"]
    assert (found[0].confidence, found[0].category) == ("certain", "auth")


def test_all_connections_taken() -> None:
    taken = with_part("database", connections=99, max_connections=100)
    assert ids(taken) == ["db-too-many-clients"]
    shut = with_part(
        "database", reachable=False, error="sorry, too many clients already"
    )
    assert ids(shut) == ["db-too-many-clients"]


def test_a_lock_names_its_holder() -> None:
    locks = (
        Lock(pid=11, seconds=60, state="idle in transaction", query="LOCK TABLE x"),
        Lock(pid=12, seconds=50, state="active", waiting_for=(11,), query="SELECT 1"),
    )
    (cause,) = causes(with_part("database", locks=locks))
    assert cause.id == "db-lock-held"
    assert "Session 11" in cause.cause
    assert (cause.fix, cause.category) == ("fix.locks", "resource")


def test_a_redis_that_cannot_save() -> None:
    redis = change(healthy().redis, write_error="the last background save failed")
    assert isinstance(redis, Redis)
    (cause,) = causes(change(settled(), redis=redis))
    assert (cause.id, cause.category) == ("redis-cannot-save", "resource")


def test_an_empty_table() -> None:
    (cause,) = causes(with_part("database", rows={"people": 0}))
    assert (cause.id, cause.category, cause.fix) == ("data-missing", "data", "fix.seed")


def test_every_evidence_says_where() -> None:
    broken = says("backend", TRACEBACK + NUMPY, looping("backend"))
    name = broken.of("backend")[0].name
    for cause in causes(broken):
        assert cause.evidence
        assert all(name in line or ":" in line for line in cause.evidence)


def test_a_probe_that_saw_nothing_makes_no_cause() -> None:
    for part in ("database", "redis", "http", "inside", "served", "login"):
        assert causes(without(part, "not asked")) == ()


# -- a user's own failures ------------------------------------------------------------

OWN = """
[[signature]]
id = "flux-empty"
category = "config"
confidence = "certain"
patterns = ["flux capacitor (?P<state>[a-z]+)"]
cause = "The flux capacitor is {state}"
roles = ["backend"]
advice = "Fill it"
reference = "https://example.org/flux"
samples = ["flux capacitor empty"]
"""


def own(path: str) -> Snapshot:
    broken = says("backend", "fatal: flux capacitor empty", looping("backend"))
    settings = change(broken.settings, signatures=(path,))
    found: Snapshot = change(broken, settings=settings)
    return found


def test_a_users_own_failure_is_known(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    (cause,) = causes(own(str(tmp_path / "own.toml")))
    assert (cause.id, cause.cause) == ("flux-empty", "The flux capacitor is empty")


def test_a_users_file_that_is_not_here_is_left_out(tmp_path: Path) -> None:
    assert ids(own(str(tmp_path / "elsewhere.toml"))) == ["unknown"]


def test_a_users_file_that_is_wrong_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text("[[signature]]\nid = 1")
    with pytest.raises(WrongUsage, match=r"odd\.toml"):
        causes(own(str(tmp_path / "odd.toml")))
