"""The values of a log bundle: its parts, its manifest, its names.

A bundle is one ``.tar.gz`` with one directory in it. `Manifest` says what each
collector did, what was cut short and why, and the size and SHA-256 of every
file. Sizes are bytes, durations seconds, times ISO 8601 in UTC.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import msgspec

#: Files of every bundle that others are read back from.
SNAPSHOT = "snapshot.json"
REPORT = "report.json"
EVENTS = "events.json"
MANIFEST = "manifest.json"
NOTE = "debug-note.md"
HTML = "report.html"
LOGS = "logs"

SUFFIX = ".tar.gz"

#: How a collector ended: ``cut`` left something out, ``missing`` has nothing.
Outcome = Literal["whole", "cut", "missing"]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base: frozen, made with keywords, and readable by older versions."""


class Cut(Value, frozen=True, kw_only=True):
    """Something that is not in the bundle, or not all of it.

    Attributes:
        what: the file or the collector.
        why: the limit it hit or the error, in words.
    """

    what: str
    why: str


class File(Value, frozen=True, kw_only=True):
    """One file of the bundle, as it is in there: redacted."""

    name: str
    size: int
    sha256: str


class Part(Value, frozen=True, kw_only=True):
    """What one collector did."""

    id: str
    about: str
    seconds: float = 0.0
    outcome: Outcome = "whole"
    files: tuple[str, ...] = ()


class Options(Value, frozen=True, kw_only=True):
    """What was asked for.

    Attributes:
        services: only these; all of the stack's if empty.
        tail: lines of each container's log; None for all there are.
        since: only newer lines: ``10m``, ``2h``, ``3d`` or a time; empty for any.
        html: whether a ``report.html`` is wanted.
    """

    services: tuple[str, ...] = ()
    tail: int | None = 300
    since: str = ""
    html: bool = True


class Manifest(Value, frozen=True, kw_only=True):
    """What a bundle holds, and what it does not.

    Attributes:
        format: of the bundle's layout; raised when an older reader would fail.
        interrupted: whether Ctrl-C ended the collection early.
        verdict: the first cause found, or that nothing failed.
        redacted: number of different secrets and personal data that became tokens.
    """

    format: int = 1
    tool: str = ""
    project: str = ""
    made: str = ""
    seconds: float = 0.0
    options: Options = Options()
    verdict: str = ""
    exit_code: int = 0
    interrupted: bool = False
    redacted: int = 0
    parts: tuple[Part, ...] = ()
    cut: tuple[Cut, ...] = ()
    files: tuple[File, ...] = ()


def stem(project: str, made: datetime) -> str:
    """Return the name of a bundle and of the one directory in it.

    Args:
        project: the Compose project; whatever a file name can't hold is left out.
        made: when, in UTC.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", project).strip("-.") or "stack"
    return f"bundle-{plain}-{made:%Y%m%dT%H%M%SZ}"


def inside(name: str) -> str:
    """Return a file's name below the bundle's one directory, made safe.

    A container's name can't leave the directory or hide in it, whatever it is.
    """
    parts = [_plain(part) for part in name.split("/")]
    return "/".join(part for part in parts if part)


def _plain(part: str) -> str:
    return re.sub(r"[^\w.@+:\[\]#-]+", "_", part).lstrip(".") or "_"


def encode(value: object) -> bytes:
    """Return a value of the bundle as JSON for people and programs."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def read_manifest(data: bytes) -> Manifest:
    """Return the manifest that `encode` wrote.

    Raises:
        msgspec.DecodeError: it is not such a document.
    """
    return msgspec.json.decode(data, type=Manifest)
