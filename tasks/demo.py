"""The reference stack: a small real one to practise on and to test with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke import Collection

from . import faults
from .command import command

if TYPE_CHECKING:
    from invoke import Context


@command(default=True)
def up(c: Context) -> int:  # noqa: ARG001 - Invoke's
    """Start the reference stack, everything it needs included, and check it."""
    from .adapters import reference, render
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


@command(help={"volumes": "remove its data, too"})
def down(c: Context, volumes: bool = False) -> None:  # noqa: ARG001 - Invoke's
    """Stop the reference stack and remove its containers; data stays."""
    from .adapters import reference

    reference.down(volumes=volumes)


def collection() -> Collection:
    """Return the tasks ``demo.*``."""
    return Collection("demo", up, down, faults.break_, faults.faults, faults.heal)
