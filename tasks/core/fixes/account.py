"""The account that ``fix.auto`` gives: each round, what it did, what is left."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from ..model import Diagnosis, Finding
from .plan import Outcome

Status = Literal[
    "green", "nothing", "planned", "stopped", "person", "refused", "interrupted"
]


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One fix of a round, and how it ended.

    Attributes:
        causes: what it was for.
        status: as in `Outcome`; ``withheld`` if it would have lost data or its
            guards or its own plan refused.
        exit_code: that of the fix.
    """

    task: str
    causes: tuple[str, ...]
    status: str
    summary: str
    exit_code: int
    seconds: float = 0.0
    backups: tuple[str, ...] = ()
    journal: str = ""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round.

    Attributes:
        diagnoses: the root causes that it began with.
        failed: ids of the checks that failed after it.
    """

    number: int
    diagnoses: tuple[Diagnosis, ...]
    fixes: tuple[Ran, ...] = ()
    failed: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One run of ``fix.auto`` from the first look to the last.

    Attributes:
        status: ``green``: every check passes; ``nothing``: they did before;
            ``person``: what is left only a person can mend; ``stopped``: no
            progress, or no rounds left.
        exit_code: 0 green, 1 nothing could be done, 4 refused, 5 not green
            although something was done, 130 interrupted.
        left: root causes that are still there.
        checks: what every check says at the end.
        next: what to type or do next, one line each.
    """

    task: str = "fix.auto"
    status: Status
    exit_code: int
    summary: str
    rounds: tuple[Round, ...] = ()
    plans: tuple[Outcome, ...] = ()
    left: tuple[Diagnosis, ...] = ()
    checks: tuple[Finding, ...] = ()
    next: tuple[str, ...] = ()
    seconds: float = 0.0


def close(
    rounds: tuple[Round, ...],
    left: tuple[Diagnosis, ...],
    checks: tuple[Finding, ...],
    *,
    out_of_rounds: bool,
    seconds: float,
    by_hand: Collection[str] = (),
) -> Account:
    """Return the account of a run that has ended by itself.

    Args:
        rounds: what was done.
        left: the root causes of the last look.
        checks: what every check said in it.
        out_of_rounds: whether it ended for want of rounds.
        seconds: how long it took.
        by_hand: tasks of the fixes that only a person may run.
    """
    person = left and all(not cause.fix or cause.fix in by_hand for cause in left)
    failed = [check for check in checks if check.status == "fail"]
    did = any(ran.status == "verified" for r in rounds for ran in r.fixes)
    touched = any(ran.status != "withheld" for r in rounds for ran in r.fixes)
    if not failed and not left:
        status: Status = "green" if touched else "nothing"
        what = _fixes(rounds) if touched else "every check passes: nothing to mend"
        summary, code = (f"green: {what}" if touched else what), 0
    elif person:
        status, code = "person", 5 if touched else 1
        summary = f"only a person can mend this: {left[0].cause}"
    else:
        status, code = "stopped", 5 if touched else 1
        why = "no rounds are left" if out_of_rounds else "no further progress"
        words = left[0].cause if left else failed[0].summary
        summary = f"{why}: {words}"
    if not failed and person and did:
        code = 0
    return Account(
        status=status,
        exit_code=code,
        summary=summary,
        rounds=rounds,
        left=left,
        checks=checks,
        next=tuple(dict.fromkeys(_next(left))),
        seconds=round(seconds, 1),
    )


def _fixes(rounds: tuple[Round, ...]) -> str:
    done = [ran.task for r in rounds for ran in r.fixes if ran.status != "withheld"]
    count = f"{len(rounds)} round{'s'[: len(rounds) > 1]}"
    return f"{', '.join(f'inv {task}' for task in done)} in {count}"


def _next(left: tuple[Diagnosis, ...]) -> list[str]:
    said = []
    for cause in left:
        if cause.fix:
            said.append(f"inv {cause.fix}")
        elif cause.advice:
            said.append(cause.advice)
    return said
