"""A container's log as lines with a time and a level each, for the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .moments import epoch

#: Names of the levels by their number; worse is higher.
LEVELS = ("other", "debug", "info", "warning", "error")
OTHER, DEBUG, INFO, WARNING, ERROR = range(5)
#: Characters of a line that a report shows; the log file has the whole of it.
MOST_TEXT = 4000
#: Characters at the start of a line in which its level stands.
HEAD = 240

_WORDS = {
    **dict.fromkeys(("trace", "debug", "verbose"), DEBUG),
    **dict.fromkeys(("info", "notice", "log", "hint", "detail"), INFO),
    **dict.fromkeys(("warn", "warning"), WARNING),
    **dict.fromkeys(
        ("error", "err", "fatal", "panic", "critical", "severe", "emerg", "alert"),
        ERROR,
    ),
}
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LEVEL = re.compile(
    # INFO, [error], ERROR: - capitals, or brackets around it
    r"\b(TRACE|DEBUG|INFO|NOTICE|LOG|WARN(?:ING)?|ERR(?:OR)?|FATAL|PANIC|CRITICAL"
    r"|SEVERE|EMERG|ALERT)\b"
    r"|\[(trace|debug|info|notice|warn(?:ing)?|error|fatal|critical|emerg|alert)\]"
    # level=error, "level": "error", levelname='ERROR'
    r"|\b(?:level|severity|lvl|levelname)[\"']?\s*[=:]\s*[\"']?([A-Za-z]+)"
)
#: The last line of a traceback, and what programs print when they give up.
_RAISED = re.compile(
    r"^\s*(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Failure)\b"
    r"(?:: |$)"
    r"|^\s*(?:Uncaught )?(?:Error|error|fatal|panic): "
)
_TRACEBACK = ("Traceback (most recent call last)", "  + Exception Group Traceback")
#: Redis marks a level by one sign after the time: "12:M 01 Jan 2025 09:30:00.123 # x".
_REDIS = re.compile(r"^\d+:[A-Z] \d\d \w{3} \d{4} [\d:.]+ ([.\-*#]) ")
_REDIS_LEVELS = {".": DEBUG, "-": DEBUG, "*": INFO, "#": WARNING}
_SERVER_ERROR = re.compile(r"\" 5\d\d\b")


class Line(NamedTuple):
    """One line: seconds since the epoch (0 if unknown), level, text."""

    at: float
    level: int
    text: str


def parse(data: bytes) -> Iterator[Line]:
    """Yield the lines of a log as the engine writes it with timestamps.

    A line that goes on from the one before (a traceback, a SQL statement) has
    the level of what it goes on from.
    """
    carried = OTHER
    in_traceback = False
    at = 0.0
    for raw in data.split(b"\n"):
        if not raw:
            continue
        stamp, text = _split(raw.rstrip(b"\r"))
        at = stamp or at
        head = _ANSI.sub("", text[:HEAD])
        if head.startswith(_TRACEBACK):
            in_traceback = True
        if in_traceback:
            level = ERROR
            # It ends with the exception: the first line that is not indented.
            in_traceback = head.startswith((" ", *_TRACEBACK)) or not head
        elif head[:1] in " \t" and carried != OTHER:
            level = carried
        else:
            level = level_of(head)
        carried = level
        yield Line(at, level, _shortened(text))


def level_of(head: str) -> int:
    """Return the level that the beginning of a line names, 0 if none."""
    if _RAISED.search(head):
        return ERROR
    redis = _REDIS.match(head)
    if redis:
        return _REDIS_LEVELS[redis[1]]
    found = _LEVEL.search(head)
    if found is None:
        return ERROR if _SERVER_ERROR.search(head) else OTHER
    word = (found[1] or found[2] or found[3]).lower()
    level = _WORDS.get(word, OTHER)
    return ERROR if level == INFO and _SERVER_ERROR.search(head) else level


def _split(raw: bytes) -> tuple[float | None, str]:
    """Take the engine's time off a line; some lines have none (a cut mark)."""
    # More bytes than are shown, so that a long line's true length can be told.
    stamp, space, rest = raw.partition(b" ")
    if space and len(stamp) in range(20, 36) and stamp[10:11] == b"T":
        at = epoch(stamp.decode("ascii", "replace"))
        if at is not None:
            return at, rest.decode("utf-8", "replace")
    return None, raw.decode("utf-8", "replace")


def _shortened(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT]} … [{len(text):,} characters; the log file has them all]"
