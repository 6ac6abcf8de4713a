"""``fix.auto`` and ``unstuck``: diagnose, mend, look again, until it is green.

Nothing that could lose data is ever run here: where only that would help, it
stops and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command
from .fixing import Asked

if TYPE_CHECKING:
    from invoke import Context

ROUNDS = 4

_HELP = {
    "plan": "print what would be done and change nothing (as inv --dry does)",
    "yes": "don't ask; for scripts",
    "json": "one JSON document on stdout, nothing else there",
    "rounds": "look and mend so many times at most",
}


@command(name="auto", help=_HELP)
def auto(
    c: Context,
    plan: bool = False,
    yes: bool = False,
    json: bool = False,
    rounds: int = ROUNDS,
) -> int:
    """Find the root causes and mend them, without losing data, until it is green."""
    return run(Asked(plan or bool(c.config.run.dry), yes, False, json), rounds)


@command(name="unstuck", help=_HELP)
def unstuck(
    c: Context,
    plan: bool = False,
    yes: bool = False,
    json: bool = False,
    rounds: int = ROUNDS,
) -> int:
    """Get the stack running again (the same as fix.auto)."""
    return run(Asked(plan or bool(c.config.run.dry), yes, False, json), rounds)


def run(asked: Asked, rounds: int = ROUNDS) -> int:
    """Mend what can be mended, print the account, return the exit code.

    Raises:
        WrongUsage: ``rounds`` is not at least 1.
        Refused: another task holds the project's lock.
    """
    from .adapters import lock, render, render_auto
    from .adapters.settings import load
    from .core.errors import WrongUsage
    from .fixing import one_document, whereabouts
    from .rounds import Mender

    with one_document("fix.auto", json=asked.json):
        if rounds < 1:
            raise WrongUsage("--rounds must be at least 1", "inv fix.auto --rounds 4")
        settings = load()
        project, endpoint = whereabouts(settings)
        if asked.plan:
            account = Mender(settings, project, endpoint, None, asked).planned()
        else:
            with lock.hold("fix.auto", project, endpoint, waiting=render.note) as held:
                mender = Mender(settings, project, endpoint, held, asked)
                account = mender.mended(rounds)
    if asked.json:
        render.document(account)
    else:
        for line in render_auto.account_lines(account):
            render.out(line)
    return account.exit_code
