"""The reference stack: a small real one to practise on and to test with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import faults
from .command import command, group

if TYPE_CHECKING:
    from invoke import Collection, Context


@command(default=True)
def up(c: Context) -> int:  # noqa: ARG001 - Invoke's
    """Start the reference stack, everything it needs included, and check it."""
    from .adapters import render
    from .adapters.demo import reference
    from .checking import check
    from .core.errors import EngineUnavailable, Stop, WrongUsage

    failed = 0
    try:
        reference.up()
    except (EngineUnavailable, WrongUsage):
        raise
    except Stop as stop:
        # It did not come up as it should: the checks can tell why.
        render.stop(stop)
        failed = stop.code
    render.note("")
    return check() or failed


@command(
    help={
        "volumes": "remove its data, too; asks for the project's name",
        "yes": "don't ask; for scripts",
        "plan": "print what would go and change nothing (as inv --dry does)",
    }
)
def down(
    c: Context, volumes: bool = False, yes: bool = False, plan: bool = False
) -> None:
    """Stop the reference stack and remove its containers; data stays."""
    from . import asking, planning
    from .adapters import lock, render
    from .adapters.demo import reference
    from .adapters.fixes import planview
    from .core.fixes import teardown
    from .fixing import whereabouts

    compose = reference.existing()
    project, endpoint = whereabouts(compose.settings)
    argv = compose.argv(*reference.down_args(volumes=volumes))
    stakes = planning.stakes_of(compose.settings)
    wanted = teardown.plan(argv, project, stakes, volumes=volumes)
    dry = plan or bool(c.config.run.dry)
    if volumes or dry:
        for line in planview.plan_lines(wanted):
            render.out(line)
    if dry:
        return
    with lock.hold("demo.down", project, endpoint, waiting=render.note):
        if wanted.loses_data and not yes:
            asking.confirm(wanted.command, name=project)
        reference.down(compose, volumes=volumes)


def collection() -> Collection:
    """Return the tasks ``demo.*``."""
    return group("demo", up, down, faults.break_, faults.faults, faults.heal)
