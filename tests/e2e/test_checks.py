"""The checks against a real stack on a real engine, healthy and broken."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.breaking import derive, stop_processes, wait_until
from tests.harness.stack import ReferenceStack

from .proxy import Proxy

pytestmark = pytest.mark.engine


@pytest.fixture
def broken(stack: ReferenceStack) -> Iterator[ReferenceStack]:
    """The stack, to be broken by a test and mended after it."""
    yield stack
    stack.reset()


def report(
    stack: ReferenceStack, *args: str, code: int | None = None
) -> dict[str, Any]:
    """Return what ``check.all --json`` says; stdout must be one document."""
    said = stack.inv("check.all", "--json", *args)
    found: dict[str, Any] = json.loads(said.out)
    assert found["exit_code"] == said.code
    assert "Traceback" not in said.err
    if code is not None:
        assert said.code == code, found
    return found


def check(found: dict[str, Any], id: str) -> dict[str, Any]:
    rows = [row for row in found["checks"] if row["id"] == id]
    assert len(rows) == 1
    row: dict[str, Any] = rows[0]
    return row


def words(row: dict[str, Any]) -> str:
    return "\n".join([row["summary"], *row["evidence"]])


def test_the_healthy_stack_has_no_finding(stack: ReferenceStack) -> None:
    found = report(stack, "--strict", code=0)
    assert {row["status"] for row in found["checks"]} == {"pass"}, found
    assert found["diagnoses"] == []


def test_the_report_fits_the_screen(stack: ReferenceStack) -> None:
    said = stack.inv("check.all")
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    assert "\x1b" not in said.out  # no terminal, no colour


def test_no_secret_is_printed(stack: ReferenceStack) -> None:
    said = stack.inv("check.all", "--json")
    for key, value in stack.env.items():
        if "PASSWORD" in key or "SECRET" in key:
            assert value not in said.out + said.err, key


def test_numpy_2_in_the_image_is_named_while_it_loops(broken: ReferenceStack) -> None:
    derive(broken, "backend", "RUN pip install --no-deps --quiet numpy==2.2.6")
    broken.compose("up", "-d")
    wait_until(broken, "backend", lambda found: found["RestartCount"] > 0)
    found = report(broken, code=1)
    deps = words(check(found, "deps"))
    assert "numpy 2.2.6 is in the image of backend" in deps
    assert "numpy==1.26.4 is pinned" in deps
    assert "import pandas fails" in deps
    assert "numpy.dtype size changed" in deps
    looping = words(check(found, "containers"))
    assert "in a crash loop" in looping
    assert "backend: " in looping
    cause = found["diagnoses"][0]
    assert (cause["id"], cause["category"]) == ("numpy-abi", "dependency")
    # what does not depend on the backend is still known
    for id in ("data", "migrations", "database", "redis"):
        assert check(found, id)["status"] == "pass"


def test_two_revisions_behind(broken: ReferenceStack) -> None:
    broken.compose("exec", "-T", "backend", "alembic", "downgrade", "-2")
    row = check(report(broken, code=1), "migrations")
    assert "2 revisions behind" in row["summary"]
    assert row["fix"] == "fix.migrate"


def test_zero_people(broken: ReferenceStack) -> None:
    broken.psql("TRUNCATE people CASCADE")
    row = check(report(broken, code=1), "data")
    assert "people is empty" in row["summary"]
    assert row["fix"] == "fix.seed"


def test_a_wrong_url_baked_into_the_image(broken: ReferenceStack) -> None:
    """Compose is right and the served JavaScript is wrong."""
    right = f"http://localhost:{broken.env['BACKEND_PORT']}/api/v1"
    wrong = right.removesuffix("/v1")
    derive(
        broken,
        "frontend",
        f"RUN find . -name '*.js' -exec sed -i 's#{right}#{wrong}#g' {{}} +",
    )
    broken.compose("up", "-d", "--wait", "frontend")
    row = check(report(broken, code=1), "api-url")
    assert f"the served JavaScript calls {wrong}" in row["summary"]
    assert row["fix"] == "fix.rebuild-frontend"


def test_a_wrong_url_in_compose_shows_the_redirect(broken: ReferenceStack) -> None:
    broken.edit("docker-compose.local.yml", "/api/v1\n", "/api\n")
    row = check(report(broken, code=1), "api-url")
    assert "does not end in /api/v1" in row["summary"]
    assert "docker-compose.local.yml:" in words(row)
    assert "without a CORS header" in words(row)
    assert row["fix"] == "fix.api-url"


def test_a_paused_backend_delays_nothing(broken: ReferenceStack) -> None:
    broken.compose("pause", "backend")
    began = time.monotonic()
    found = report(broken, code=1)
    assert time.monotonic() - began < 15
    assert "backend is paused" in words(check(found, "containers"))
    # asked in a one-off container of the same image
    assert check(found, "deps")["status"] == "pass"


def test_a_stopped_process_is_seen_by_its_silence(broken: ReferenceStack) -> None:
    stop_processes(broken, "backend")
    found = report(broken, code=1)
    assert "no answer within" in words(check(found, "health"))
    assert check(found, "deps")["status"] == "pass"
    assert check(found, "database")["status"] == "pass"


def test_no_engine_still_checks_the_files(
    stack: ReferenceStack, tmp_path: Path
) -> None:
    missing = f"unix://{tmp_path}/none.sock"
    said = stack.inv("check.all", "--json", env={"DOCKER_HOST": missing})
    found = json.loads(said.out)
    assert said.code == 3
    assert missing in check(found, "engine")["summary"]
    for id in ("compose", "env", "deps", "migrations", "api-url", "cookies"):
        assert check(found, id)["status"] == "pass"
    for id in ("containers", "database", "redis", "data", "stale", "ports"):
        assert check(found, id)["status"] == "skip"


@pytest.mark.parametrize("connections", [3, 8, 15, 25])
def test_the_engine_dies_in_mid_check(
    stack: ReferenceStack, tmp_path: Path, connections: int
) -> None:
    proxy = Proxy(tmp_path / "engine.sock", "/var/run/docker.sock", connections)
    said = stack.inv("check.all", "--json", env={"DOCKER_HOST": proxy.url})
    found = json.loads(said.out)
    assert "Traceback" not in said.err
    assert said.code in (1, 3)
    assert len(found["checks"]) == 14
    for row in found["checks"]:
        assert row["status"] != "fail" or row["id"] in ("engine", "containers")


def test_an_engine_that_never_answers_is_given_up(
    stack: ReferenceStack, tmp_path: Path
) -> None:
    """A socket that accepts and stays silent, as a hung engine does."""
    import socket

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen(64)
        url = f"unix://{tmp_path}/silent.sock"
        began = time.monotonic()
        said = stack.inv("check.all", env={"DOCKER_HOST": url})
    assert said.code == 3
    assert "no answer in time" in " ".join(said.out.split())
    assert time.monotonic() - began < 40


def test_single_checks_look_at_no_more_than_they_need(stack: ReferenceStack) -> None:
    said = stack.inv("check.env", "--json", env={"DOCKER_HOST": "unix:///none.sock"})
    found = json.loads(said.out)
    assert [row["id"] for row in found["checks"]] == ["env"]


def test_only_and_skip(stack: ReferenceStack) -> None:
    found = report(stack, "--only", "env,deps", code=0)
    assert [row["id"] for row in found["checks"]] == ["env", "deps"]
    found = report(stack, "--skip", "cookies", code=0)
    assert "cookies" not in [row["id"] for row in found["checks"]]


def test_find_names_the_revision_of_a_column(stack: ReferenceStack) -> None:
    said = stack.inv("check.migrations", "--find", "pgy_level")
    assert said.code == 0
    assert "person_pgy_level" in said.out
    said = stack.inv("check.migrations", "--find", "no_such_column")
    assert said.code == 1
    assert "mentions no_such_column" in said.err


def test_watch_sees_a_change_and_ends_on_ctrl_c(broken: ReferenceStack) -> None:
    process = subprocess.Popen(
        ["./inv", "check.all", "--watch", "--only", "containers"],
        cwd=broken.root,
        env=broken.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        seen = [process.stdout.readline() for _ in range(4)]
        assert "none restarting" in "".join(seen)
        broken.compose("pause", "redis")
        deadline = time.monotonic() + 20
        while "redis is paused" not in seen[-1]:
            assert time.monotonic() < deadline, seen
            seen.append(process.stdout.readline())
        process.send_signal(2)
        assert process.wait(10) == 1  # what it saw last had failed
    finally:
        process.kill()


def test_a_service_without_a_container(broken: ReferenceStack) -> None:
    broken.compose("rm", "-sf", "celery-beat")
    row = check(report(broken, code=1), "containers")
    assert "celery-beat has no container" in row["summary"]
    assert row["fix"] == "fix.start"


def test_a_port_that_something_else_holds(broken: ReferenceStack) -> None:
    import socket

    broken.compose("stop", "redis")
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", int(broken.env["REDIS_PORT"])))
        holder.listen()
        row = check(report(broken, code=1), "ports")
    assert f"port {broken.env['REDIS_PORT']} of redis is held by process" in words(row)
    assert row["fix"] == "fix.ports"


def test_stale_source_and_a_drifted_environment(broken: ReferenceStack) -> None:
    broken.edit("demo/backend/app/worker.py", "import logging\n", "import logging  #\n")
    broken.edit(".env", "COOKIE_SECURE=false", "COOKIE_SECURE=true")
    row = check(report(broken, code=0), "stale")
    assert row["status"] == "warn"
    assert "demo/backend/app/worker.py" in words(row)
    assert "COOKIE_SECURE" in words(row)


def test_a_password_changed_against_the_old_volume(broken: ReferenceStack) -> None:
    broken.edit(".env", f"DB_PASSWORD={broken.env['DB_PASSWORD']}", "DB_PASSWORD=other")
    broken.compose("up", "-d", "backend")
    row = check(report(broken, code=1), "database")
    assert "refuses backend" in words(row)
    assert "password authentication failed" in words(row)
