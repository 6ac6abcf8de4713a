"""What came of a fix that did not run: shown, refused, or given up."""

from __future__ import annotations

from collections.abc import Iterable

from . import guards
from .plan import Outcome, Plan


def planned(plan: Plan, *, forced: bool = False) -> Outcome:
    """Return the outcome of a run that only showed its plan.

    Args:
        plan: what was shown.
        forced: whether failing guards would be overridden.
    """
    failing = () if forced else plan.refusing
    problems = [plan.blocked] if plan.blocked else [guard.summary for guard in failing]
    hint = guards.hint(plan) if failing and not plan.blocked else ""
    words = f"; as it is, it would be refused: {problems[0]}" if problems else ""
    return Outcome(
        task=plan.task,
        status="planned",
        exit_code=4 if problems else 0,
        summary=f"planned, nothing was changed{words}",
        plan=plan,
        problems=tuple(problems),
        next=(hint,) if hint else plan.next,
    )


def forgotten(plan: Plan) -> Outcome:
    """Return the outcome of forgetting an interrupted run."""
    summary = f"{plan.task} is forgotten; nothing was changed"
    return Outcome(
        task=plan.task, status="nothing", exit_code=0, summary=summary, plan=plan
    )


def blocked(plan: Plan) -> Outcome:
    """Return the outcome of a run that no program can do here."""
    return refused(plan, plan.blocked, "", (plan.blocked,))


def guarded(plan: Plan) -> Outcome:
    """Return the outcome of a run that its guards refused."""
    words = [
        f"{guard.summary} ({guard.where})" if guard.where else guard.summary
        for guard in plan.refusing
    ]
    summary = f"refused, nothing was changed: {words[0]}"
    return refused(plan, summary, guards.hint(plan), words)


def refused(plan: Plan, summary: str, hint: str, problems: Iterable[str]) -> Outcome:
    """Return the outcome of a run that changed nothing, because it was refused."""
    return Outcome(
        task=plan.task,
        status="refused",
        exit_code=4,
        summary=summary,
        plan=plan,
        problems=tuple(problems),
        next=(hint,) if hint else plan.next,
    )
