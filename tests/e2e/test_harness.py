"""The tests' own stack can be broken in any way and comes back."""

from __future__ import annotations

import time

import pytest

from tests.harness.stack import ReferenceStack

pytestmark = pytest.mark.engine


def healths(stack: ReferenceStack) -> set[str]:
    return set(stack.must("ps", "--all", "--format", "{{.Health}}").split())


def test_reset_heals_what_tests_break(healthy_stack: ReferenceStack) -> None:
    stack = healthy_stack
    people = stack.psql("SELECT count(*) FROM people")
    assert int(people) > 0
    stack.psql("TRUNCATE people CASCADE; DROP TABLE alembic_version")
    stack.psql(f"ALTER ROLE {stack.env['DB_USER']} PASSWORD 'another'")
    stack.edit("demo/backend/requirements.txt", "numpy==1.26.4", "numpy==2.0.2")
    with (stack.root / ".env").open("a") as file:
        file.write("COOKIE_SECURE=true\n")
    stack.must("pause", "frontend")
    stack.must("exec", "-T", "-u", "0", "celery-worker", "sh", "-c", "kill -STOP -1")
    stack.must("exec", "-T", "-u", "0", "backend", "rm", "/app/app/main.py")
    stack.must("stop", "-t", "0", "celery-beat")
    stack.must("rm", "-f", "celery-beat")
    image = f"{stack.project}-backend"
    assert stack.run("docker", "image", "rm", "-f", image).code == 0

    began = time.monotonic()
    stack.reset()
    assert time.monotonic() - began < 60
    assert healths(stack) == {"healthy"}
    assert stack.psql("SELECT count(*) FROM people") == people
    assert stack.psql("SELECT count(*) FROM alembic_version") == "1"
    assert "2.0.2" not in (stack.root / "demo/backend/requirements.txt").read_text()
    assert stack.env["COOKIE_SECURE"] == "false"
    assert stack.must("exec", "-T", "backend", "ls", "/app/app/main.py")


def test_reset_heals_lost_volumes(stack: ReferenceStack) -> None:
    stack.must("down", "--volumes")
    stack.reset()
    assert healths(stack) == {"healthy"}
    assert int(stack.psql("SELECT count(*) FROM people")) > 0
