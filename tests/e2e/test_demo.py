"""`./inv demo`: from a fresh copy of the checkout to a checked, running stack."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator

import pytest

from tests.harness.commands import Result
from tests.harness.stack import ReferenceStack

pytestmark = pytest.mark.engine

STAGES = ("engine", "settings", "base images", "services", "data")
SECRETS = ("DB_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "DEMO_PASSWORD")


def said_every_stage(done: Result) -> None:
    lines = [line for line in done.err.splitlines() if line.startswith("[")]
    closing = [line for line in lines if line.endswith(" s)")]
    for number, title in enumerate(STAGES, 1):
        assert closing[number - 1].startswith(f"[{number}/5] {title}: "), done.err
    assert all(len(line) <= 80 for line in done.err.splitlines()), done.err


def healths(stack: ReferenceStack) -> list[str]:
    return stack.must("ps", "--all", "--format", "{{.Health}}").split()


def test_from_nothing_to_a_report_without_a_failure(stack: ReferenceStack) -> None:
    assert stack.first is not None
    said_every_stage(stack.first)
    assert stack.first.code == 0, stack.first.out
    assert f"{stack.project} · Engine " in stack.first.out
    assert "14 passed" in stack.first.out


def test_secrets_are_generated_kept_private_and_never_said(
    stack: ReferenceStack,
) -> None:
    assert stack.first is not None
    mode = (stack.root / ".env").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    values = [stack.env[key] for key in SECRETS]
    assert len(set(values)) == len(values)
    for value in values:
        assert len(value) >= 32
        assert value not in stack.first.out + stack.first.err


def test_a_second_run_changes_nothing_and_is_quick(
    healthy_stack: ReferenceStack, record_property: Callable[[str, object], None]
) -> None:
    stack = healthy_stack
    before = (stack.root / ".env").read_bytes()
    containers = stack.must("ps", "--quiet")
    done = stack.inv("demo")
    record_property("warm_seconds", done.seconds)
    assert done.code == 0, done.out + done.err
    said_every_stage(done)
    assert stack.must("ps", "--quiet") == containers
    assert (stack.root / ".env").read_bytes() == before
    assert done.seconds < 60, "a warm start takes 5 s on an idle machine"


@pytest.fixture
def to_lose_its_env(healthy_stack: ReferenceStack) -> Iterator[ReferenceStack]:
    """The stack, whose database gets back the password that it had."""
    stack = healthy_stack
    user, password = stack.env["DB_USER"], stack.env["DB_PASSWORD"]
    yield stack
    stack.psql(f"ALTER ROLE {user} PASSWORD '{password}'")


def test_a_stopped_stack_starts_with_its_data(
    to_lose_its_env: ReferenceStack, record_property: Callable[[str, object], None]
) -> None:
    """Its ``.env`` may be lost as well, as in a second checkout."""
    stack = to_lose_its_env
    stack.psql("INSERT INTO people SELECT * FROM people LIMIT 0")
    stack.psql(
        "UPDATE people SET name = 'Kept' WHERE id = (SELECT min(id) FROM people)"
    )
    running = stack.must("ps", "--quiet")
    refused = stack.inv("demo.down", "--volumes")
    assert refused.code == 4
    assert f"volume {stack.project}_postgres_data (" in refused.out
    assert "no terminal" in refused.err
    assert stack.inv("demo.down", "--volumes", "--plan").code == 0
    assert stack.must("ps", "--quiet") == running
    down = stack.inv("demo.down")
    assert down.code == 0, down.err
    assert not stack.must("ps", "--all", "--quiet")
    password = stack.env["DB_PASSWORD"]
    stack.edit(".env", f"DB_PASSWORD={password}", "DB_PASSWORD=")
    done = stack.inv("demo")
    assert "earlier data: " in done.err
    assert stack.env["DB_PASSWORD"] not in ("", password)
    record_property("start_seconds", done.seconds)
    assert done.code == 0, done.out + done.err
    assert set(healths(stack)) == {"healthy"}
    assert stack.psql("SELECT count(*) FROM people WHERE name = 'Kept'") == "1"


def test_a_stack_that_does_not_come_up_is_explained(
    healthy_stack: ReferenceStack,
) -> None:
    stack = healthy_stack
    stack.edit(
        "demo/backend/app/main.py", "import", "import nowhere_to_be_found\nimport"
    )
    done = stack.inv("demo", timeout=600)
    assert done.code == 1
    assert "[4/5] services: failed" in done.err
    assert "error: docker compose up failed" in done.err
    assert "nowhere_to_be_found" in done.out


def test_another_stack_is_none_of_its_business(stack: ReferenceStack) -> None:
    done = stack.inv("demo", env={"UNSTUCK_ROOT": "/"})
    assert done.code == 2
    assert "UNSTUCK_ROOT names another stack" in done.err
