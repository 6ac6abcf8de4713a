"""Each check against stored Snapshots: pass, each way of failing, skip."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import fixes  # noqa: F401 - declares them
from tasks.core import snapshot as facts
from tasks.core.fixes.fix import FIXES
from tasks.core.snapshot import Snapshot
from tasks.core.verdict import CHECKS

from .stored import (
    change,
    healthy,
    look,
    with_container,
    with_part,
    with_service,
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


def model() -> facts.Model:
    found = healthy().model
    assert found
    return found


# id, snapshot, status, words of the summary or evidence, fix
Case = tuple[str, Snapshot, str, str, str | None]


def engine_cases() -> list[Case]:
    return [
        (
            "engine",
            with_part("engine", reachable=False, error="no Docker Engine answers"),
            "fail",
            "no Docker Engine answers",
            "fix.restart-docker",
        ),
        (
            "engine",
            with_part("engine", compose="", compose_error="Compose v1 only"),
            "fail",
            "Compose v1 only",
            None,
        ),
        (
            "engine",
            with_part("engine", disk_free=100_000_000),
            "fail",
            "100.0 MB left",
            "fix.prune",
        ),
        (
            "engine",
            with_part("engine", disk_free=4_000_000_000),
            "warn",
            "4.0 GB left",
            "fix.prune",
        ),
        ("engine", with_part("engine", memory=10**9), "warn", "1.0 GB of memory", None),
        (
            "engine",
            with_part("engine", clock_offset=-120.0),
            "warn",
            "-120 s",
            "fix.restart-docker",
        ),
    ]


def file_cases() -> list[Case]:
    unset = facts.Unset(name="DB_PASSWORD", file="docker-compose.local.yml", line=9)
    env = healthy().env
    assert env
    first = env.keys[0]
    return [
        (
            "compose",
            with_part("model", error="yaml: line 3: did not find expected key"),
            "fail",
            "line 3",
            None,
        ),
        (
            "compose",
            with_part("model", unset=(unset,)),
            "warn",
            "docker-compose.local.yml:9",
            "fix.env",
        ),
        (
            "compose",
            with_part("model", unset=(change(unset, required=True),)),
            "fail",
            "DB_PASSWORD must be set",
            "fix.env",
        ),
        ("env", with_part("env", exists=False, keys=()), "fail", "missing", "fix.env"),
        ("env", with_part("env", keys=env.keys[1:]), "fail", first.name, "fix.env"),
        (
            "env",
            with_part("env", keys=(change(first, empty=True), *env.keys[1:])),
            "fail",
            f"{first.name} is empty",
            "fix.env",
        ),
        (
            "env",
            with_part(
                "env", keys=(*env.keys, facts.EnvKey(name="DB_PASWORD", line=99))
            ),
            "warn",
            ".env:99 DB_PASWORD",
            None,
        ),
        ("env", with_part("env", invalid=(4,)), "fail", ".env:4", None),
        ("env", with_part("env", mode=0o644), "warn", "644", None),
    ]


def container_cases() -> list[Case]:
    sample = facts.Sample(at="2026-11-22T10:00:00.5Z", status="running", restarts=3)
    ran = {"restarts": 4, "started": "2026-11-22T10:00:00Z", "exit_code": 1}
    port = facts.Port(service="db", port=5432, target=5432)
    return [
        (
            "containers",
            change(healthy(), containers=()),
            "fail",
            "nothing is started",
            "fix.start",
        ),
        (
            "containers",
            with_container("backend", status="restarting", restarts=7, exit_code=1),
            "fail",
            "crash loop: 7 restarts",
            "fix.auto",
        ),
        (  # it reads "running", and restarted between two samples
            "containers",
            with_container(
                "backend", samples=(sample, change(sample, restarts=4)), **ran
            ),
            "fail",
            "crash loop",
            "fix.auto",
        ),
        (  # it reads "running" in every sample, and has just come up again
            "containers",
            with_container("backend", samples=(change(sample, restarts=4),), **ran),
            "fail",
            "crash loop",
            "fix.auto",
        ),
        (  # it restarted long ago and has stayed up since
            "containers",
            with_container(
                "backend",
                samples=(change(sample, restarts=4, at="2026-11-22T11:00:00Z"),),
                **ran,
            ),
            "pass",
            "",
            None,
        ),
        (
            "containers",
            with_container("backend", oom_killed=True, exit_code=137),
            "fail",
            "want of memory",
            None,
        ),
        (
            "containers",
            with_container("db", status="paused"),
            "fail",
            "paused",
            "fix.unpause",
        ),
        (
            "containers",
            with_container("redis", status="exited", exit_code=0),
            "fail",
            "has stopped",
            "fix.start",
        ),
        (
            "containers",
            with_container("redis", status="created"),
            "fail",
            "never started",
            "fix.start",
        ),
        (  # "unhealthy" contains "healthy"
            "containers",
            with_container("backend", health="unhealthy", health_output="503"),
            "fail",
            "unhealthy",
            "fix.restart",
        ),
        (
            "containers",
            with_container("backend", health="starting"),
            "warn",
            "starting",
            None,
        ),
        (
            "ports",
            change(
                healthy(), ports=(change(port, open=True, holder="process nc (pid 9)"),)
            ),
            "fail",
            "held by process nc (pid 9)",
            "fix.ports",
        ),
    ]


def dependency_cases() -> list[Case]:
    inside, lines = healthy().inside, healthy().requirements
    assert inside
    assert lines

    def pinned(specifier: str) -> Snapshot:
        return with_part(
            "requirements",
            lines=tuple(
                change(line, specifier=specifier) if line.name == "numpy" else line
                for line in lines.lines
            ),
        )

    crash = "ValueError: numpy.dtype size changed"
    return [
        ("deps", pinned(">=2"), "fail", "numpy", "fix.pins"),
        ("deps", pinned(""), "fail", "numpy", "fix.pins"),
        (
            "deps",
            with_part(
                "requirements", lines=tuple(x for x in lines.lines if x.name != "scipy")
            ),
            "fail",
            "scipy",
            "fix.pins",
        ),
        (
            "deps",
            with_part("inside", versions={**inside.versions, "numpy": "2.1.0"}),
            "fail",
            "numpy 2.1.0 is in the image",
            "fix.rebuild-backend",
        ),
        (
            "deps",
            with_part("inside", imports={**inside.imports, "pandas": crash}),
            "fail",
            crash,
            "fix.rebuild-backend",
        ),
        (
            "deps",
            with_part("inside", versions={}),
            "fail",
            "not installed",
            "fix.rebuild-backend",
        ),
        (
            "stale",
            with_part("inside", versions={**inside.versions, "pandas": "2.2.0"}),
            "fail",
            "the requirements say",
            "fix.rebuild-backend",
        ),
    ]


def schema_cases() -> list[Case]:
    files = healthy().migrations
    assert files
    head = files.revisions[-1]
    down = files.revisions[-3].id
    twin = change(head, id="aaaa", file="versions/aaaa.py")
    return [
        (
            "migrations",
            with_part("database", revisions=(down,)),
            "fail",
            "2 revisions behind",
            "fix.migrate",
        ),
        (
            "migrations",
            with_part("database", revisions=None),
            "fail",
            "no alembic_version",
            "fix.migrate",
        ),
        (
            "migrations",
            with_part("database", revisions=("deadbeef",)),
            "fail",
            "deadbeef, which no version file has",
            None,
        ),
        (
            "migrations",
            with_part("migrations", revisions=(*files.revisions, twin)),
            "fail",
            "2 heads",
            None,
        ),
        (
            "migrations",
            with_part("migrations", errors=("versions/x.py:3: invalid syntax",)),
            "fail",
            "versions/x.py:3",
            None,
        ),
        (
            "data",
            with_part("database", rows={"people": 0, "rotation_templates": 3}),
            "fail",
            "people is empty",
            "fix.seed",
        ),
        (
            "data",
            with_part("database", rows={"people": 1, "rotation_templates": None}),
            "fail",
            "no table rotation_templates",
            "fix.migrate",
        ),
        (
            "database",
            with_part("database", reachable=False, error="connection refused"),
            "fail",
            "connection refused",
            "fix.start",
        ),
        (
            "database",
            with_part("database", credentials={"backend": "password authentication"}),
            "fail",
            "refuses backend",
            None,
        ),
        (
            "database",
            with_part("database", connections=99, max_connections=100),
            "fail",
            "99 of 100",
            "fix.restart",
        ),
        (
            "database",
            with_part(
                "database",
                locks=(facts.Lock(pid=7, seconds=90, state="", waiting_for=(5,)),),
            ),
            "warn",
            "session 7 waits for pid 5",
            "fix.locks",
        ),
        (
            "redis",
            with_part("redis", reachable=False, error="is paused"),
            "fail",
            "is paused",
            "fix.start",
        ),
        (
            "redis",
            with_part("redis", write_error="the last background save failed"),
            "fail",
            "takes no writes",
            None,
        ),
        (
            "redis",
            with_part("redis", credentials={"backend": "WRONGPASS"}),
            "fail",
            "refuses backend",
            "fix.recreate",
        ),
    ]


def web_cases() -> list[Case]:
    variable = "NEXT_PUBLIC_API_URL"
    bad = {variable: "http://localhost:8000/api"}
    answers = healthy().http
    assert answers

    def answer(name: str, **changes: Any) -> Snapshot:
        found = tuple(
            change(r, **changes) if r.name.startswith(name) else r for r in answers
        )
        return change(healthy(), http=found)

    body = '{"status": "unhealthy", "database": "down"}'
    return [
        (
            "api-url",
            with_service("frontend", environment=bad, build_args=bad),
            "fail",
            "does not end in /api/v1",
            "fix.api-url",
        ),
        (
            "api-url",
            with_service(
                "frontend",
                environment={variable: "http://backend:8000/api/v1"},
                build_args={variable: "http://backend:8000/api/v1"},
            ),
            "fail",
            "can't resolve the service name backend",
            "fix.api-url",
        ),
        (
            "api-url",
            with_part("api_source", base="/api"),
            "fail",
            "it should be /api/v1",
            "fix.api-url",
        ),
        (
            "api-url",
            with_part("served", bases={"http://localhost:8000/api": "/_next/a.js"}),
            "fail",
            "the served JavaScript calls http://localhost:8000/api",
            "fix.rebuild-frontend",
        ),
        (
            "api-url",
            answer("api", headers={}),
            "fail",
            "does not allow the frontend's origin",
            "fix.recreate",
        ),
        (
            "cookies",
            with_part("api_source", credentials=None),
            "fail",
            "withCredentials is not set",
            "fix.cookies",
        ),
        (
            "cookies",
            with_part("api_source", credentials=False),
            "fail",
            "withCredentials is false",
            "fix.cookies",
        ),
        ("cookies", with_part("login", secure=True), "fail", "Secure", "fix.cookies"),
        ("cookies", with_part("login", next_status=401), "fail", "next request", None),
        ("cookies", with_part("login", cookie=""), "fail", "sets no cookie", None),
        ("cookies", with_part("login", status=403), "fail", "answers 403", None),
        (
            "health",
            answer("health", status=503, body=body),
            "fail",
            "answers 503",
            "fix.auto",
        ),
        ("health", answer("health", body=body), "fail", "says unhealthy", None),
        ("health", answer("health", body="healthy"), "fail", "no JSON", None),
        (
            "health",
            answer("health", error="connection refused"),
            "fail",
            "refused",
            "fix.auto",
        ),
    ]


def stale_cases() -> list[Case]:
    host = healthy().host_files
    assert host
    path = next(iter(host.files))
    environment = dict(model().services["backend"].environment)
    key = next(iter(environment))
    dockerfiles = healthy().dockerfiles
    assert dockerfiles
    edited = change(
        dockerfiles[0],
        changed="2099-01-01T00:00:00Z",
        text="FROM x\nRUN apt-get install -y cowsay\n",
    )
    return [
        (
            "stale",
            with_part("host_files", files={**host.files, path: "0" * 16}),
            "warn",
            path,
            "fix.rebuild-backend",
        ),
        (
            "stale",
            with_service("backend", environment={**environment, key: "other"}),
            "warn",
            key,
            "fix.recreate",
        ),
        (
            "stale",
            change(healthy(), dockerfiles=(edited,)),
            "warn",
            "older than its Dockerfile",
            "fix.rebuild-backend",
        ),
    ]


CASES = [
    *engine_cases(),
    *file_cases(),
    *container_cases(),
    *dependency_cases(),
    *schema_cases(),
    *web_cases(),
    *stale_cases(),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}"[:60])
def test_each_way_of_failing(case: Case) -> None:
    id, snapshot, status, words, fix = case
    finding = look(id, snapshot)
    assert finding.status == status, finding
    assert words in "\n".join([finding.summary, *finding.evidence])
    assert finding.fix == fix


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
