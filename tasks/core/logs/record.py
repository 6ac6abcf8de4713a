"""Read the head of one log line: level, time, and the message inside JSON."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

_LEVELS = {
    "TRACE": "debug",
    "DEBUG": "debug",
    "VERBOSE": "debug",
    "INFO": "info",
    "NOTICE": "info",
    "LOG": "info",
    "STATEMENT": "info",
    "DETAIL": "info",
    "HINT": "info",
    "CONTEXT": "info",
    "QUERY": "info",
    "LOCATION": "info",
    "WARN": "warning",
    "WARNING": "warning",
    "ERROR": "error",
    "ERR": "error",
    "ERR!": "error",
    "EXCEPTION": "error",
    "SEVERE": "error",
    "FATAL": "critical",
    "CRITICAL": "critical",
    "PANIC": "critical",
    "EMERG": "critical",
}
# PostgreSQL's lines that belong to the one before them.
_DETAILS = {"STATEMENT", "DETAIL", "HINT", "CONTEXT", "QUERY", "LOCATION"}
# Node's loggers number their levels: 10 trace ... 60 fatal.
_NUMBERED = ((60, "critical"), (50, "error"), (40, "warning"), (30, "info"))
_WORD = "|".join(re.escape(word) for word in sorted(_LEVELS, key=len, reverse=True))
_HEAD_LENGTH = 160
# A number beyond this counts milliseconds (in seconds it were the year 5138).
_LATEST_SECONDS = 1e11

_LEVEL_FIRST = re.compile(rf"\[?(?P<level>{_WORD})\]?(?::|\s|$)")
_DATE_FIRST = re.compile(
    r"\[?(?P<time>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)"
    r"(?P<zone> ?Z| ?UTC| ?GMT| ?[+-]\d\d:?\d\d)?"
)
_LEVEL_WITHIN = re.compile(rf"(?<![\w/.])(?P<level>{_WORD})(?![\w.])")
_REDIS = re.compile(
    r"\d{1,9}:[A-Z] (?P<time>\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}) (?P<mark>[.*#-]) "
)
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_REDIS_MARKS = {".": "debug", "-": "debug", "*": "info", "#": "warning"}
_LOGFMT = re.compile(r"(?:time|ts|level|lvl|msg)=")
_LOGFMT_LEVEL = re.compile(r"\b(?:level|lvl)=\"?(?P<level>[A-Za-z]{3,8})")
_NPM = re.compile(r"(?:npm|pnpm|yarn) (?P<level>error|ERR!|warn|WARN|notice)\b")
_NEXT = re.compile(r" ?(?P<mark>[⨯⚠✓▲○]) ")
_NEXT_MARKS = {"⨯": "error", "⚠": "warning"}
_THROWN = re.compile(
    r"(?:Uncaught )?(?:[A-Za-z_$][\w.$]{0,100})?(?:Error|Exception)(?: \[\w{1,60}\])?:"
    r"|(?i:error|fatal|panic)(?: response from daemon)?: "
)

_MESSAGE_KEYS = ("message", "msg", "event", "log", "text")
_LEVEL_KEYS = ("level", "levelname", "severity", "lvl", "log.level")
_TIME_KEYS = ("timestamp", "time", "@timestamp", "ts", "asctime")
_MORE_KEYS = (
    "exc_info",
    "exception",
    "traceback",
    "stack",
    "stack_trace",
    "stacktrace",
    "error",
    "err",
    "detail",
    "cause",
)


class Record(NamedTuple):
    """What the head of a line says.

    Attributes:
        text: The line; of a JSON line its message and traceback.
        level: As in ``LogEvent``.
        time: The message's own time, UTC when it names no zone, as containers
            run on UTC unless told otherwise.
        is_head: Whether it looks like the beginning of a logger's record.
        is_detail: Whether it is a record that belongs to the one before.
    """

    text: str
    level: str = ""
    time: datetime | None = None
    is_head: bool = False
    is_detail: bool = False


@lru_cache(maxsize=2)
def read_record(line: str) -> Record:
    """Read one line, the first of its event or not.

    Whoever asks whether a line goes on with an event asks again if it does not.

    Args:
        line: Text without colours, service and engine's time stamp.
    """
    if line.startswith("{") and line.rstrip().endswith("}"):
        return _read_json(line) or Record(line)
    head = line[:_HEAD_LENGTH]
    if match := _LEVEL_FIRST.match(head):
        return _leveled(line, match["level"], None)
    if match := _DATE_FIRST.match(head):
        time = _time(match["time"], match["zone"] or "")
        word = _LEVEL_WITHIN.search(head, match.end())
        return _leveled(line, word["level"] if word else "", time)
    if match := _REDIS.match(head):
        time = _redis_time(match["time"])
        return Record(line, _REDIS_MARKS[match["mark"]], time, is_head=True)
    if match := _NPM.match(head):
        return Record(line, _level(match["level"]), is_head=True)
    if match := _NEXT.match(head):
        return Record(line, _NEXT_MARKS.get(match["mark"], "info"), is_head=True)
    if _LOGFMT.match(head):
        word = _LOGFMT_LEVEL.search(head)
        return Record(line, _level(word["level"]) if word else "", is_head=True)
    return Record(line, "error" if _THROWN.match(head) else "")


def _leveled(line: str, word: str, time: datetime | None) -> Record:
    """Make the record of a line whose head was recognised."""
    detail = word in _DETAILS
    return Record(line, _level(word), time, is_head=not detail, is_detail=detail)


def _level(value: object) -> str:
    """Bring a level to one of the five words, or to nothing."""
    if isinstance(value, str):
        return _LEVELS.get(value.upper(), "")
    if isinstance(value, int) and not isinstance(value, bool):
        return next((name for least, name in _NUMBERED if value >= least), "debug")
    return ""


def _read_json(line: str) -> Record | None:
    """Read a JSON line; ``None`` when it is not an object with a message."""
    try:
        fields = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    if not isinstance(fields, dict):
        return None
    message = _first(fields, _MESSAGE_KEYS)
    more = list(_strings(fields, _MORE_KEYS))
    if not isinstance(message, str):
        if not more:
            return Record(line, _level(_first(fields, _LEVEL_KEYS)), is_head=True)
        message = more.pop(0)
    parts = [message, *(text for text in more if text not in message)]
    text = "\n".join(part.rstrip() for part in parts if part.strip()) or line
    time = _json_time(_first(fields, _TIME_KEYS))
    return Record(text, _level(_first(fields, _LEVEL_KEYS)), time, is_head=True)


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> object:
    """Give the value of the first key that is there."""
    return next((fields[key] for key in keys if fields.get(key) is not None), None)


def _strings(fields: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts under some keys, and in the objects under them."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and value.strip():
            yield value
        elif isinstance(value, dict):
            inner = _first(value, ("stack", "message", "detail"))
            if isinstance(inner, str) and inner.strip():
                yield inner


def _json_time(value: object) -> datetime | None:
    """Read a time as loggers write it: ISO text, or seconds or ms since 1970."""
    if isinstance(value, str):
        match = _DATE_FIRST.match(value)
        return _time(match["time"], match["zone"] or "") if match else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            seconds = value / 1000 if value > _LATEST_SECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def _time(text: str, zone: str) -> datetime | None:
    """Read ``2026-11-22 19:12:16,903`` and its like."""
    text = text.replace("/", "-").replace(",", ".")
    base, _, fraction = text.partition(".")
    zone = zone.strip()
    zone = "+00:00" if zone in ("", "Z", "UTC", "GMT") else zone
    fraction = f".{fraction[:6]:0<6}" if fraction else ""
    try:
        return datetime.fromisoformat(base + fraction + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _redis_time(text: str) -> datetime | None:
    """Read ``22 Nov 2026 19:12:15.344``."""
    day, month, year, clock = text.split()
    if month not in _MONTHS:
        return None
    return _time(f"{year}-{_MONTHS.index(month) + 1:02}-{day} {clock}", "")
