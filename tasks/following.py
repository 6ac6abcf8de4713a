"""``inv triage --follow``: stays, and says what changes while it happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .adapters.docker.watch import Watch
    from .core.config import Settings
    from .core.diagnosis.triage import Triage
    from .core.logs.happenings import Happening
    from .session import Seen

#: What one change makes comes in a burst; one look answers all of it.
SETTLE_SECONDS = 0.7
#: A look costs something: while things happen all the time, no more than one
#: in so many seconds.
PAUSE_SECONDS = 3.0


def follow(settings: Settings, service: str = "", *, json: bool = False) -> int:
    """Show the triage, then each event and exception, and a new cause when it is.

    Args:
        settings: the settings of this run.
        service: only this service, and the causes in what it needs.
        json: print each triage as one line of JSON.

    Returns:
        The exit code of the last triage; Ctrl-C ends it.
    """
    from .adapters import render, render_triage
    from .adapters.docker import watch

    found: Triage | None = None
    code = 0
    with watch.Watch(settings, service) as happenings:
        try:
            while True:
                began = time.monotonic()
                seen, latest = _look(settings, service)
                happenings.redactor = seen.redactor
                if found is None or _changed(found, latest):
                    _show(latest, seen.snapshot.taken, json=json)
                    found, code = latest, latest.exit_code
                for happening in _until_quiet(happenings, began):
                    if not json:
                        render.out(render_triage.happening_line(happening))
        except KeyboardInterrupt:
            render.note("")
    return code


def _look(settings: Settings, service: str) -> tuple[Seen, Triage]:
    from . import triage

    seen, report = triage.look(settings)
    return seen, triage.of(seen.snapshot, report, service)


def _changed(before: Triage, after: Triage) -> bool:
    """Tell whether another cause has come, or another service broke or got well."""

    def essence(found: Triage) -> tuple[object, ...]:
        causes = tuple((d.id, d.cause) for d in found.diagnoses)
        states = tuple((s.service, s.state) for s in found.containers)
        return causes, states

    return essence(before) != essence(after)


def _show(found: Triage, now: str, *, json: bool) -> None:
    from .adapters import render, render_triage

    if json:
        render.line(found)
        return
    for line in ["", *render_triage.screen(found, now)]:
        render.out(line)


def _until_quiet(happenings: Watch, began: float) -> Iterator[Happening]:
    """Yield what happens until there is reason, and time, for another look."""
    pending = False
    while True:
        happening = happenings.next(SETTLE_SECONDS)
        if happening:
            pending = pending or happening.matters
            if happening.text:
                yield happening
        elif pending and time.monotonic() - began > PAUSE_SECONDS:
            return
