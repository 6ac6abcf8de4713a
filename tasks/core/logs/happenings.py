"""What an engine's event or a piece of a log means, for who follows along."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..diagnosis.lastwords import words
from ..states import meaning
from .parse import events
from .tracebacks import traces

#: What an event's action is called here; others say nothing new.
_ACTIONS = {
    "create": "was created",
    "start": "started",
    "die": "ended",
    "oom": "ran out of memory",
    "kill": "",
    "stop": "was stopped",
    "pause": "was paused",
    "unpause": "goes on",
    "destroy": "was removed",
    "health_status: healthy": "is healthy",
    "health_status: unhealthy": "is unhealthy",
}
_LOUD = ("error", "critical")


class Happening(NamedTuple):
    """One thing that happened.

    Attributes:
        at: clock time, ``12:30:05``, empty if unknown.
        text: what happened, in words; empty if there is nothing to tell.
        bad: it is no good news.
        matters: the causes may be others now.
    """

    service: str
    at: str
    text: str
    bad: bool = False
    matters: bool = False


def of_event(event: dict[str, Any]) -> Happening | None:
    """Return what an engine's event tells, None if nothing new."""
    action = str(event.get("Action", ""))
    if action not in _ACTIONS:
        return None
    attributes = event.get("Actor", {}).get("Attributes", {})
    service = attributes.get("com.docker.compose.service", "")
    if attributes.get("com.docker.compose.oneoff") == "True" or not service:
        return None
    text = _ACTIONS[action]
    code = attributes.get("exitCode", "")
    if action == "die" and code.isdigit():
        text = f"ended: exit code {code} ({meaning(int(code))})"
    bad = action in ("oom", "health_status: unhealthy") or (
        action == "die" and code != "0"
    )
    return Happening(service, _clock(event), text, bad, matters=True)


def of_log(service: str, text: str) -> list[Happening]:
    """Return the failures in what a service has just written."""
    found = []
    for event in events(text, service):
        at = event.time.isoformat()[11:19] if event.time else ""
        trace = next(iter(traces((event,))), None)
        if trace:
            said = words(trace)
            where = f" at {said.frame}" if said.frame else ""
            found.append(
                Happening(service, at, f"{said.text}{where}", bad=True, matters=True)
            )
        elif event.level in _LOUD:
            line = " ".join(event.text.split())[:300]
            found.append(Happening(service, at, line, bad=True, matters=True))
    return found


def _clock(event: dict[str, Any]) -> str:
    from datetime import UTC, datetime

    seconds = event.get("time")
    if not isinstance(seconds, int | float):
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")
