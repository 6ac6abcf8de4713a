"""The events of one service's log: a line, or a traceback with all its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .snapshot import Log

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?) ?")
#: Longer lines are cut: what matters of a failure is at its beginning.
MAX_LINE = 4000

_PYTHON = "Traceback (most recent call last):"
_CHAINED = (
    "The above exception was the direct cause",
    "During handling of the above exception",
)
_EXCEPTION = re.compile(r"^(?:\w[\w.]*\.)?[A-Za-z_]\w*(?:: |$)")
_NODE_FRAME = re.compile(r"^\s+at \S")


class Event(NamedTuple):
    """One thing that a service said.

    Attributes:
        at: engine time of its first line, empty if there is none.
        lines: its lines, without times and colours.
        traceback: whether it is a failure with its frames.
    """

    at: str
    lines: tuple[str, ...]
    traceback: bool = False


def events(log: Log) -> Iterator[Event]:
    """Yield what a log says, in order, the lines of a traceback together."""
    held: list[str] = []
    held_at = ""
    for raw in log.text.split("\n"):
        if not raw.strip():
            continue
        at, text = _split(raw)
        if held:
            if _continues(held, text):
                held.append(text)
                continue
            yield Event(held_at, tuple(held), True)
            held = []
        if _PYTHON in text or text.startswith("Uncaught ") or _is_node_error(text):
            held, held_at = [text], at
        else:
            yield Event(at, (text,))
    if held:
        yield Event(held_at, tuple(held), True)


def _split(raw: str) -> tuple[str, str]:
    match = TIME.match(raw)
    at = match.group(1) if match else ""
    text = raw[match.end() :] if match else raw
    return at, ANSI.sub("", text[:MAX_LINE]).rstrip("\r")


def _is_node_error(text: str) -> bool:
    return bool(re.match(r"^\w*(?:Error|Exception): ", text)) and "node" in text.lower()


def _continues(held: list[str], text: str) -> bool:
    """Tell whether a line belongs to the traceback that is being read."""
    if not text.strip() or text.startswith((" ", "\t")) or text.startswith(_CHAINED):
        return True
    if text.startswith(_PYTHON):
        return held[-1].startswith(_CHAINED) or not held[-1].strip()
    before = next((line for line in reversed(held) if line.strip()), "")
    return before.startswith((" ", "\t")) and bool(_EXCEPTION.match(text))
