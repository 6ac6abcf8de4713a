"""The values that flow: what a check finds, what causes it, what a fix does."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["pass", "warn", "fail", "skip"]
Confidence = Literal["certain", "likely", "possible"]
Category = Literal[
    "dependency",
    "schema",
    "config",
    "data",
    "code",
    "engine",
    "resource",
    "network",
    "auth",
]

#: Worst first; a skip says less than a pass, so it never hides one.
SEVERITY: dict[Status, int] = {"fail": 0, "warn": 1, "pass": 2, "skip": 3}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check says of the stack.

    Attributes:
        id: the check's id, as typed after ``check.``.
        status: ``skip`` means it could not look; the summary says why.
        summary: one line, the cause first.
        evidence: what was seen and where: file:line, container, log line.
        fix: the task that mends it (``fix.pins``), or None.
        seconds: what the probes it reads took, the slowest of them.
    """

    id: str
    status: Status
    summary: str
    evidence: tuple[str, ...] = ()
    fix: str | None = None
    seconds: float = 0.0


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One root cause, with what follows from it.

    Attributes:
        id: the signature's or the structural rule's id.
        cause: one sentence.
        evidence: log lines, findings, states: each says where it was seen.
        service: the Compose service where it sits, or None for the engine.
        fix: the task that mends it, or None when only a person can.
        advice: what to do when there is no such task.
        consequences: one line for each failure that follows from this cause.
    """

    id: str
    category: Category
    confidence: Confidence
    cause: str
    evidence: tuple[str, ...] = ()
    service: str | None = None
    fix: str | None = None
    advice: str = ""
    consequences: tuple[str, ...] = ()


class StackId(msgspec.Struct, frozen=True, kw_only=True):
    """Which stack on which engine; empty strings where it isn't known."""

    project: str = ""
    files: tuple[str, ...] = ()
    context: str = ""
    engine: str = ""
    compose: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the checks: the document that ``check.all --json`` prints."""

    stack: StackId
    checks: tuple[Finding, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    seconds: float = 0.0
    exit_code: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a fix does.

    Attributes:
        why: one line, shown while it runs.
        argv: the command; for a step done inside Unstuck (an edit, a backup),
            the command a person would type for the same, or empty.
        action: the name of the function in `tasks.adapters.fixes.actions` that does
            it, when it isn't the command.
        args: that function's arguments.
        destroys: what is gone afterwards, one line each, with sizes.
        loses_data: whether that includes data, not only what can be made anew.
        diff: the lines that an edit changes, as ``-old`` and ``+new``.
        timeout: seconds until it is stopped.
    """

    why: str
    argv: tuple[str, ...] = ()
    action: str = ""
    args: dict[str, str] = {}
    destroys: tuple[str, ...] = ()
    loses_data: bool = False
    diff: tuple[str, ...] = ()
    timeout: float = 1800.0


def exit_code(findings: tuple[Finding, ...], *, strict: bool = False) -> int:
    """Return 1 if a finding failed (with ``strict``: or warned), else 0."""
    bad = {"fail", "warn"} if strict else {"fail"}
    return int(any(finding.status in bad for finding in findings))
