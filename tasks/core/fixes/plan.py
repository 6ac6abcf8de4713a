"""What a fix will do, is doing and has done, as values: Plan and Outcome.

Both round-trip through JSON: a plan is what ``--plan`` prints, what the journal
keeps and what an interrupted run goes on with.
"""

from __future__ import annotations

import shlex
from typing import Literal

import msgspec

from ..model import Finding, Step

GuardStatus = Literal["pass", "fail", "skip"]
OutcomeStatus = Literal[
    "planned", "nothing", "verified", "unverified", "refused", "interrupted"
]


class GuardResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one guard says before anything mutates.

    Attributes:
        id: the guard's id: ``pins`` or ``api-url``.
        status: ``skip`` where the stack has no such subject; the summary says so.
        summary: one line, the cause first.
        where: ``file:line``.
        found: what stands there.
        wanted: what should stand there.
        mend: the command that mends it.
    """

    id: str
    status: GuardStatus
    summary: str
    where: str = ""
    found: str = ""
    wanted: str = ""
    mend: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a fix would do to this stack, decided before anything is touched.

    Attributes:
        task: what is typed: ``fix.nuke``.
        project: the Compose project.
        purpose: one line: what the fix is for.
        steps: in their order; none if there is nothing to do.
        keeps: what is *not* destroyed, one line each.
        notes: what else a person should know, one line each.
        blocked: why no program can do it here; empty if one can.
        next: commands or advice for a person, one each.
        guards: what every guard says, the exempt ones left out.
        exempt: guards that don't count, as the fix mends their very fault.
        services: services that must be up and healthy afterwards.
        verify: ids of the checks that must pass afterwards.
        own: ids of checks that must no longer name this fix as a remedy.
        must: those checks that must have been able to look.
        patience: seconds until the verification is given up.
        options: how the fix was asked for: ``{"data": "yes"}``.
    """

    task: str
    project: str
    purpose: str = ""
    steps: tuple[Step, ...] = ()
    keeps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""
    next: tuple[str, ...] = ()
    guards: tuple[GuardResult, ...] = ()
    exempt: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    patience: float = 120.0
    options: dict[str, str] = {}

    @property
    def command(self) -> str:
        """What was typed, its own options included."""
        words = [f"inv {self.task}"]
        for name, value in self.options.items():
            words.append(f"--{name}")
            words += [] if value == "yes" else [shlex.quote(value)]
        return " ".join(words)

    @property
    def destroys(self) -> tuple[str, ...]:
        """What is gone afterwards, one line each, in the order of the steps."""
        return tuple(
            dict.fromkeys(line for step in self.steps for line in step.destroys)
        )

    @property
    def loses_data(self) -> bool:
        """Whether a step destroys data, so that the project's name is asked for."""
        return any(step.loses_data for step in self.steps)

    @property
    def refusing(self) -> tuple[GuardResult, ...]:
        """The guards that fail."""
        return tuple(guard for guard in self.guards if guard.status == "fail")


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """How one step went.

    Attributes:
        n: its number, from 1.
        code: exit status; 0 is success.
        said: the last line that it printed, or why it failed.
        result: what later steps need of it: ``{"backup": "backups/..."}``.
    """

    n: int
    why: str
    code: int
    seconds: float = 0.0
    said: str = ""
    result: dict[str, str] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a fix from plan to proof.

    Attributes:
        exit_code: as promised for every task; see `tasks.core.errors`.
        summary: one line: how it ended.
        problems: what still fails, or why it was refused.
        before: what the verifying checks said before.
        after: what they say now.
        changed: what was left changed by a run that did not verify.
        next: what to type next, one command each.
        overridden: guards that failed and were overridden by ``--force``.
        backups: paths of the backups that were made.
        journal: path of the file with the full output of every step.
    """

    task: str
    status: OutcomeStatus
    exit_code: int
    summary: str
    plan: Plan
    steps: tuple[StepResult, ...] = ()
    problems: tuple[str, ...] = ()
    before: tuple[Finding, ...] = ()
    after: tuple[Finding, ...] = ()
    changed: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()
    journal: str = ""
    seconds: float = 0.0
