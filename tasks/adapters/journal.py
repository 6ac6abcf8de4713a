"""The door to journals: one file per run, written so that a kill loses nothing.

`tasks.core.fixes.journal` says what the lines mean. What matters for going on is on
disk before the step starts; the output of a step is written as it comes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..core.fixes.journal import History, JournalError, read
from ..core.fixes.plan import Plan, StepResult

#: Journals that are kept, the newest.
KEPT = 50


class Journal:
    """An open journal of one run."""

    def __init__(self, path: Path, redact: Callable[[str], str]) -> None:
        self.path = path
        self.redact = redact
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(fd, "a", encoding="utf-8")

    def begin(self, plan: Plan, endpoint: str) -> None:
        """Write the plan, before anything of it is done."""
        import msgspec

        self._keep(
            event="begin",
            plan=msgspec.to_builtins(plan),
            endpoint=endpoint,
            pid=os.getpid(),
        )

    def resume(self) -> None:
        """Say that this process goes on with the run."""
        self._keep(event="resume", pid=os.getpid())

    def step(self, n: int, command: str) -> None:
        """Say which step begins; on disk when this returns."""
        self._keep(event="step", n=n, command=self.redact(command))

    def line(self, text: str) -> None:
        """Keep a line that a step printed."""
        self._file.write(json.dumps({"out": self.redact(text)}) + "\n")
        self._file.flush()

    def done(self, result: StepResult) -> None:
        """Say that a step ended well."""
        import msgspec

        self._keep(event="done", step=msgspec.to_builtins(result))

    def failed(self, result: StepResult) -> None:
        """Say that a step failed."""
        import msgspec

        self._keep(event="failed", step=msgspec.to_builtins(result))

    def end(self, status: str, summary: str) -> None:
        """Say how the run ended; there is nothing to go on with then."""
        self._keep(event="end", status=status, summary=self.redact(summary))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _keep(self, **record: object) -> None:
        record["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def directory(state: Path) -> Path:
    """Return the directory of the journals, made so that Git leaves it alone."""
    made = private(state) / "journal"
    made.mkdir(exist_ok=True, mode=0o700)
    return made


def private(path: Path) -> Path:
    """Make a directory for this user only, which Git ignores.

    Raises:
        OSError: it can't be made.
    """
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = path / ".gitignore"
    if not ignore.exists():
        with suppress(OSError):  # a full disk says so when it matters
            ignore.write_text("*\n", encoding="utf-8")
    return path


def begin(state: Path, task: str, stamp: str, redact: Callable[[str], str]) -> Journal:
    """Open the journal of a new run."""
    folder = directory(state)
    _forget_old(folder)
    return Journal(folder / f"{stamp}-{task}-{os.getpid()}.jsonl", redact)


def reopen(state: Path, run: str, redact: Callable[[str], str]) -> Journal:
    """Open the journal of an interrupted run, to go on with it."""
    journal = Journal(directory(state) / f"{run}.jsonl", redact)
    journal.resume()
    return journal


def interrupted(state: Path, project: str, endpoint: str) -> History | None:
    """Return the newest run of a project that was cut off and not made good since.

    Call it under the project's lock: a run that is going on looks the same.
    """
    ended: set[str] = set()
    for history in histories(state):
        if (history.plan.project, history.endpoint) != (project, endpoint):
            continue
        if history.interrupted:
            # Where only the proof was missing, any later one makes up for it.
            good = ended if history.finished else ended & {history.plan.task}
            return None if good else history
        ended.add(history.plan.task)
    return None


def histories(state: Path) -> list[History]:
    """Return every run that there is a journal of, the newest first."""
    folder = state / "journal"
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.glob("*.jsonl"), reverse=True):
        with suppress(OSError, JournalError), path.open(encoding="utf-8") as lines:
            found.append(read(path.stem, lines))
    return found


def forget(state: Path, run: str, why: str) -> None:
    """End an interrupted run: nobody will go on with it."""
    journal = Journal(directory(state) / f"{run}.jsonl", str)
    journal.end("abandoned", why)
    journal.close()


def _forget_old(folder: Path) -> None:
    for path in sorted(folder.glob("*.jsonl"), reverse=True)[KEPT:]:
        with suppress(OSError):
            path.unlink()
