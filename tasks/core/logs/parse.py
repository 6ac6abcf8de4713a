"""Turn raw container output into events: one message each, however many lines.

Takes what containers really write: services interleaved by Compose, time
stamps put in front by the engine, tracebacks, JSON, colours, bytes of any kind
and lines of any length. It never raises over content and loses no line.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

import msgspec

from .record import Record, read_record

# What is kept of one line, and of one event, in characters and lines.
LINE_LIMIT = 64 * 1024
EVENT_LIMIT = 256 * 1024
EVENT_LINES = 1000
# A message is written at once; what comes later than this (seconds) is another.
PAUSE = 2.0
_HEAD_LINES = 20

_PREFIX = re.compile(r"(?P<service>[A-Za-z0-9][\w.-]{0,200}?)(?:[-_]\d{1,4})? *\| ?")
_STAMP = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)T(?P<clock>\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?"
    r"(?P<zone>Z|[+-]\d\d:\d\d) ?"
)
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])"
)
_PYTHON_FRAME = re.compile(r'[ |]{0,100}File "[^"\n]{1,1000}", line \d+')
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
_LINKS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_TRACEBACK = "Traceback (most recent call last):"
# How SQLAlchemy goes on after the message, behind an empty line.
_AFTER_MESSAGE = ("[SQL: ", "[parameters: ", "(Background on this error", *_LINKS)
# What announces that one more traceback belongs to the same failure.
_BEFORE_TRACEBACK = (*_LINKS, '"""')
_CLOSERS = ("}", "]", ")", "Caused by: ")
_SEVERE = ("error", "critical")


class LogEvent(msgspec.Struct, frozen=True):
    """One message of one service.

    Attributes:
        service: Its name without the replica's number; empty when unknown.
        time: When it was written (by the engine's stamp if there is one, else
            by the message's own); ``None`` when nothing says.
        level: ``debug``, ``info``, ``warning``, ``error``, ``critical`` or empty.
        text: The message without colours; continuation lines are joined to it.
        line: Index of its first line in the log, from 0.
        lines: How many non-empty lines of the log it holds.
    """

    service: str
    time: datetime | None
    level: str
    text: str
    line: int
    lines: int


def events(
    log: bytes | str | Iterable[bytes | str], service: str = ""
) -> Iterator[LogEvent]:
    """Read a log.

    Args:
        log: The whole of it, or its lines.
        service: Whose it is. When not given, lines may say so themselves
            (``backend-1  | ...``, as Compose prints them).

    Yields:
        Events; each service's in order. Those of several services come in the
        order in which they end: sort by ``line`` where the order matters.
    """
    numbered = enumerate(_clean(raw) for raw in _lines(log))
    head = list(islice(numbered, _HEAD_LINES))
    interleaved = not service and _is_interleaved([line for _, line in head])
    open_events: dict[str, _Open] = {}
    for number, line in chain(head, numbered):
        owner, body = _owner(line) if interleaved else (service, line)
        time, body = _stamp(body)
        current = open_events.get(owner)
        if current and current.takes(body, time):
            current.add(body)
        elif body.strip():
            if current:
                yield current.event(owner)
            open_events[owner] = _Open(number, time, body)
    for owner, current in open_events.items():
        yield current.event(owner)


class _Open:
    """An event whose end has not been seen yet."""

    def __init__(self, line: int, time: datetime | None, body: str) -> None:
        self.line = line
        self.record: Record = read_record(body)
        self.stamp = time
        self.parts = [self.record.text]
        self.lines = 1
        self.size = len(body)
        self.in_frames = False
        self.in_message = False
        self.after_blank = False
        self.chained = self.record.level in _SEVERE
        self._follow(self.record.text.rpartition("\n")[2])

    def takes(self, body: str, time: datetime | None) -> bool:
        """Tell whether a line goes on with this event."""
        if self.lines >= EVENT_LINES or self.size >= EVENT_LIMIT:
            return False
        if self.stamp and time and abs((time - self.stamp).total_seconds()) > PAUSE:
            return False
        if not body.strip():
            return True
        if body[0] in " \t":
            return not read_record(body).is_head
        return self._goes_on(body)

    def _goes_on(self, body: str) -> bool:
        """Tell whether a line that is not indented goes on with this event."""
        if body.startswith(_TRACEBACK):
            return self.chained
        if self.in_frames and _EXCEPTION.match(body):
            return True
        if self.in_message and body.startswith(_AFTER_MESSAGE):
            return True
        record = read_record(body)
        if record.is_detail:
            return True
        if record.is_head:
            return False
        if body.startswith(_CLOSERS):
            return True
        return self.in_message and not self.after_blank

    def add(self, body: str) -> None:
        """Take a line."""
        self.size += len(body) + 1
        if not body.strip():
            self.after_blank = True
            return
        if self.after_blank and self.in_message:
            self.parts.append("")
        self.after_blank = False
        self.parts.append(body)
        self.lines += 1
        self._follow(body)

    def _follow(self, body: str) -> None:
        """Keep track of where in a traceback the event is."""
        self.chained = body.startswith(_BEFORE_TRACEBACK) or (
            self.chained and not self.in_frames
        )
        if _TRACEBACK in body or _PYTHON_FRAME.match(body):
            self.in_frames, self.in_message = True, False
        elif self.in_frames and body[:1] not in (" ", "\t", ""):
            self.in_frames, self.in_message = False, True

    def event(self, service: str) -> LogEvent:
        """Close it."""
        text = "\n".join(self.parts)
        level = self.record.level
        if not level and (self.in_message or self.in_frames):
            level = "error"
        time = self.stamp or self.record.time
        return LogEvent(service, time, level, text, self.line, self.lines)


def _lines(log: bytes | str | Iterable[bytes | str]) -> Iterator[bytes | str]:
    """Split a log at its line feeds, without making a list of it."""
    if not isinstance(log, (bytes, str)):
        for item in log:
            yield from _lines(item) if item else (item,)
        return
    start = 0
    feed: bytes | str = b"\n" if isinstance(log, bytes) else "\n"
    while start < len(log):
        end = log.find(feed, start)  # type: ignore[arg-type]
        end = len(log) if end < 0 else end
        yield log[start:end]
        start = end + 1


def _clean(raw: bytes | str) -> str:
    """Make one line fit to read: text, without colours, not endless."""
    left_out = len(raw) - LINE_LIMIT
    raw = raw[:LINE_LIMIT]
    line = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if "\x1b" in line:
        line = _ANSI.sub("", line)
    if "\x00" in line:
        line = line.replace("\x00", "")
    line = line.rstrip("\r")
    if "\r" in line and line.strip():
        # Visible, for it may be the very failure (a script with CR LF).
        line = line.replace("\r", "\\r")
    if left_out > 0:
        line += f" [{left_out} more left out]"
    return line


def _is_interleaved(lines: list[str]) -> bool:
    """Tell whether most lines begin with the name of a service."""
    filled = [line for line in lines if line.strip()]
    named = [line for line in filled if _PREFIX.match(line)]
    return bool(named) and len(named) * 2 > len(filled)


def _owner(line: str) -> tuple[str, str]:
    """Divide ``backend-1  | text`` into service and text."""
    match = _PREFIX.match(line)
    return (match["service"], line[match.end() :]) if match else ("", line)


def _stamp(line: str) -> tuple[datetime | None, str]:
    """Take the engine's time stamp off the front of a line."""
    match = _STAMP.match(line)
    if not match:
        return None, line
    # datetime reads six digits, the engine writes nine.
    fraction = (match["fraction"] or "")[:7].ljust(7, "0") if match["fraction"] else ""
    zone = "+00:00" if match["zone"] == "Z" else match["zone"]
    try:
        time = datetime.fromisoformat(
            f"{match['date']}T{match['clock']}{fraction}{zone}"
        )
        return time.astimezone(UTC), line[match.end() :]
    except (ValueError, OverflowError):
        return None, line
