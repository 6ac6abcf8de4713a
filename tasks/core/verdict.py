"""How a check is declared and how it says what it found.

A check is a function over one Snapshot that yields verdicts: none at all
means it passed with the summary that its declaration names. `run` folds them
into one Finding, so that a check has exactly one row in every report.

Nothing heavy is imported at the top: ``inv --list`` loads this module to learn
the checks' names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .model import Finding, Status
    from .snapshot import Snapshot


class Verdict(NamedTuple):
    """One thing a check says; see the Finding's attributes."""

    status: Status
    summary: str
    evidence: tuple[str, ...] = ()
    fix: str | None = None


Verdicts = Iterator[Verdict]
CheckFunction = Callable[["Snapshot"], Iterable[Verdict]]


class Check(NamedTuple):
    """A declared check.

    Attributes:
        id: what is typed after ``check.``.
        doc: the function's docstring; its first line is the task's help.
        probes: the probes whose facts it reads; only these run for a single
            check, and their time is the check's time.
        look: the function.
    """

    id: str
    doc: str
    probes: tuple[str, ...]
    look: CheckFunction


CHECKS: dict[str, Check] = {}


def check(id: str, *, probes: tuple[str, ...]) -> Callable[[CheckFunction], Check]:
    """Declare the decorated function as the check ``id``.

    Raises:
        ValueError: the id is taken; two checks of one name would hide one.
    """

    def declare(look: CheckFunction) -> Check:
        if id in CHECKS:
            raise ValueError(f"two checks are called {id!r}")
        CHECKS[id] = Check(id, look.__doc__ or "", probes, look)
        return CHECKS[id]

    return declare


def passed(summary: str, *evidence: str) -> Verdict:
    """Looked, and it is as it should be."""
    return Verdict("pass", summary, evidence)


def warned(summary: str, *evidence: str, fix: str | None = None) -> Verdict:
    """It works, and it will bite."""
    return Verdict("warn", summary, evidence, fix)


def failed(summary: str, *evidence: str, fix: str | None = None) -> Verdict:
    """It is broken."""
    return Verdict("fail", summary, evidence, fix)


def skipped(reason: str) -> Verdict:
    """Could not look, and why."""
    return Verdict("skip", reason)


def run(check: Check, snapshot: Snapshot) -> Finding:
    """Let one check look at a snapshot and fold what it says into a Finding.

    The worst verdict gives status, summary and fix; any others of the same or
    a lesser severity stay visible as evidence, with their own fix named.
    """
    from .model import SEVERITY, Finding

    said = sorted(check.look(snapshot), key=lambda v: SEVERITY[v.status])
    if not said:
        raise AssertionError(f"check {check.id} said nothing")
    worst, *others = said
    # What several looks found as it should be is one sentence.
    passes = [verdict.summary for verdict in said if verdict.status == "pass"]
    summary = ", ".join(passes) if worst.status == "pass" else worst.summary
    evidence = list(worst.evidence)
    for other in others:
        if other.status == "skip" or worst.status in ("fail", "warn"):
            if other.status == "pass":
                continue
            tail = f" (inv {other.fix})" if other.fix and other.fix != worst.fix else ""
            evidence.append(f"{_ALSO[other.status]}: {other.summary}{tail}")
        evidence.extend(other.evidence)
    seconds = max((snapshot.seconds_of(name) for name in check.probes), default=0.0)
    return Finding(
        id=check.id,
        status=worst.status,
        summary=summary,
        evidence=tuple(dict.fromkeys(evidence)),
        fix=worst.fix,
        seconds=round(seconds, 3),
    )


#: How a folded Finding says that a part of it could not be looked at.
NOT_CHECKED = "not checked"
_ALSO: dict[Status, str] = {"fail": "also", "warn": "also", "skip": NOT_CHECKED}


def unchecked(finding: Finding) -> list[str]:
    """Return what a check says that it could not look at, one line each."""
    return [line for line in finding.evidence if line.startswith(f"{NOT_CHECKED}:")]
