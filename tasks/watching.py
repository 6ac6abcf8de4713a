"""``check.all --watch``: stays, and checks again when the engine says so."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.config import Settings

#: Events of one change come in a burst; one look answers all of it.
SETTLE_SECONDS = 0.5
#: Files change without an event, so there is a look now and then anyway.
IDLE_SECONDS = 15.0


def watch(ids: list[str] | None, *, strict: bool = False) -> int:
    """Check, print, and do so again after each change until Ctrl-C.

    Returns:
        The exit code of the last report.
    """
    from . import session
    from .adapters import render
    from .adapters.settings import load
    from .checking import probes_of

    settings = load()
    code = 0
    changed = threading.Event()
    threading.Thread(target=_listen, args=(settings, changed), daemon=True).start()
    try:
        while True:
            changed.clear()
            snapshot = session.observe(settings, probes_of(ids)).snapshot
            report = session.judge(snapshot, checks=ids, strict=strict)
            code = report.exit_code
            render.screen(render.report_lines(report), "watching; Ctrl-C ends it")
            changed.wait(IDLE_SECONDS)
            time.sleep(SETTLE_SECONDS)
    except KeyboardInterrupt:
        render.note("")
        return code


def _listen(settings: Settings, changed: threading.Event) -> None:
    """Set ``changed`` at each event of the project that changes its state."""
    from .adapters.compose import Compose
    from .adapters.docker.wire import WireError
    from .adapters.engine import PROJECT, EngineError, connect
    from .core.errors import Stop

    lost = False
    while True:
        try:
            project = Compose(settings).resolve().model.project
            filters = {"type": ["container"], "label": [f"{PROJECT}={project}"]}
            events = connect().events(3600, filters=json.dumps(filters))
            if lost:
                changed.set()
                lost = False
            for event in events:
                # Our own questions are exec events; they change nothing.
                if not str(event.get("Action", "")).startswith("exec"):
                    changed.set()
        except (EngineError, WireError, Stop):
            lost = True
            changed.set()
        time.sleep(2)
