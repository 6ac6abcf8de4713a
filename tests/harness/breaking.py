"""Ways to break a running stack in a test, beyond editing its files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.harness.commands import NotUp
from tests.harness.stack import ReferenceStack


def derive(stack: ReferenceStack, service: str, *instructions: str) -> None:
    """Give a service's image more layers, as if it had been built otherwise.

    The containers are not touched: ``compose up`` makes new ones.
    """
    model = json.loads(stack.must("config", "--format", "json"))
    spec = model["services"][service]
    image = spec.get("image") or f"{stack.project}-{service}"
    text = "\n".join([f"FROM {image}", "USER root", *instructions, ""])
    done = stack.run("docker", "build", "--quiet", "--tag", image, "-", stdin=text)
    if done.code:
        raise NotUp(done.err)


def inspect(stack: ReferenceStack, service: str) -> dict[str, Any]:
    """Return the inspect document of a service's container."""
    done = stack.run("docker", "inspect", stack.container(service))
    document: dict[str, Any] = json.loads(done.out)[0]
    return document


def wait_until(
    stack: ReferenceStack,
    service: str,
    wanted: Callable[[dict[str, Any]], bool],
    seconds: float = 60,
) -> None:
    """Wait until a service's container is as wanted; fail loudly if it never is."""
    deadline = time.monotonic() + seconds
    while not wanted(document := inspect(stack, service)):
        if time.monotonic() > deadline:
            raise AssertionError(f"{service} is still {document['State']}")
        time.sleep(0.3)


def stop_processes(stack: ReferenceStack, service: str) -> None:
    """Send SIGSTOP to all of a container's processes: it hangs, and reads running.

    PID 1 is a small init that passes signals on; it can't be stopped itself.
    """
    # -1 is every process but the shell itself and PID 1.
    argv = ("docker", "exec", "--user", "0", stack.container(service))
    stack.run(*argv, "sh", "-c", "kill -STOP -1")
