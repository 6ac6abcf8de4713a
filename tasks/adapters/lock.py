"""One mutating task at a time per Compose project and engine.

The kernel's own file lock decides, so a lock never outlives its holders: the
task, and any command of it that still runs although the task was killed (they
inherit the open file, see `tasks.adapters.runner.INHERITED`). What the file
says is for people: who holds it, and what it is doing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ..core.errors import Refused
from . import runner


class Holder(NamedTuple):
    """Who holds a lock, by the lock file's words.

    Attributes:
        task: what was typed, without ``inv``.
        pid: its process.
        since: ISO 8601 in UTC.
        command: the command it runs now; empty between two.
    """

    task: str = ""
    pid: int = 0
    since: str = ""
    command: str = ""

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return self.pid > 0


class Lock:
    """A lock that this process holds; get one with `hold`.

    Attributes:
        stale: who held it before and died without letting go, if anyone.
    """

    def __init__(self, fd: int, me: Holder, stale: Holder | None) -> None:
        self.stale = stale
        self._fd = fd
        self._me = me
        self.doing("")

    def doing(self, command: str) -> None:
        """Say in the lock file which command runs now."""
        data = json.dumps(self._me._replace(command=command)._asdict()).encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, data, 0)


@contextmanager
def hold(
    task: str,
    project: str,
    endpoint: str,
    *,
    waiting: Callable[[str], None] = lambda _words: None,
    patience: float = 600.0,
) -> Iterator[Lock]:
    """Hold the lock of a project on an engine.

    A command that a killed task left behind is waited for: it is still changing
    the stack, and it ends by itself.

    Args:
        task: what is run, for whoever comes second.
        project: the Compose project.
        endpoint: the engine's address.
        waiting: told what is waited for.
        patience: seconds to wait for such a command.

    Raises:
        Refused: another task holds it; says which, its pid and since when.
    """
    path = directory() / name(project, endpoint)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(fd, task, waiting, patience)
        before = _read(fd)
        runner.INHERITED.add(fd)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        me = Holder(task, os.getpid(), now)
        try:
            yield Lock(fd, me, before if before.pid else None)
        finally:
            # However it ends, it lets go of the lock itself: it is none of the dead.
            os.ftruncate(fd, 0)
    finally:
        runner.INHERITED.discard(fd)
        os.close(fd)


def name(project: str, endpoint: str) -> str:
    """Return the lock file's name for a project on an engine."""
    digest = hashlib.sha256(f"{project}\0{endpoint}".encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', project)[:60]}-{digest}.lock"


def directory() -> Path:
    """Return the directory of this user's locks; made if need be.

    Not below the stack's root: two clones of one project share its containers.
    """
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    chosen = Path(base) / "unstuck" / "locks"
    try:
        chosen.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:  # a home that can't be written
        chosen = Path(tempfile.gettempdir()) / f"unstuck-locks-{os.getuid()}"
        chosen.mkdir(exist_ok=True, mode=0o700)
    return chosen


def _lock(fd: int, task: str, waiting: Callable[[str], None], patience: float) -> None:
    deadline = time.monotonic() + patience
    said: set[str] = set()
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        holder = _read(fd)
        if holder.alive:
            raise Refused(
                f"inv {holder.task} is changing this stack (pid {holder.pid}, "
                f"since {_clock(holder.since)})",
                f"wait for it to end, then inv {task}",
            )
        # An empty file is one whose holder has ended, or is about to write to it.
        left = "a task has ended, but a command of it runs on"
        if holder.pid:
            left = f"inv {holder.task} was killed, but its command runs on"
        command = f": {holder.command}" if holder.command else ""
        if time.monotonic() > deadline:
            raise Refused(f"{left}{command}", "end that command, then try")
        if left not in said:
            said.add(left)
            waiting(f"{left}; waiting for it{command}")
        time.sleep(0.2)


def _read(fd: int) -> Holder:
    try:
        said = json.loads(os.pread(fd, 4096, 0) or b"{}")
        texts = (str(said[key]) for key in ("since", "command"))
        return Holder(str(said["task"]), int(said["pid"]), *texts)
    except (ValueError, TypeError, LookupError):
        return Holder()


def _clock(since: str) -> str:
    """Return a time as this machine's clock shows it."""
    try:
        return f"{datetime.fromisoformat(since).astimezone():%H:%M:%S}"
    except ValueError:
        return "?"
