"""The plans of fixes that edit the stack's files, from stored Snapshots."""

from __future__ import annotations

from tasks.core import snapshot as snap

from .planning import commands, plan
from .stored import change, healthy, with_part, with_service

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
