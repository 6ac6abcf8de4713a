"""The last exception of a service: its type, its message, and where it arose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..logs.parse import LogEvent
from ..logs.tracebacks import Raised, Trace, traces
from ..model import Category

#: What kind of failure an exception is, by the end of its type's name.
KINDS: tuple[tuple[str, Category], ...] = (
    ("ModuleNotFoundError", "dependency"),
    ("ImportError", "dependency"),
    ("ProgrammingError", "schema"),
    ("UndefinedTable", "schema"),
    ("UndefinedColumn", "schema"),
    ("IntegrityError", "data"),
    ("DataError", "data"),
    ("NoResultFound", "data"),
    ("OperationalError", "network"),
    ("InterfaceError", "network"),
    ("ConnectionError", "network"),
    ("ConnectionRefusedError", "network"),
    ("ConnectionResetError", "network"),
    ("TimeoutError", "network"),
    ("gaierror", "network"),
    ("AuthenticationError", "auth"),
    ("InvalidTokenError", "auth"),
    ("MemoryError", "resource"),
    ("OSError", "resource"),
    ("PermissionError", "config"),
    ("FileNotFoundError", "config"),
    ("ValidationError", "config"),
    ("SettingsError", "config"),
    ("ImproperlyConfigured", "config"),
)


class LastWords(NamedTuple):
    """One exception, the last of its chain.

    Attributes:
        type: its class, as printed.
        message: the first line of what it says, may be empty.
        frame: ``file:line in function``, innermost of the project's own code;
            empty if there is none.
        root: the exception that it came of, if that says something else.
        at: engine time.
        names: the class of each exception of the chain.
    """

    type: str
    message: str
    frame: str
    root: str
    at: str
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """The exception in one line."""
        return f"{self.type}: {self.message}" if self.message else self.type

    @property
    def category(self) -> Category:
        """The kind of failure, by the types of the chain; code if nothing fits."""
        if "environ" in self.frame or "settings" in self.frame.lower():
            return "config"
        shorts = [name.rpartition(".")[2] for name in reversed(self.names)]
        for short in shorts:
            for end, kind in KINDS:
                if short.endswith(end):
                    return kind
        return "code"


def last(said: Iterable[LogEvent]) -> LastWords | None:
    """Return the last exception of a log, None if there is none."""
    found = None
    for trace in traces(said):
        found = trace
    return words(found) if found else None


def frame_of(event: LogEvent) -> str:
    """Return where the exception of one event was raised, empty if nowhere known."""
    trace = next(iter(traces((event,))), None)
    return _place(trace) if trace else ""


def words(trace: Trace) -> LastWords:
    """Return the last exception of a traceback."""
    end, root = trace.last, trace.root
    said = _line(root)
    new = root is not end and root.message.strip() and root.message not in end.message
    return LastWords(
        type=end.type,
        message=_first(end.message),
        frame=_place(trace),
        root=said if new else "",
        at=trace.time.isoformat().replace("+00:00", "Z") if trace.time else "",
        names=tuple(raised.type for raised in trace.chain),
    )


def _place(trace: Trace) -> str:
    frame = trace.frame
    if frame is None:
        return ""
    inside = f" in {frame.function}" if frame.function else ""
    return f"{frame.file}:{frame.line}{inside}"


def _line(raised: Raised) -> str:
    message = _first(raised.message)
    return f"{raised.type}: {message}" if message else raised.type


def _first(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "")
