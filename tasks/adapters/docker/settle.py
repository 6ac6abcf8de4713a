"""Waiting for a stack to settle, woken by the engine's events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from ...core.errors import EngineUnavailable
from .. import engine as door
from .wire import WireError

#: Seconds between two looks when nothing happens that the engine tells of.
PULSE = 1.0
#: Seconds between two looks at the least.
BREATH = 0.1
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
    while True:
        # Before looking: what happens meanwhile is worth another look, too.
        news = subscribe(project, max(0.1, min(PULSE, deadline - time.monotonic())))
        problems = goal()
        if not problems or time.monotonic() >= deadline:
            return problems
        tell(problems[0])
        wait(news)


def subscribe(project: str, seconds: float) -> Iterator[object]:
    """Return the coming events of a project's containers.

    Args:
        project: the Compose project.
        seconds: how long a read of it may take.
    """
    label = f"{door.PROJECT}={project}"
    filters = json.dumps({"type": ["container"], "label": [label], "event": NEWS})
    try:
        return door.connect(seconds).events(seconds, filters=filters)
    except (EngineUnavailable, WireError, door.EngineError):
        return iter(())


def wait(news: Iterator[object]) -> None:
    """Return at the next event, or when none came in time."""
    began = time.monotonic()
    with suppress(WireError, door.EngineError):
        # One event and no more: each read may take its time, so a loop over
        # events that don't count would go on for as long as they come.
        next(news, None)
    # An engine that is not there answers at once: don't ask it in a hot loop.
    left = BREATH - (time.monotonic() - began)
    if left > 0:
        time.sleep(left)
