"""What the state of containers says: crash loops, ends, health."""

from __future__ import annotations

from collections.abc import Iterable

from .snapshot import Container
from .states import failed_with, looping, meaning
from .verdict import Verdicts, failed, warned


def loops(containers: Iterable[Container]) -> Verdicts:
    """Tell at once of all that are in a crash loop: most share their cause."""
    told = {}
    for one in containers:
        if looping(one) and not one.oom_killed:
            # While it runs between two crashes the engine shows no exit code.
            code = failed_with(one) or one.exit_code
            ended = f", exit code {code}: {meaning(code)}" if code else ""
            times = f"{one.restarts} restart{'s'[: one.restarts != 1]}"
            told[one.service] = f"{one.service}: {times}{ended}"
    if told:
        are = "are" if len(told) > 1 else "is"
        summary = f"{', '.join(told)} {are} in a crash loop"
        yield failed(summary, *told.values(), fix="fix.auto")


def state(container: Container) -> Verdicts:
    """Tell what is wrong with one container that is in no crash loop."""
    name, code = container.service, container.exit_code
    ended = f"exit code {code}: {meaning(code)}"
    if container.done:
        return
    if container.oom_killed:
        yield failed(f"{name} was killed for want of memory", container.name, ended)
    elif looping(container):
        return  # all of them are told of at once
    elif container.status == "paused":
        yield failed(f"{name} is paused", container.name, fix="fix.unpause")
    elif container.status in ("exited", "dead", "created") and (
        code or container.status != "exited" or not container.one_off
    ):
        words = "was never started" if container.status == "created" else "has stopped"
        evidence = (container.error,) if container.error else ()
        yield failed(
            f"{name} {words}", container.name, ended, *evidence, fix="fix.start"
        )
    elif container.health == "unhealthy":
        yield failed(
            f"{name} runs but is unhealthy",
            container.name,
            *(container.health_output.splitlines()[-2:]),
            fix="fix.restart",
        )
    elif container.health == "starting":
        yield warned(f"{name} is still starting", container.name)
