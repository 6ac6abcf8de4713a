"""The journal of a run, read back: how far it came and what is left to do.

A journal is JSON lines: ``begin`` with the whole plan, then for each step
``step`` before it starts and ``done`` or ``failed`` after it ended, the lines
it printed as ``out``, and ``end`` last of all. A run that was killed has no
``end``; its last line may be cut off anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from .plan import Plan, StepResult

Record = dict[str, Any]


class History(NamedTuple):
    """What a journal tells.

    Attributes:
        run: the run's id, also the journal's file name without its ending.
        plan: the plan as it was confirmed.
        endpoint: the engine's address.
        pid: the process that ran it.
        time: when it began, ISO 8601 in UTC.
        done: results of the steps that ended well, in order.
        running: number of the step that was begun and not ended, 0 if none.
        status: how it ended; empty if it was cut off.
        memory: what the done steps left for later ones.
    """

    run: str
    plan: Plan
    endpoint: str
    pid: int
    time: str
    done: tuple[StepResult, ...] = ()
    running: int = 0
    status: str = ""
    memory: dict[str, str] = {}  # noqa: RUF012 - never changed in place

    @property
    def interrupted(self) -> bool:
        """Whether it was cut off: something to go on with, if only its proof."""
        return self.status in ("", "interrupted")

    @property
    def finished(self) -> bool:
        """Whether every step is done, so that only the proof may be missing."""
        return self.next > len(self.plan.steps)

    @property
    def next(self) -> int:
        """Number of the step to go on with; one that was cut off runs again."""
        return len(self.done) + 1

    @property
    def words(self) -> str:
        """Where it stopped: ``step 4 of 6: start everything``."""
        steps = self.plan.steps
        if self.finished:
            return "while it was verified"
        what = "in" if self.running else "before"
        return f"{what} step {self.next} of {len(steps)}: {steps[self.next - 1].why}"


class JournalError(ValueError):
    """It is no journal, or not one that can be gone on with."""


def read(run: str, lines: Iterable[str]) -> History:
    """Return what a journal tells.

    Raises:
        JournalError: its first line is no ``begin``.
    """
    records = list(_records(lines))
    if not records or records[0].get("event") != "begin":
        raise JournalError(f"{run} does not begin with a plan")
    first = records[0]
    try:
        plan = msgspec.convert(first["plan"], Plan)
        history = History(
            run, plan, str(first["endpoint"]), int(first["pid"]), str(first["time"])
        )
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise JournalError(f"{run}: {error}") from error
    for record in records[1:]:
        history = _after(history, record)
    return history


def _after(history: History, record: Record) -> History:
    event = record.get("event")
    if event == "step":
        return history._replace(running=int(record["n"]))
    if event == "done":
        result = msgspec.convert(record["step"], StepResult)
        memory = {**history.memory, **result.result}
        # A backup is made again when an interrupted run is gone on with.
        done = history.done if result.n != history.next else (*history.done, result)
        return history._replace(done=done, running=0, memory=memory)
    if event == "failed":
        return history._replace(running=0)
    if event == "end":
        return history._replace(running=0, status=str(record["status"]))
    return history


def _records(lines: Iterable[str]) -> Iterable[Record]:
    """Yield the records; a line that was cut off ends them."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            return
        if isinstance(record, dict):
            yield record
