"""The registry of fixes, and the plans of those that start, restart and build."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tasks.adapters.fixes.actions import ACTIONS
from tasks.core.errors import WrongUsage
from tasks.core.fixes.fix import FIXES, fix
from tasks.core.snapshot import Snapshot
from tasks.core.verdict import CHECKS

from .planning import commands, plan
from .stored import change, healthy, with_container, with_part, with_service

TASKS = Path(__file__).parents[2] / "tasks"


def named_fixes() -> set[str]:
    """Return every fix that a check or a signature names as the remedy."""
    found = set()
    for path in TASKS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "fix":
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.add(part.value if part.value.startswith("fix.") else "")
    for path in (TASKS / "core/signatures").glob("*.toml"):
        for signature in tomllib.loads(path.read_text()).get("signature", ()):
            found.add(signature.get("fix", ""))
    return found - {"", "fix.auto", "fix.rebuild-"}


def test_every_fix_that_is_named_exists() -> None:
    named = named_fixes()
    assert len(named) > 10
    assert named <= {declared.task for declared in FIXES.values()}


@pytest.mark.parametrize("id", FIXES)
def test_a_fix_is_declared_whole(id: str) -> None:
    declared = FIXES[id]
    assert declared.doc.strip().split("\n")[0].endswith((".", ";"))
    for check in (*declared.verify, *declared.own, *declared.must):
        assert check in CHECKS
    assert declared.verify or declared.own
    assert not declared.positional or declared.positional in declared.options


def test_two_fixes_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="'start'"):
        fix("start", verify=())(lambda _facts: ())


@pytest.mark.parametrize("id", FIXES)
def test_a_plan_survives_json(id: str) -> None:
    made = plan(id, file="backups/x.dump") if id == "db.restore" else plan(id)
    copy = msgspec.json.decode(msgspec.json.encode(made), type=type(made))
    assert copy == made
    assert {step.action for step in made.steps} <= ACTIONS.keys()


@pytest.mark.parametrize("id", FIXES)
def test_a_fix_survives_a_stack_that_can_t_be_looked_at(id: str) -> None:
    empty = Snapshot(settings=healthy().settings)
    made = plan(id, empty)
    assert made.project == "stack"
    assert {g.status for g in made.guards} <= {"skip"}


# -- start, unpause, restart, recreate, rebuild -------------------------------------


def test_start_starts_what_is_stopped_and_nothing_else() -> None:
    made = plan("start", with_container("backend", status="exited", exit_code=1))
    assert commands(made) == ["up --detach backend"]
    assert made.services == ("backend",)


def test_start_of_nothing_is_no_step() -> None:
    assert plan("start").steps == ()
    assert plan("start").blocked == ""


def test_start_of_everything_names_no_service() -> None:
    made = plan("start", change(healthy(), containers=()))
    assert commands(made) == ["up --detach"]
    assert set(made.services) == set(healthy().model.services)  # type: ignore[union-attr]


def test_start_is_blocked_by_a_held_port() -> None:
    ports = healthy().ports
    assert ports
    held = change(ports[0], open=True, ours=False, holder="process nc (pid 7)")
    made = plan("start", change(healthy(), ports=(held,)))
    assert "process nc (pid 7)" in made.blocked
    assert made.steps == ()
    assert any("process nc (pid 7)" in line for line in made.next)


def test_unpause() -> None:
    made = plan("unpause", with_container("redis", status="paused"))
    assert commands(made) == ["unpause redis"]


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({"health": "unhealthy"}, ["restart backend"]),
        ({"status": "restarting"}, ["restart backend"]),
        ({"status": "paused"}, []),
        ({}, []),
    ],
)
def test_restart_of_what_hangs(changes: dict[str, Any], steps: list[str]) -> None:
    assert commands(plan("restart", with_container("backend", **changes))) == steps


def test_restart_frees_connections_by_restarting_who_holds_them() -> None:
    crowded = with_part(
        "database", connections=99, max_connections=100, credentials={"backend": ""}
    )
    assert commands(plan("restart", crowded)) == ["restart backend"]


def test_restart_by_name() -> None:
    assert commands(plan("restart", service="db, redis")) == ["restart db redis"]
    with pytest.raises(WrongUsage, match="no service nosuch"):
        plan("restart", service="nosuch")


def test_recreate_only_what_drifted() -> None:
    environment = {**healthy().of("backend")[0].environment, "COOKIE_SECURE": "true"}
    made = plan("recreate", with_container("backend", environment=environment))
    assert commands(made) == ["up --detach --no-deps --force-recreate backend"]
    assert made.notes == ("backend: COOKIE_SECURE differ",)
    assert made.destroys == ("container of backend",)
    assert not made.loses_data


def test_recreate_redis_that_was_given_another_password_while_it_ran() -> None:
    refused = with_part("redis", credentials={"backend": "WRONGPASS invalid"})
    made = plan("recreate", refused)
    assert commands(made) == ["up --detach --no-deps --force-recreate redis"]
    environment = {"DATABASE_URL": "postgresql://app:old@db:5432/app"}
    drifted = with_container("backend", environment=environment)
    both = change(drifted, redis=refused.redis)
    assert commands(plan("recreate", both)) == [
        "up --detach --no-deps --force-recreate backend"
    ]


def test_rebuild_backend_takes_its_workers_along() -> None:
    made = plan("rebuild-backend")
    assert commands(made) == [
        "build backend",
        "up --detach backend celery-beat celery-worker",
    ]
    assert made.services == ("backend", "celery-beat", "celery-worker")
    fresh = plan("rebuild-backend", no_cache="yes")
    assert commands(fresh)[0] == "build --no-cache backend"


def test_rebuild_of_what_is_not_built_here() -> None:
    made = plan("rebuild-backend", with_service("backend", context=""))
    assert "not built here" in made.blocked
    assert made.steps == ()


# -- docker -----------------------------------------------------------------------


def test_restart_docker_on_a_mac_waits_instead_of_sleeping() -> None:
    made = plan("restart-docker", platform="darwin")
    assert [step.action for step in made.steps] == [
        "",
        "await-exit",
        "",
        "await-engine",
        "",
    ]
    assert made.steps[2].argv == ("open", "-ga", "Docker")


def test_restart_docker_elsewhere_says_what_to_type() -> None:
    made = plan("restart-docker")
    assert made.steps == ()
    assert any("systemctl restart docker" in line for line in made.next)
    desktop = plan("restart-docker", with_part("engine", desktop=True))
    assert any("docker-desktop" in line for line in desktop.next)
    far = plan("restart-docker", with_part("engine", local=False, endpoint="ssh://x"))
    assert "ssh://x" in far.blocked
