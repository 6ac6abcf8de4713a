"""Every fix's plan, from stored Snapshots."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tasks.adapters.actions import ACTIONS
from tasks.core import snapshot as snap
from tasks.core.errors import WrongUsage
from tasks.core.fixes.fix import FIXES, build, fix
from tasks.core.snapshot import Snapshot
from tasks.core.verdict import CHECKS

from .planning import commands, facts, plan
from .stored import change, healthy, with_container, with_part, with_service, without

TASKS = Path(__file__).parents[2] / "tasks"
COMPOSE_FILE = """\
services:
  backend:
    environment:
      COOKIE_SECURE: ${COOKIE_SECURE:-false}
  frontend:
    build:
      args:
        NEXT_PUBLIC_API_URL: http://localhost:${BACKEND_PORT:-8000}/api  # base
    environment:
      NEXT_PUBLIC_API_URL: http://localhost:${BACKEND_PORT:-8000}/api
"""
FILE = "docker-compose.local.yml"
HERE = {"UNSTUCK_FILES": FILE, "COMPOSE_FILE": FILE}


def behind(*, revision: str = "0005_absences") -> Snapshot:
    return with_part("database", revisions=(revision,))


# -- the registry -----------------------------------------------------------------


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


# -- start, unpause, restart, recreate ----------------------------------------------


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


# -- builds ---------------------------------------------------------------------


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


def test_pins_edits_the_line_and_builds() -> None:
    wrong = change(
        healthy().requirements,
        lines=(
            snap.Requirement(
                name="numpy",
                specifier=">=2",
                file="demo/backend/requirements.txt",
                line=2,
                text="numpy>=2",
            ),
            snap.Requirement(
                name="scipy",
                specifier="==1.15.3",
                file="demo/backend/requirements.txt",
                line=3,
                text="scipy==1.15.3",
            ),
        ),
    )
    text = "# science\nnumpy>=2  # why\nscipy==1.15.3\n"
    made = plan(
        "pins",
        change(healthy(), requirements=wrong),
        files={"demo/backend/requirements.txt": text},
    )
    assert commands(made)[0] == "edit"
    assert made.steps[0].diff == ("-numpy>=2  # why", "+numpy==1.26.4  # why")
    assert commands(made)[1:3] == [
        "build backend",
        "up --detach backend celery-beat celery-worker",
    ]
    # exempt from the guard it mends, not from the other
    assert [guard.id for guard in made.guards] == ["api-url"]


def test_pins_that_can_t_be_edited_are_left_to_a_person() -> None:
    lines = healthy().requirements.lines  # type: ignore[union-attr]
    broken = tuple(
        change(r, specifier=">=2", text="numpy>=2") if r.name == "numpy" else r
        for r in lines
    )
    made = plan(
        "pins",
        with_part("requirements", lines=broken),
        files={"demo/backend/requirements.txt": "numpy>=2\nnumpy<3\n"},
    )
    assert made.blocked
    assert made.steps == ()


def test_api_url_keeps_variables_and_edits_both_places() -> None:
    made = plan("api-url", files={FILE: COMPOSE_FILE}, environ=HERE)
    edits = [step for step in made.steps if step.action == "edit"]
    assert len(edits) == 2
    shown = [line.strip() for step in edits for line in step.diff]
    right = "http://localhost:${BACKEND_PORT:-8000}/api/v1"
    assert f"+        NEXT_PUBLIC_API_URL: {right}  # base" in shown
    assert f"+      NEXT_PUBLIC_API_URL: {right}" in shown
    assert commands(made)[-2:] == ["build frontend", "up --detach frontend"]


def test_api_url_follows_a_variable_to_env() -> None:
    compose = (
        "services:\n  frontend:\n    environment:\n      NEXT_PUBLIC_API_URL: ${API}\n"
    )
    files = {FILE: compose, ".env": "A=1\nAPI=http://backend:8000/api # x\n"}
    made = plan("api-url", files=files, environ=HERE)
    assert made.steps[0].args["path"] == ".env"
    assert made.steps[0].diff == (
        "-API=http://backend:8000/api # x",
        "+API=http://localhost:8000/api/v1 # x",
    )


def test_api_url_mends_the_default_in_the_source() -> None:
    source = "const base = process.env.NEXT_PUBLIC_API_URL || '/api';\n"
    path = healthy().api_source.path  # type: ignore[union-attr]
    made = plan(
        "api-url",
        with_part("api_source", base="/api"),
        files={path: source},
        environ=HERE,
    )
    assert made.steps[0].diff[1].endswith("|| '/api/v1';")


def test_cookies_in_the_source() -> None:
    path = healthy().api_source.path  # type: ignore[union-attr]
    text = "export const api = axios.create({ baseURL, withCredentials: false });\n"
    made = plan(
        "cookies", with_part("api_source", credentials=False), files={path: text}
    )
    assert made.steps[0].diff[1].endswith("withCredentials: true });")
    assert commands(made)[1:] == ["build frontend", "up --detach frontend"]


def test_a_secure_cookie_over_http_is_switched_off_where_it_is_set() -> None:
    environment = {**healthy().model.services["backend"].environment}  # type: ignore[union-attr]
    environment["COOKIE_SECURE"] = "true"
    broken = with_service("backend", environment=environment)
    broken = change(
        broken,
        login=snap.Login(
            url="http://localhost:8000/login", status=200, cookie="t", secure=True
        ),
    )
    files = {FILE: COMPOSE_FILE, ".env": "COOKIE_SECURE=true\n"}
    made = plan("cookies", broken, files=files, environ=HERE)
    assert made.steps[0].diff == ("-COOKIE_SECURE=true", "+COOKIE_SECURE=false")
    assert commands(made)[1] == (
        "up --detach --no-deps backend celery-beat celery-worker"
    )
    # set nowhere but as the default in the Compose file
    text = COMPOSE_FILE.replace("COOKIE_SECURE:-false", "COOKIE_SECURE:-true")
    made = plan("cookies", broken, files={FILE: text}, environ=HERE)
    assert made.steps[0].diff[1].strip("+ ") == "COOKIE_SECURE: ${COOKIE_SECURE:-false}"
    # through an anchor: .env can be edited, what several services share can't
    anchored = (
        "x-app: &app\n  environment:\n    COOKIE_SECURE: ${COOKIE_SECURE:-true}\n"
        "services:\n  backend:\n    <<: *app\n"
    )
    files = {FILE: anchored, ".env": "COOKIE_SECURE=true\n"}
    made = plan("cookies", broken, files=files, environ=HERE)
    assert made.steps[0].diff == ("-COOKIE_SECURE=true", "+COOKIE_SECURE=false")
    made = plan("cookies", broken, files={FILE: anchored}, environ=HERE)
    assert "does not set it itself" in made.blocked
    assert made.next == (
        f"set COOKIE_SECURE in {FILE} by hand: ${{COOKIE_SECURE:-false}}",
    )
    # set nowhere: claiming that nothing is to be done would be a lie
    made = plan("cookies", change(broken, model=healthy().model))
    assert "no variable of backend" in made.blocked


def test_env_names_keys_and_no_values() -> None:
    env = healthy().env
    assert env
    keys = tuple(k for k in env.keys if k.name not in ("DB_PASSWORD", "DB_PORT"))
    made = plan("env", with_part("env", keys=keys))
    assert commands(made) == ["complete-env"]
    assert set(made.steps[0].diff) == {"+DB_PASSWORD", "+DB_PORT"}
    assert plan("env").steps == ()


# -- the database's content -------------------------------------------------------


def test_migrate_backs_up_first() -> None:
    made = plan("migrate", behind())
    assert commands(made) == [
        "backup",
        "exec --no-TTY backend alembic upgrade head",
    ]
    assert any("0006" in note for note in made.notes)
    assert made.notes[0] == ("current 0005_absences, head 0007_indexes_constraints")


def test_migrate_while_the_backend_loops() -> None:
    looping = with_container("backend", status="restarting")
    made = plan("migrate", change(looping, database=behind().database))
    assert commands(made)[1:] == [
        "run --rm --no-deps --no-TTY --entrypoint alembic backend upgrade head",
        "up --detach backend",
    ]


def test_migrate_starts_a_database_that_is_down() -> None:
    made = plan("migrate", without("database", "db is exited"))
    assert commands(made)[:3] == [
        "up --detach --no-deps db",
        "await-database",
        "backup",
    ]


def test_migrate_with_an_image_that_lacks_a_revision_file() -> None:
    files = dict(healthy().inside.files)  # type: ignore[union-attr]
    files = {
        k: v for k, v in files.items() if not k.startswith("alembic/versions/0007")
    }
    old = change(with_part("inside", files=files), database=behind().database)
    made = plan("migrate", old)
    assert commands(made) == [
        "build backend",
        "backup",
        "run --rm --no-deps --no-TTY --entrypoint alembic backend upgrade head",
        "up --detach backend celery-beat celery-worker",
    ]


def test_migrate_names_the_file_of_a_missing_column() -> None:
    log = snap.Log(
        service="backend",
        container="x",
        text="2026 UndefinedColumn: column people.active does not exist\n"
        '2026 UndefinedTable: relation "shoes" does not exist\n',
    )
    made = plan("migrate", change(behind(), logs=(log,)))
    notes = "\n".join(made.notes)
    assert "column people.active is in" in notes
    assert "0006_person_active.py (to apply)" in notes
    assert "table shoes is in no revision: one must be generated" in notes
    assert any("--autogenerate" in command for command in made.next)


def test_migrate_at_head_has_nothing_to_do() -> None:
    assert plan("migrate").steps == ()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (behind(revision="nosuch"), "at revision nosuch"),
        (
            with_part(
                "migrations",
                revisions=(
                    *healthy().migrations.revisions,  # type: ignore[union-attr]
                    snap.Revision(id="b2", down=("0006_person_active",), file="b2.py"),
                ),
            ),
            "2 heads",
        ),
        (with_part("migrations", errors=("x.py:3: invalid syntax",)), "x.py:3"),
        (without("migrations", "no Alembic"), "no Alembic"),
    ],
)
def test_migrate_leaves_to_a_person(broken: Snapshot, words: str) -> None:
    made = plan("migrate", broken)
    assert words in made.blocked
    assert made.steps == ()


def test_seed_only_what_is_empty() -> None:
    rows = {"people": 0, "rotation_templates": 10}
    made = plan("seed", with_part("database", rows=rows))
    assert [step.args for step in made.steps] == [{"table": "people"}]
    assert made.steps[0].argv[-3:] == ("python", "-m", "scripts.seed_people")
    assert made.keeps == ("rotation_templates: 10 rows are there",)


def test_seed_without_a_table_or_a_script() -> None:
    unborn = with_part("database", rows={"people": None, "rotation_templates": None})
    assert "migrated first" in plan("seed", unborn).blocked
    inside = healthy().inside
    assert inside
    files = {k: v for k, v in inside.files.items() if "seed_people" not in k}
    empty = with_part("database", rows={"people": 0, "rotation_templates": 10})
    made = plan("seed", change(empty, inside=with_part("inside", files=files).inside))
    assert "has no scripts/seed_people.py" in made.blocked
    assert "inv fix.rebuild-backend" in made.blocked


def test_restore_backs_up_what_it_replaces() -> None:
    made = plan("db.restore", file="backups/x.dump")
    assert commands(made) == [
        "backup",
        "restore",
        "restart backend celery-beat celery-worker",
    ]
    assert made.loses_data
    assert made.guards == ()
    assert "which backup" in plan("db.restore").blocked
    unfit = facts(file="x")._replace(unfit=lambda path: f"there is no {path}")
    refused = build(FIXES["db.restore"], unfit)
    assert (refused.blocked, refused.steps) == ("there is no x", ())


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
