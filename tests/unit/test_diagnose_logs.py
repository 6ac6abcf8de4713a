"""From what logs say to root causes: known failures, unknown ones, past ones."""

from __future__ import annotations

import msgspec
import pytest

from tasks.core.snapshot import Snapshot
from tests.unit.diagnosing import (
    NUMPY,
    TRACEBACK,
    UNKNOWN,
    causes,
    ids,
    looping,
    model,
    says,
    settled,
)
from tests.unit.stored import (
    change,
    healthy,
    with_container,
)


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


# -- what is over, and whose image it is ----------------------------------------


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
