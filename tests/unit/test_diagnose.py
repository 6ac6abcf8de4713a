"""From a Snapshot to its root causes, the stored healthy stack broken in copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tasks import session
from tasks.core.errors import WrongUsage
from tasks.core.model import Diagnosis
from tasks.core.snapshot import Lock, Log, Model, Port, Redis, Sample, Snapshot, Unset
from tests.unit.stored import (
    change,
    healthy,
    with_container,
    with_part,
    without,
)

STARTED = "2026-11-22T19:00:00.000000000Z"
TAKEN = "2026-11-22T19:10:00+00:00"
NUMPY = (
    "ValueError: numpy.dtype size changed, may indicate binary incompatibility. "
    "Expected 96 from C header, got 88 from PyObject"
)
TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/python3.11/runpy.py", line 196, in _run_module_as_main
    return _run_code(code, main_globals, None,
  File "/app/app/services/solver.py", line 23, in <module>
    import pandas as pd
"""
UNKNOWN = """Traceback (most recent call last):
  File "/app/app/main.py", line 7, in <module>
    from app.services import solver
  File "/app/app/services/solver.py", line 23, in plan
    raise RotaError("the rota is upside down")
app.errors.RotaError: the rota is upside down"""


def causes(snapshot: Snapshot) -> tuple[Diagnosis, ...]:
    return session.judge(snapshot).diagnoses


def ids(snapshot: Snapshot) -> list[str]:
    return [cause.id for cause in causes(snapshot)]


def model(snapshot: Snapshot | None = None) -> Model:
    found = (snapshot or healthy()).model
    assert found
    return found


def says(service: str, text: str, snapshot: Snapshot, at: str = "19:09:50") -> Snapshot:
    """Return a copy in which a service's log ends with some lines."""
    stamped = "\n".join(
        f"2026-11-22T{at}.{n:06}000Z {line}" for n, line in enumerate(text.splitlines())
    )
    container = snapshot.of(service)[0].name
    log = Log(service=service, container=container, text=stamped)
    others = tuple(x for x in snapshot.logs or () if x.service != service)
    found: Snapshot = change(snapshot, logs=(*others, log), taken=TAKEN)
    return found


def settled() -> Snapshot:
    """Return the healthy stack at a fixed time, its logs empty."""
    containers = tuple(
        change(
            c,
            started=STARTED,
            created=STARTED,
            samples=(Sample(at=TAKEN, status="running", restarts=0),),
        )
        for c in healthy().containers or ()
    )
    found: Snapshot = change(healthy(), containers=containers, logs=(), taken=TAKEN)
    return found


def looping(service: str, snapshot: Snapshot | None = None) -> Snapshot:
    snapshot = snapshot or settled()
    samples = (
        Sample(at=TAKEN, status="restarting", restarts=7, exit_code=1),
        Sample(at=TAKEN, status="running", restarts=8, exit_code=0),
    )
    changes: dict[str, Any] = {
        "status": "restarting",
        "restarts": 8,
        "exit_code": 1,
        "samples": samples,
        "started": "2026-11-22T19:09:49.000000000Z",
        "finished": "2026-11-22T19:09:51.000000000Z",
    }
    containers = tuple(
        change(c, **changes) if c.service == service else c
        for c in snapshot.containers or ()
    )
    found: Snapshot = change(snapshot, containers=containers)
    return found


def down(service: str, code: int = 0, snapshot: Snapshot | None = None) -> Snapshot:
    containers = tuple(
        change(c, status="exited", exit_code=code, health="", finished=TAKEN)
        if c.service == service
        else c
        for c in (snapshot or settled()).containers or ()
    )
    found: Snapshot = change(snapshot or settled(), containers=containers)
    return found


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


# -- logs -------------------------------------------------------------------------


def test_a_crash_loop_has_the_cause_that_its_log_tells() -> None:
    (cause,) = causes(says("backend", TRACEBACK + NUMPY, looping("backend")))
    assert cause.id == "numpy-abi"
    assert cause.confidence == "certain"
    assert any("solver.py:23" in line for line in cause.evidence)
    assert any("19:09:50" in line for line in cause.evidence)


def test_one_failure_in_three_services_is_one_cause() -> None:
    broken = settled()
    for service in ("backend", "celery-worker", "celery-beat"):
        broken = says(service, TRACEBACK + NUMPY, looping(service, broken))
    (cause,) = causes(broken)
    assert cause.id == "numpy-abi"
    assert sum("numpy.dtype" in line for line in cause.evidence) == 3


def test_what_a_run_before_the_last_good_start_said_is_history() -> None:
    old = says("backend", TRACEBACK + NUMPY, settled(), at="18:59:00")
    assert causes(old) == ()


def test_what_passed_in_a_service_that_is_well_is_over() -> None:
    lost = "psycopg2.OperationalError: server closed the connection unexpectedly"
    assert causes(says("backend", lost, settled(), at="19:08:00")) == ()


def test_a_mistyped_statement_in_the_database_is_nobodys_cause() -> None:
    line = 'ERROR:  relation "peopel" does not exist at character 15'
    assert causes(says("db", line, settled())) == ()


def test_a_table_that_is_there_now_is_missed_no_more() -> None:
    line = '(psycopg2.errors.UndefinedTable) relation "people" does not exist'
    assert causes(says("backend", line, settled())) == ()


def test_a_missing_column_waits_for_the_migration_that_makes_it() -> None:
    files = healthy().migrations
    assert files
    new = msgspec.structs.replace(
        files.revisions[-1],
        id="0008",
        down=(files.revisions[-1].id,),
        file="versions/0008_phone.py",
        names=("people", "phone"),
    )
    line = "(psycopg2.errors.UndefinedColumn) column people.phone does not exist"
    behind = change(
        says("backend", line, settled()),
        migrations=change(files, revisions=(*files.revisions, new)),
    )
    (cause,) = causes(behind)
    assert (cause.id, cause.fix) == ("alembic-behind", "fix.migrate")
    assert any("people.phone" in line for line in cause.consequences)
    (alone,) = causes(says("backend", line, settled()))
    assert (alone.id, alone.fix) == ("column-missing", None)
    assert "revision --autogenerate" in alone.advice


def test_an_address_that_names_no_service() -> None:
    line = 'could not translate host name "database" to address: unknown'
    broken = says("backend", line, settled())
    services = dict(model().services)
    environment = {
        **services["backend"].environment,
        "DATABASE_URL": "x://u@database/d",
    }
    services["backend"] = change(services["backend"], environment=environment)
    places = {"backend.environment.DATABASE_URL": "compose.yml:9"}
    named = change(model(), services=services, locations=places)
    containers = tuple(
        change(c, health="unhealthy", environment=environment)
        if c.service == "backend"
        else c
        for c in broken.containers or ()
    )
    (cause,) = causes(change(broken, model=named, containers=containers, http=None))
    assert (cause.id, cause.fix) == ("db-name-unknown", None)
    assert "no service is called that" in cause.cause
    assert "compose.yml:9: DATABASE_URL" in cause.evidence


# -- what is not known --------------------------------------------------------------


def test_when_nothing_known_fits_it_says_so_and_invents_nothing() -> None:
    (cause,) = causes(says("backend", UNKNOWN, looping("backend")))
    assert (cause.id, cause.confidence, cause.fix) == ("unknown", "possible", None)
    assert cause.category == "code"
    assert "RotaError: the rota is upside down" in cause.cause
    assert any("/app/app/services/solver.py:23 in plan" in e for e in cause.evidence)


@pytest.mark.parametrize(
    ("exception", "category"),
    [
        ("pydantic_settings.sources.SettingsError: bad", "config"),
        ("hypothetical.OperationalError: gone", "network"),
        ("MemoryError", "resource"),
        ("vendor.InvalidTokenError: no", "auth"),
        ("ZeroDivisionError: division by zero", "code"),
    ],
)
def test_an_unknown_one_is_classed_by_its_type(exception: str, category: str) -> None:
    text = UNKNOWN.rpartition("\n")[0] + "\n" + exception
    found = causes(says("backend", text, looping("backend")))
    assert found[0].category == category


def test_the_same_unknown_failure_of_two_services_is_one() -> None:
    broken = says("backend", UNKNOWN, looping("backend"))
    broken = says("celery-beat", UNKNOWN, looping("celery-beat", broken))
    (cause,) = causes(broken)
    assert "backend" in cause.cause
    assert "celery-beat" in cause.cause


def test_a_silent_death_shows_the_last_lines() -> None:
    (cause,) = causes(says("backend", "INFO: one\nINFO: two", looping("backend")))
    assert cause.id == "unknown"
    assert any("INFO: two" in line for line in cause.evidence)


def test_a_check_that_no_cause_accounts_for_is_one_itself() -> None:
    answers = tuple(
        change(answer, status=500, body="{}") for answer in healthy().http or ()
    )
    found = causes(change(settled(), http=answers))
    assert [c.id for c in found][:1] == ["check-health"]
    assert found[0].confidence == "possible"


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


def test_a_redirect_in_the_log_is_no_cause_while_the_base_url_is_right() -> None:
    line = 'INFO:     172.18.0.1:4711 - "GET /api/people HTTP/1.1" 307'
    broken = looping("backend")
    assert "api-redirected" not in ids(says("backend", line, broken))
    unseen = change(says("backend", line, broken), served=None, api_source=None)
    assert "api-redirected" in ids(unseen)


def test_a_refusal_in_the_log_is_over_once_the_store_lets_the_service_in() -> None:
    line = 'FATAL:  password authentication failed for user "scheduler"'
    text = f"psycopg2.OperationalError: connection to server failed: {line}"
    containers = tuple(
        change(c, health="unhealthy") if c.service == "backend" else c
        for c in settled().containers or ()
    )
    sick: Snapshot = change(settled(), containers=containers)
    assert "db-password-rejected" not in ids(says("backend", text, sick))
    assert "db-password-rejected" in ids(
        change(says("backend", text, sick), database=None)
    )


def test_what_a_store_suffered_is_over_once_its_check_passes() -> None:
    line = "redis.exceptions.OutOfMemoryError: command not allowed when used memory"
    assert ids(says("celery-worker", f"{line} > 'maxmemory'.", settled())) == []
    without_redis: Snapshot = change(settled(), redis=None)
    blind = says("celery-worker", f"{line} > 'maxmemory'.", without_redis)
    assert ids(blind) == ["redis-memory"]


@pytest.mark.parametrize(
    ("service", "fix"),
    [
        ("backend", "fix.rebuild-backend"),
        ("celery-worker", "fix.rebuild-backend"),
        ("frontend", "fix.rebuild-frontend"),
        ("redis", None),
    ],
)
@pytest.mark.parametrize(
    ("line", "id"),
    [
        ("exec /usr/local/bin/start: exec format error", "wrong-architecture"),
        ("Illegal instruction (core dumped)", "illegal-instruction"),
    ],
)
def test_the_image_that_failed_is_built(
    service: str, fix: str | None, line: str, id: str
) -> None:
    (cause,) = causes(says(service, line, looping(service)))
    assert (cause.id, cause.service, cause.fix) == (id, service, fix)
    assert cause.fix or service in cause.advice


def test_a_full_disk_is_why_redis_cannot_save() -> None:
    line = "35:C 22 Nov 2026 19:09:50.919 # Write error saving DB on disk"
    full = f"{line}(rdbSaveRio): No space left on device"
    redis = change(healthy().redis, write_error="the last background save failed")
    broken = says("redis", full, change(settled(), redis=redis))
    (cause,) = causes(broken)
    assert (cause.id, cause.service) == ("disk-full", "redis")
    assert any("takes no writes" in line for line in cause.consequences)


@pytest.mark.parametrize(
    ("service", "fix"),
    [("frontend", "fix.rebuild-frontend"), ("celery-worker", "fix.rebuild-backend")],
)
def test_an_entrypoint_that_is_missing_is_built_into_its_own_image(
    service: str, fix: str
) -> None:
    said = "unable to start container process: exec: "
    error = f'OCI runtime create failed: {said}"/start.sh": stat /start.sh: no such '
    broken = with_container(
        service, status="created", error=f"{error}file or directory: unknown"
    )
    assert [(c.id, c.fix) for c in causes(broken)] == [("entrypoint-missing", fix)]
