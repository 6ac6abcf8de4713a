"""Commands run as a user runs them, and a copy of the checkout to run them in."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dotenv import dotenv_values

CHECKOUT = Path(__file__).parents[2]


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str
    seconds: float


class NotUp(Exception):  # noqa: N818 - what it means, not that it is one
    """The stack did not come up; the message is what the command said."""


def call(
    *argv: str,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float = 300,
    stdin: str | None = None,
) -> Result:
    """Run a command to its end; exit status 124 means its time was up."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=dict(env),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode(errors="replace")
        return Result(124, said, "timed out", timeout)
    seconds = time.monotonic() - began
    return Result(done.returncode, done.stdout, done.stderr, seconds)


def outside() -> dict[str, str]:
    """Return this process's environment without what would steer a stack.

    The environment wins over ``.env``, so a COMPOSE_PROJECT_NAME or a port that
    a developer exports would turn the tests on that developer's own stack.
    """
    keys = set(dotenv_values(CHECKOUT / ".env.example"))
    return {
        key: value
        for key, value in os.environ.items()
        if key not in keys
        and not key.startswith(("COMPOSE_", "UNSTUCK_", "PYTEST_"))
        and key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }


def copy_checkout(target: Path) -> None:
    """Copy the checkout's files, uncommitted ones included, as a git repository.

    Its ``.venv`` is this one's, so ``./inv`` there sets nothing up.
    """
    listed = call(
        *("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=CHECKOUT,
        env=os.environ,
    )
    for name in filter(None, listed.out.split("\0")):
        source, copy = CHECKOUT / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    (target / ".venv").symlink_to(CHECKOUT / ".venv")
    exclude = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    (target / ".git").mkdir()
    for args in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*exclude, "commit", "--quiet", "--no-verify", "--message", "copy"),
    ):
        done = call("git", *args, cwd=target, env=os.environ)
        if done.code:
            raise NotUp(f"git {args[0]}: {done.err}")
    with (target / ".git/info/exclude").open("a") as file:
        file.write(".venv\n")
