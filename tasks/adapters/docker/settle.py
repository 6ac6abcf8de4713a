"""Waiting for a stack to settle, woken by the engine's events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

from ...core.errors import EngineUnavailable
from .. import engine as door
from .wire import WireError

#: Seconds between two looks when nothing happens that the engine tells of.
PULSE = 1.0
#: What is worth another look. Healthchecks tell of themselves (``exec_*``) every
#: few seconds each, which with several of them is all the time: no news.
NEWS = (
    *("create", "start", "restart", "stop", "die", "oom", "destroy"),
    *("pause", "unpause", "health_status"),
)


def until(
    goal: Callable[[], list[str]],
    project: str,
    patience: float,
    tell: Callable[[str], None] = lambda _words: None,
) -> list[str]:
    """Look until nothing is missing any more, or the time is up.

    Args:
        goal: returns what is still missing, one line each.
        project: whose containers' events say that another look is worth it.
        patience: seconds.
        tell: told what is waited for.

    Returns:
        What was missing at the end; nothing if the goal was reached.
    """
    deadline = time.monotonic() + patience
    while problems := goal():
        left = deadline - time.monotonic()
        if left <= 0:
            break
        tell(problems[0])
        wait(project, min(PULSE, left))
    return problems


def wait(project: str, seconds: float) -> None:
    """Return when a container of the project changes, at the latest in time."""
    began = time.monotonic()
    label = f"{door.PROJECT}={project}"
    filters = json.dumps({"type": ["container"], "label": [label], "event": NEWS})
    with suppress(EngineUnavailable, WireError, door.EngineError):
        # One event and no more: each read may take ``seconds``, so a loop over
        # events that don't count would go on for as long as they come.
        next(door.connect(seconds).events(seconds, filters=filters), None)
    # An engine that is not there answers at once: don't ask it in a hot loop.
    left = min(0.2, seconds - (time.monotonic() - began))
    if left > 0:
        time.sleep(left)
