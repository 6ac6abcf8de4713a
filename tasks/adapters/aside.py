"""Files that appear whole or not at all: written aside, then renamed.

What a run that died has left behind is removed by the next one.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from ..core.errors import WrongUsage

_PART = re.compile(r"\..+\.(\d+)\.part(?:\.spare)?")


def destination(out: str, directory: Path, name: str, *, replace: bool = False) -> Path:
    """Return where a file goes, its directory made.

    Args:
        out: as the user typed it: a directory, a file, or nothing.
        directory: where it goes if nothing was typed.
        name: the file's name unless one was typed.
        replace: whether a file that exists is to be replaced.

    Raises:
        WrongUsage: the directory can't be made, or the file exists already.
    """
    asked = Path(out).expanduser() if out else directory
    names_file = bool(out) and not asked.is_dir() and not out.endswith(os.sep)
    path = asked if names_file and asked.suffix else asked / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(
            f"{path.parent} can't be made: {error.strerror}",
            "name another directory with --out",
        ) from None
    if path.exists() and not replace:
        raise WrongUsage(f"{path} exists", "name another file with --out")
    return path.resolve()


def part_of(path: Path) -> Path:
    """Return the name under which a file is written until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def elsewhere(path: Path) -> Path:
    """Return the same name in the system's directory for temporary files."""
    return Path(tempfile.gettempdir()) / path.name


def place(part: Path, path: Path) -> None:
    """Give a whole file its name; what is there of that name is replaced."""
    part.replace(path)
    # The name has to reach the disk as well; not every system can be told so.
    try:
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        return


def sweep(directory: Path) -> list[Path]:
    """Remove what runs that are dead have left half-written; return what it was."""
    gone = []
    for path in directory.glob(".*.part*"):
        match = _PART.fullmatch(path.name)
        if match and not _alive(int(match[1])):
            path.unlink(missing_ok=True)
            gone.append(path)
    return gone


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False  # a number used again: this run has written nothing yet
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
