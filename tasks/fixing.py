"""What ``inv fix.*`` does between a person and `tasks.mending`: asks and shows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .adapters.lock import Lock
    from .core.config import Settings
    from .core.fixes.fix import Fix
    from .core.fixes.journal import History
    from .core.fixes.plan import Outcome, Plan
    from .session import Seen


class Asked(NamedTuple):
    """How a fix was asked for: the flags that every one of them takes."""

    plan: bool = False
    yes: bool = False
    force: bool = False
    json: bool = False


class Stack(NamedTuple):
    """Which stack a fix is for.

    Attributes:
        settings: of this run.
        project: the Compose project.
        endpoint: the engine's address, empty if that can't be told.
    """

    settings: Settings
    project: str
    endpoint: str


def run(task: str, asked: Asked, options: Mapping[str, str] | None = None) -> int:
    """Run one fix from guards to proof; return the exit code.

    Args:
        task: the fix's id, with or without ``fix.``.
        asked: the common flags.
        options: the fix's own options, those that were given.
    """
    return _shown(asked, task, lambda: _run(task, asked, dict(options or {})))


def resume(asked: Asked, *, forget: bool = False) -> int:
    """Go on with the run that was interrupted, or forget it; return the exit code."""
    return _shown(asked, "fix.resume", lambda: _resume(asked, forget=forget))


def whereabouts(settings: Settings) -> tuple[str, str]:
    """Return the Compose project's name and the engine's address."""
    import os

    from .adapters.compose import Compose
    from .adapters.docker import endpoint
    from .core.errors import EngineUnavailable

    project = Compose(settings).resolve().model.project or settings.root.name
    try:
        return project, endpoint.find(os.environ).url
    except EngineUnavailable:
        return project, ""


def _shown(asked: Asked, task: str, work: Callable[[], Outcome]) -> int:
    """Print what came of it, a refusal included."""
    from .adapters import render
    from .adapters.fixes import planview

    with one_document(task, json=asked.json):
        outcome = work()
    if asked.json:
        render.document(document(outcome))
    elif outcome.status != "planned":
        for line in planview.outcome_lines(outcome):
            render.out(line)
    return outcome.exit_code


def document(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as the document that ``--json`` prints."""
    import msgspec

    made: dict[str, Any] = msgspec.to_builtins(outcome)
    made["plan"]["destroys"] = list(outcome.plan.destroys)
    made["plan"]["loses_data"] = outcome.plan.loses_data
    return made


@contextmanager
def one_document(task: str, *, json: bool) -> Iterator[None]:
    """Print an expected failure as ``--json`` promises it: one document, even so."""
    from .adapters import render
    from .core.errors import Interrupted, Stop

    try:
        yield
    except (Stop, KeyboardInterrupt) as end:
        stop = end if isinstance(end, Stop) else Interrupted("interrupted")
        if json:
            said = {
                "task": task,
                "status": "interrupted" if stop.code == 130 else "refused",
                "exit_code": stop.code,
                "summary": stop.message,
                "next": [stop.hint] if stop.hint else [],
            }
            render.document(said)
        raise


def _run(task: str, asked: Asked, options: dict[str, str]) -> Outcome:
    from . import asking, planning
    from .adapters import lock, render

    fix = planning.declared(task)
    stack = _stack()
    if asked.plan:
        seen = planning.look(fix, stack.settings)
        plan = planning.plan_for(fix.id, seen.snapshot, stack.settings, options=options)
        if history := asking.interrupted(*stack):
            render.note(f"{asking.told(history)}: inv fix.resume")
        return _planned(plan, asked)
    with lock.hold(
        fix.task, stack.project, stack.endpoint, waiting=render.note
    ) as held:
        if held.stale:
            died = f"inv {held.stale.task} (pid {held.stale.pid})"
            render.note(f"{died} died and left its lock")
        history = _gone_on_with(stack, fix, asked, options)
        seen = planning.look(fix, stack.settings)
        if history:
            plan = planning.again(history, seen.snapshot)
        else:
            plan = planning.plan_for(
                fix.id, seen.snapshot, stack.settings, options=options
            )
        return _go(plan, seen, stack, held, asked, history)


def _resume(asked: Asked, *, forget: bool) -> Outcome:
    from . import asking, planning
    from .adapters import journal, lock, render
    from .core.errors import WrongUsage
    from .core.fixes import outcomes

    stack = _stack()
    with lock.hold(
        "fix.resume", stack.project, stack.endpoint, waiting=render.note
    ) as held:
        history = asking.interrupted(*stack)
        if history is None:
            raise WrongUsage("nothing was interrupted")
        if forget:
            journal.forget(stack.settings.state, history.run, "forgotten on request")
            return outcomes.forgotten(history.plan)
        seen = planning.look(planning.declared(history.plan.task), stack.settings)
        render.note(asking.told(history))
        plan = planning.again(history, seen.snapshot)
        return _go(plan, seen, stack, held, asked, history)


def _stack() -> Stack:
    from .adapters.settings import load

    settings = load()
    return Stack(settings, *whereabouts(settings))


def _gone_on_with(
    stack: Stack, fix: Fix, asked: Asked, options: dict[str, str]
) -> History | None:
    """Return the interrupted run that is gone on with instead, if one is."""
    from . import asking

    history = asking.interrupted(*stack)
    if history is None:
        return None
    same = (history.plan.task, history.plan.options) == (fix.task, options)
    return history if asking.offer(history, same=same, yes=asked.yes) else None


def _go(
    plan: Plan,
    seen: Seen,
    stack: Stack,
    held: Lock,
    asked: Asked,
    history: History | None,
) -> Outcome:
    """Show a plan, ask, and carry it out."""
    from . import asking, mending, planning
    from .adapters import signals
    from .adapters.fixes import telling
    from .core.errors import Refused
    from .core.fixes import outcomes

    overridden = _show(plan, asked)
    if plan.blocked:
        return outcomes.blocked(plan)
    if plan.refusing and not asked.force:
        return outcomes.guarded(plan)
    if asked.plan:
        return outcomes.planned(plan, forced=asked.force)
    left = plan.steps[history.next - 1 if history else 0 :]
    loses = any(step.loses_data for step in left)
    typed = "inv fix.resume" if history else plan.command
    try:
        if left and not asked.yes:
            asking.confirm(typed, name=plan.project if loses else "")
    except Refused as no:
        return outcomes.refused(plan, no.message, no.hint, (no.message,))
    with signals.as_interrupts():
        going = mending.Going(
            settings=stack.settings,
            snapshot=seen.snapshot,
            redactor=seen.redactor,
            reporter=telling.Terminal(),
            lock=held,
            endpoint=stack.endpoint,
            stamp=planning.now_stamp(),
            overridden=overridden,
        )
        return mending.apply(plan, going, resume=history)


def _planned(plan: Plan, asked: Asked) -> Outcome:
    """Show a plan and whether it would be let run."""
    from .adapters import render
    from .core.fixes import guards, outcomes

    _show(plan, asked)
    if plan.refusing and not asked.force:
        render.note(f"as it is, it would be refused: {guards.hint(plan)}")
    return outcomes.planned(plan, forced=asked.force)


def _show(plan: Plan, asked: Asked) -> tuple[str, ...]:
    """Show a plan; return the failing guards that are overridden."""
    from .adapters import render
    from .adapters.fixes import planview

    failing = dict.fromkeys(guard.id for guard in plan.refusing)
    overridden = tuple(failing) if asked.force else ()
    if not asked.json:
        for line in planview.plan_lines(plan, overridden, last=asked.plan):
            render.out(line)
    return overridden
