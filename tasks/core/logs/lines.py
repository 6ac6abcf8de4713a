"""A container's log as lines with a time and a level each, for the report.

Which lines belong together and how bad they are is `logparse`'s to say; here
each line is kept as it was written, colours and all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ..moments import epoch
from ..shorten import shorten
from .parse import events

#: Names of the levels by their number; worse is higher.
LEVELS = ("other", "debug", "info", "warning", "error")
OTHER, DEBUG, INFO, WARNING, ERROR = range(5)
#: Characters of a line that a report shows; the log file has the whole of it.
MOST_TEXT = 4000

_NUMBERS = {"debug": DEBUG, "info": INFO, "warning": WARNING}
_NUMBERS |= {"error": ERROR, "critical": ERROR}
#: What programs print when they give up, without naming a level.
_RAISED = re.compile(
    r"^\s*(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception)\b(?:: |$)"
    r"|^\s*(?:Uncaught )?(?:Error|error|fatal|panic): "
)
#: An access log's line about a request that the server failed.
_SERVER_ERROR = re.compile(r"\" 5\d\d\b")
#: Characters at the start of a line in which these are looked for.
_HEAD = 400


class Line(NamedTuple):
    """One line: seconds since the epoch (0 if unknown), level, text."""

    at: float
    level: int
    text: str


def parse(data: bytes) -> Iterator[Line]:
    """Yield the lines of a log as the engine writes it with timestamps.

    All lines of one message, a traceback say, have the level of the message.
    """
    at, level = 0.0, OTHER
    # One service's log: nothing in it is taken for the name of another.
    found = chain(events(data, "this"), [None])
    following = next(found)
    for number, raw in enumerate(data.split(b"\n")):
        while following and number >= following.line:
            level = _NUMBERS.get(following.level, OTHER)
            following = next(found)
        if raw:
            stamp, text = _split(raw.rstrip(b"\r"))
            at = stamp or at
            yield Line(at, max(level, _worse(text)), _shortened(text))


def _worse(text: str) -> int:
    """Return a level that a line has by what it says, whatever it calls itself."""
    head = text[:_HEAD]
    failed = _RAISED.search(head) or _SERVER_ERROR.search(head)
    return ERROR if failed else OTHER


def _split(raw: bytes) -> tuple[float | None, str]:
    """Take the engine's time off a line; some lines have none (a cut mark)."""
    stamp, space, rest = raw.partition(b" ")
    if (space or len(raw) < 36) and stamp[10:11] == b"T":
        at = epoch(stamp.decode("ascii", "replace"))
        if at is not None:
            return at, rest.decode("utf-8", "replace")
    return None, raw.decode("utf-8", "replace")


def _shortened(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    kept = shorten(text, MOST_TEXT)
    return f"{kept} … [{len(text):,} characters; the log file has them all]"
