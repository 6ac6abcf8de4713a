"""``inv triage``: what is wrong, on one screen, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command

if TYPE_CHECKING:
    from invoke import Context

    from .core.config import Settings
    from .core.diagnosis.triage import Triage
    from .core.model import Report
    from .core.snapshot import Snapshot
    from .session import Seen


@command(
    help={
        "service": "only this service, and the causes in what it needs",
        "follow": "stay, and say what changes until Ctrl-C",
        "json": "one JSON document on stdout, nothing else there",
        "replay": "look at a bundle instead of the stack; needs no Docker",
    }
)
def triage(
    c: Context,  # noqa: ARG001 - Invoke's
    service: str = "",
    follow: bool = False,
    json: bool = False,
    replay: str = "",
) -> int:
    """Which container restarts, its last words, the root cause, the one fix."""
    from .adapters.settings import load
    from .fixing import one_document

    with one_document("triage", json=json):
        if follow and not replay:
            from .following import follow as stay

            return stay(load(), service, json=json)
        if replay:
            snapshot, report = replayed(replay)
        else:
            seen, report = look(load())
            snapshot = seen.snapshot
        found = of(snapshot, report, service)
        show(found, snapshot, json=json)
        return found.exit_code


def of(snapshot: Snapshot, report: Report, service: str = "") -> Triage:
    """Return the one screen of a look.

    Raises:
        WrongUsage: the stack has no such service.
    """
    from .core.diagnosis.triage import triage as made
    from .core.errors import WrongUsage

    names = snapshot.model.services if snapshot.model else {}
    if service and names and service not in names:
        raise WrongUsage(f"the stack has no service {service}", ", ".join(names))
    return made(snapshot, report, service)


def look(settings: Settings) -> tuple[Seen, Report]:
    """Look, no longer than it takes to know the cause; judge what was seen.

    A cause that states and logs give is enough. If they give none, what takes
    longer is waited for; if something is unwell even so, everything is looked at.
    """
    from . import session

    for seen in session.glimpse(settings):
        from .core.diagnosis.triage import decided, states_of

        report = session.judge(seen.snapshot)
        if decided(report, seen.snapshot):
            return seen, report
    if report.diagnoses or states_of(seen.snapshot):
        seen = session.observe(settings)
        report = session.judge(seen.snapshot)
    return seen, report


def replayed(file: str) -> tuple[Snapshot, Report]:
    """Return what a bundle holds, judged.

    Raises:
        WrongUsage: there is no Snapshot in it.
    """
    from pathlib import Path

    from . import session

    snapshot = session.replay(Path(file))
    return snapshot, session.judge(snapshot)


def show(found: Triage, snapshot: Snapshot, *, json: bool = False) -> None:
    """Print the one screen, or its JSON document."""
    from .adapters import render, render_triage

    if json:
        render.document(found)
        return
    for line in render_triage.screen(found, snapshot.taken):
        render.out(line)
