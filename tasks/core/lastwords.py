"""The last exception of a service: its type, its message, and where it arose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .events import Event
from .model import Category

_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)(?:, in (.+))?')
_NODE_FRAME = re.compile(
    r"^\s*at (?:(.+?) \()?(?:file://)?(/[^():]+):(\d+)(?::\d+)?\)?"
)
_RAISED = re.compile(r"^((?:\w+\.)*[A-Z_]\w*)(?:: (.*))?$")
_NODE_RAISED = re.compile(r"^(?:Uncaught )?(\w*(?:Error|Exception))(?:: (.*))?")
#: Parts of a path that mark code which is not the project's own.
_FOREIGN = (
    "site-packages",
    "dist-packages",
    "/lib/python",
    "node_modules",
    "<frozen",
    "<string>",
    "/usr/lib/",
    "node:",
)
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
    """One exception.

    Attributes:
        type: its class, as printed.
        message: what it says, may be empty.
        frame: ``file:line in function``, innermost of the project's own code,
            of any code if none is the project's.
        own: whether the frame is of the project's own code.
        at: engine time.
    """

    type: str
    message: str
    frame: str
    own: bool
    at: str

    @property
    def text(self) -> str:
        """The exception in one line."""
        return f"{self.type}: {self.message}" if self.message else self.type

    @property
    def category(self) -> Category:
        """The kind of failure, by the exception's type; code if nothing fits."""
        short = self.type.rpartition(".")[2]
        if short == "KeyError" and "environ" in self.frame:
            return "config"
        return next((kind for end, kind in KINDS if short.endswith(end)), "code")


def last(said: Iterable[Event]) -> LastWords | None:
    """Return the last exception of a log, None if there is none."""
    found = None
    for event in said:
        if event.traceback:
            found = read(event) or found
    return found


def read(event: Event) -> LastWords | None:
    """Return the exception of one traceback: the last one of a chain."""
    raised, frames = None, list[tuple[str, bool]]()
    for line in event.lines:
        if line.startswith("Traceback "):
            frames = []
        frame = _FRAME.match(line)
        node = None if frame else _NODE_FRAME.match(line)
        if frame:
            path, number, function = frame.groups()
            where = f"{path}:{number}" + (f" in {function}" if function else "")
            frames.append((where, _own(path)))
        elif node:
            function, path, number = node.groups()
            where = f"{path}:{number}" + (f" in {function}" if function else "")
            frames.insert(0, (where, _own(path)))  # node prints the innermost first
        elif match := _RAISED.match(line) or _NODE_RAISED.match(line):
            raised = match
    if raised is None:
        return None
    frame_text, own = _innermost(frames)
    message = (raised.group(2) or "").strip()
    return LastWords(raised.group(1), message, frame_text, own, event.at)


def _innermost(frames: list[tuple[str, bool]]) -> tuple[str, bool]:
    for where, own in reversed(frames):
        if own:
            return where, True
    return frames[-1] if frames else ("", False)


def _own(path: str) -> bool:
    return not any(mark in path for mark in _FOREIGN)
