"""Guards and the fixes that edit files, on the real stack: numpy, Next.js, a login.

Each fix puts the files back as they were, byte for byte, so the builder cache
has the images already.
"""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.harness.stack import ReferenceStack

from .mending import engine_state, findings

pytestmark = pytest.mark.engine

COMPOSE_FILE = "docker-compose.local.yml"
REQUIREMENTS = "demo/backend/requirements.txt"
API_SOURCE = "demo/frontend/src/lib/api.ts"


def fixed(stack: ReferenceStack, *args: str, code: int = 0) -> Any:
    """Run a fix with ``--yes --json``; return its document."""
    done = stack.inv(*args, "--yes", "--json", timeout=600)
    assert done.code == code, f"{done.out[-4000:]}{done.err[-2000:]}"
    return json.loads(done.out)


def changed_files(stack: ReferenceStack) -> str:
    """Return the tracked files that are not as they were."""
    return stack.run("git", "diff", "--name-only").out


@pytest.fixture
def loose(healthy_stack: ReferenceStack) -> ReferenceStack:
    """The stack with a loosened numpy pin and an API address without /v1."""
    stack = healthy_stack
    stack.edit(REQUIREMENTS, "numpy==1.26.4", "numpy>=1.26")
    stack.edit(COMPOSE_FILE, "BACKEND_PORT:-8000}/api/v1", "BACKEND_PORT:-8000}/api")
    return stack


def test_guards_refuse_and_are_forced_and_their_faults_mended(
    loose: ReferenceStack,
) -> None:
    stack = loose
    stack.must("up", "--detach", "--no-deps", "--no-build", "frontend")
    stack.must("stop", "--timeout", "2", "celery-beat")
    before = engine_state(stack.project), changed_files(stack)
    refused = stack.inv("fix.rebuild-frontend", "--yes")
    assert refused.code == 4
    assert (engine_state(stack.project), changed_files(stack)) == before
    for words in (
        *(f"where  {REQUIREMENTS}:5", "found  numpy>=1.26", "wanted numpy==1.26.4"),
        *("mend   inv fix.pins", f"where  {COMPOSE_FILE}:", "mend   inv fix.api-url"),
        *(f"found  {stack.backend}/api\n", f"wanted {stack.backend}/api/v1"),
        "→ inv fix.pins --force, then inv fix.api-url",
    ):
        assert words in refused.out, (words, refused.out)
    assert stack.inv("fix.rebuild-frontend", "--plan", "--json").code == 4

    forced = stack.inv("fix.start", "--yes", "--force")
    assert forced.code == 0, forced.out
    for guard in ("pins", "api-url"):
        assert f"the guard {guard} failed and was overridden" in forced.out

    # as it was told: the first of the two is forced past the other's guard
    assert fixed(stack, "fix.pins", code=4)["status"] == "refused"
    pins = fixed(stack, "fix.pins", "--force")
    assert (pins["status"], pins["overridden"]) == ("verified", ["api-url"])
    assert findings(pins, "before")["deps"] == "fail"
    assert findings(pins, "after")["deps"] == "pass"
    assert changed_files(stack).split() == [COMPOSE_FILE]
    api = fixed(stack, "fix.api-url")
    assert api["status"] == "verified"
    assert findings(api, "before")["api-url"] == "fail"
    assert findings(api, "after")["api-url"] == "pass"
    assert changed_files(stack) == ""
    said = stack.must("exec", "-T", "frontend", "printenv", "NEXT_PUBLIC_API_URL")
    assert said.strip() == f"{stack.backend}/api/v1"


def test_cookies_are_sent_and_kept(healthy_stack: ReferenceStack) -> None:
    stack = healthy_stack
    stack.edit(API_SOURCE, "withCredentials: true", "withCredentials: false")
    stack.edit(".env", "COOKIE_SECURE=false", "COOKIE_SECURE=true")
    stack.must("up", "--detach", "--no-deps", "--no-build", "--wait", "backend")
    assert "Secure" in login_cookie(stack)
    outcome = fixed(stack, "fix.cookies")
    assert outcome["status"] == "verified"
    assert findings(outcome, "before")["cookies"] == "fail"
    assert findings(outcome, "after")["cookies"] == "pass"
    assert changed_files(stack) == ""
    assert stack.env["COOKIE_SECURE"] == "false"
    assert "Secure" not in login_cookie(stack)


def login_cookie(stack: ReferenceStack) -> str:
    """Log in and return the cookie's line."""
    fields = f"username={stack.env['DEMO_USER']}&password={stack.env['DEMO_PASSWORD']}"
    host = HTTPConnection("localhost", int(stack.env["BACKEND_PORT"]), timeout=10)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    host.request("POST", "/api/v1/auth/login", fields, kind)
    cookie = host.getresponse().getheader("Set-Cookie")
    assert cookie
    return cookie


def test_a_wrong_build_of_the_frontend_is_built_anew(
    healthy_stack: ReferenceStack,
) -> None:
    stack = healthy_stack
    image = f"{stack.project}-frontend"
    wrong = (
        f"FROM {image}\nUSER root\nRUN find .next -name '*.js' "
        "-exec sed -i 's#/api/v1#/api#g' {} +\nUSER node\n"
    )
    built = stack.run("docker", "build", "--quiet", "--tag", image, "-", stdin=wrong)
    assert built.code == 0, built.err
    stack.must("up", "--detach", "--no-deps", "--no-build", "--wait", "frontend")
    outcome = fixed(stack, "fix.rebuild-frontend")
    assert outcome["status"] == "verified"
    assert findings(outcome, "before")["api-url"] == "fail"
    assert findings(outcome, "after")["api-url"] == "pass"
