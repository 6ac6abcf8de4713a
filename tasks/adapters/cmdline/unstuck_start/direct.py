"""Run what is typed most without Invoke: there is nothing to parse in it.

Of ``inv triage`` a fifth would be the import of Invoke. So the names below, alone
or with ``--json``, go to their commands at once. Any other line, in any other
project, goes to Invoke as ever; so does each where Invoke is set up by variables.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from . import standins

#: What is typed: the module and the name of its command.
COMMANDS = {
    "triage": ("tasks.triage", "triage"),
    "check.all": ("tasks.checking", "all_"),
}


class Line(NamedTuple):
    """A command line that needs no parser."""

    typed: str
    json: bool


def understood(
    argv: Sequence[str],
    root: Path,
    environ: Mapping[str, str],
    cwd: Callable[[], Path] = Path.cwd,
) -> Line | None:
    """Return what a command line asks for, None if that is Invoke's to find out.

    Args:
        argv: what was typed, ``--search-root`` as `inv` puts it before included.
        root: the directory whose ``tasks.py`` is ours.
        environ: the variables.
        cwd: the directory from which Invoke would search upwards.

    Raises:
        OSError: that directory is no more.
    """
    words = list(argv)
    if words[:1] == ["--search-root"]:
        if words[1:2] != [str(root)]:
            return None
        words = words[2:]
    elif _nearest(cwd()) != root:
        return None
    if not words or words[0] not in COMMANDS or words[1:] not in ([], ["--json"]):
        return None
    if any(name.startswith("INVOKE_") for name in environ):
        return None
    return Line(words[0], json="--json" in words)


def run(line: Line, root: Path) -> int:
    """Run the command of a line; return its exit code."""
    sys.path.insert(0, str(root))
    standins.stand_in_for_logging()
    module, name = COMMANDS[line.typed]
    command = getattr(import_module(module), name)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        # A look leaves nothing to tidy up. To raise within an import that other
        # threads wait for may leave them, and us, waiting for good: CPython's own.
        # As JSON, that it was interrupted has to be said in a document.
        handler = signal.default_int_handler if line.json else _end
        signal.signal(signal.SIGINT, handler)
    try:
        code: int = command.run(None, json=line.json)
    except KeyboardInterrupt:  # before it had begun, or when it was said
        return 130
    return code


def _end(_number: int, _frame: FrameType | None) -> None:
    """Say that it was interrupted and end, whatever runs."""
    os.write(2, b"error: interrupted\n")
    os._exit(130)


def _nearest(cwd: Path) -> Path | None:
    """Return the directory that Invoke would take ``tasks`` from."""
    for directory in (cwd, *cwd.parents):
        if os.path.lexists(directory / "tasks.py") or os.path.lexists(
            directory / "tasks"
        ):
            return directory
    return None
