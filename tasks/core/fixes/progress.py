"""How far a run has come: what it changed, what may be lost, what is done again."""

from __future__ import annotations

from collections.abc import Sequence

from .plan import Plan, StepResult

#: Actions that save data.
SAVES = frozenset({"backup", "copy-volume"})
#: Actions after which the stack is what it was before.
HARMLESS = SAVES | {"await-database", "await-engine"}


def place(plan: Plan, done: int) -> str:
    """Return where a run is that has done so many steps: ``in step 4 of 6``."""
    total = len(plan.steps)
    return f"in step {done + 1} of {total}" if done < total else "while it was verified"


def changed(
    plan: Plan, results: Sequence[StepResult], running: int = 0
) -> tuple[str, ...]:
    """Return what a run has changed, one line each.

    Args:
        plan: what it is doing.
        results: the steps that are done.
        running: number of the step that was broken off, 0 if none was.
    """
    steps = [plan.steps[result.n - 1] for result in results]
    lines = [step.why for step in steps if step.action not in HARMLESS]
    if running and plan.steps[running - 1].destroys:
        lines.append(f"{plan.steps[running - 1].why} (begun)")
    return tuple(lines)


def lost(plan: Plan, done: int) -> bool:
    """Whether data may be gone: a step that destroys it was at least begun."""
    begun = plan.steps[: done + 1]
    # A restore keeps the old database until the new one is proven.
    return any(step.loses_data for step in begun if step.action != "restore")


def again(plan: Plan, done: int) -> tuple[int, ...]:
    """Return the backup steps to repeat before an interrupted run goes on.

    Whatever was written since it was interrupted is in no backup yet.
    """
    if not any(step.loses_data for step in plan.steps[done:]):
        return ()
    first = enumerate(plan.steps[:done], 1)
    return tuple(n for n, step in first if step.action in SAVES)
