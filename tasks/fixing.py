"""What ``inv fix.*`` does between a person and `tasks.mending`: asks and shows.

The tasks themselves are made from the declared fixes, one each, so that a new
fix is a function in `tasks.fixes` and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from invoke import Collection

from . import fixes as _  # noqa: F401 - declares them
from .command import command
from .core.fixes.fix import FIXES, Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invoke import Context

    from .core.config import Settings
    from .core.fixes.journal import History
    from .core.fixes.plan import Outcome, Plan
    from .session import Seen

_HELP = {
    "plan": "print the steps and change nothing (as inv --dry does)",
    "yes": "don't ask; for scripts",
    "force": "go on although a guard fails; says which",
    "json": "one JSON document on stdout, nothing else there",
}


class Asked(NamedTuple):
    """How a fix was asked for: the flags that every one of them takes."""

    plan: bool = False
    yes: bool = False
    force: bool = False
    json: bool = False


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


def _shown(asked: Asked, task: str, work: Any) -> int:  # noqa: ANN401 - a callable
    """Print what came of it, a refusal included."""
    from .adapters import planview, render
    from .core.errors import Stop

    try:
        outcome: Outcome = work()
    except Stop as stop:
        if asked.json:
            hints = [stop.hint] if stop.hint else []
            render.document(
                {
                    "task": task,
                    "status": "refused",
                    "exit_code": stop.code,
                    "summary": stop.message,
                    "next": hints,
                }
            )
        raise
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


def _run(task: str, asked: Asked, options: dict[str, str]) -> Outcome:
    from . import mending, session
    from .adapters import lock
    from .adapters.settings import load
    from .core.errors import WrongUsage

    fix = FIXES.get(task.removeprefix("fix."))
    if fix is None:
        raise WrongUsage(f"there is no fix called {task}", "inv --list fix")
    settings = load()
    project, endpoint = whereabouts(settings)
    if asked.plan:
        seen = session.observe(settings, mending.probes_of(fix))
        plan = mending.plan_for(fix.id, seen.snapshot, settings, options=options)
        _tell_interrupted(settings, project, endpoint)
        return _planned(plan, asked)
    with lock.hold(fix.task, project, endpoint, waiting=_note) as held:
        if held.stale:
            _note(
                f"inv {held.stale.task} (pid {held.stale.pid}) died and left its lock"
            )
        history = _offered(settings, project, endpoint, fix, asked, options)
        seen = session.observe(settings, mending.probes_of(fix))
        if history:
            plan = mending.again(history, seen.snapshot)
            return _go(plan, seen, settings, held, endpoint, asked, history)
        plan = mending.plan_for(fix.id, seen.snapshot, settings, options=options)
        return _go(plan, seen, settings, held, endpoint, asked, None)


def _resume(asked: Asked, *, forget: bool) -> Outcome:
    from . import mending, session
    from .adapters import journal, lock, planview
    from .adapters.settings import load
    from .core.errors import WrongUsage

    settings = load()
    project, endpoint = whereabouts(settings)
    with lock.hold("fix.resume", project, endpoint, waiting=_note) as held:
        history = journal.interrupted(settings.state, project, endpoint)
        if history is None:
            raise WrongUsage("nothing was interrupted")
        if forget:
            journal.forget(settings.state, history.run, "forgotten on request")
            summary = f"{history.plan.task} is forgotten; nothing was changed"
            return mending.forgotten(history.plan, summary)
        fix = FIXES[history.plan.task.removeprefix("fix.")]
        seen = session.observe(settings, mending.probes_of(fix))
        plan = mending.again(history, seen.snapshot)
        _note(planview.history_line(history, _ago(history.time)))
        return _go(plan, seen, settings, held, endpoint, asked, history)


def _go(
    plan: Plan,
    seen: Seen,
    settings: Settings,
    held: Any,  # noqa: ANN401 - the lock, imported late
    endpoint: str,
    asked: Asked,
    history: History | None,
) -> Outcome:
    from . import mending
    from .adapters import planview, render, signals, telling
    from .core.errors import Refused
    from .core.fixes import guards

    failing = plan.refusing
    overridden = tuple(dict.fromkeys(g.id for g in failing)) if asked.force else ()
    if not asked.json:
        for line in planview.plan_lines(plan, overridden):
            render.out(line)
    if plan.blocked:
        return mending.refused(plan, plan.blocked, "", (plan.blocked,))
    if failing and not asked.force:
        words = [f"{g.summary} ({g.where})" if g.where else g.summary for g in failing]
        summary = f"refused, nothing was changed: {words[0]}"
        return mending.refused(plan, summary, guards.hint(failing, plan.task), words)
    if asked.plan:
        return mending.planned(plan)
    try:
        if plan.steps:
            _consent(plan, asked, history)
    except Refused as no:
        return mending.refused(plan, no.message, no.hint, (no.message,))
    with signals.as_interrupts():
        going = mending.Going(
            settings=settings,
            snapshot=seen.snapshot,
            redactor=seen.redactor,
            reporter=telling.Terminal(),
            lock=held,
            endpoint=endpoint,
            stamp=mending.now_stamp(),
            overridden=overridden,
        )
        return mending.apply(plan, going, resume=history)


def _planned(plan: Plan, asked: Asked) -> Outcome:
    """Show a plan and whether its guards would let it run."""
    from . import mending
    from .adapters import planview, render
    from .core.fixes import guards

    overridden = [g.id for g in plan.refusing] if asked.force else []
    if not asked.json:
        for line in planview.plan_lines(plan, overridden):
            render.out(line)
    if plan.refusing and not asked.force:
        _note(f"as it is, it would be refused: {guards.hint(plan.refusing, plan.task)}")
    return mending.planned(plan, refused=bool(plan.refusing) and not asked.force)


def whereabouts(settings: Settings) -> tuple[str, str]:
    """Return the Compose project's name and the engine's address."""
    import os

    from .adapters import endpoint
    from .adapters.compose import Compose
    from .core.errors import EngineUnavailable

    project = Compose(settings).resolve().model.project or settings.root.name
    try:
        return project, endpoint.find(os.environ).url
    except EngineUnavailable:
        return project, ""


def _tell_interrupted(settings: Settings, project: str, endpoint: str) -> None:
    from .adapters import journal, planview

    history = journal.interrupted(settings.state, project, endpoint)
    if history:
        _note(f"{planview.history_line(history, _ago(history.time))}: inv fix.resume")


def _offered(
    settings: Settings,
    project: str,
    endpoint: str,
    fix: Fix,
    asked: Asked,
    options: dict[str, str],
) -> History | None:
    """Say what was interrupted and return it if it is to be gone on with."""
    from .adapters import journal, planview, render

    history = journal.interrupted(settings.state, project, endpoint)
    if history is None:
        return None
    line = planview.history_line(history, _ago(history.time))
    same = (history.plan.task, history.plan.options) == (fix.task, options)
    if asked.yes and same:
        _note(f"{line}; going on with it")
        return history
    if asked.yes or not render.interactive():
        _note(f"{line}: inv fix.resume goes on with it")
        return None
    _note(line)
    if render.ask("Go on with that one instead? [y/N] ").lower() in ("y", "yes"):
        return history
    journal.forget(settings.state, history.run, f"given up for inv {fix.task}")
    return None


def _consent(plan: Plan, asked: Asked, history: History | None) -> None:
    """Ask, unless ``--yes`` was given.

    Raises:
        Refused: the answer is no, or there is nobody to ask.
    """
    from .adapters import render
    from .core.errors import Refused

    if asked.yes:
        return
    typed = "inv fix.resume" if history else f"inv {plan.task}"
    if not render.interactive():
        raise Refused(
            "there is no terminal to ask on: nothing was changed", f"{typed} --yes"
        )
    left = plan.steps[history.next - 1 if history else 0 :]
    if any(step.loses_data for step in left):
        question = f"This destroys data. Type the project's name, {plan.project}: "
        if render.ask(question) != plan.project:
            raise Refused("not confirmed: nothing was changed")
    elif render.ask("Go on? [y/N] ").lower() not in ("y", "yes"):
        raise Refused("not confirmed: nothing was changed")


def _ago(time: str) -> str:
    from datetime import UTC, datetime

    from .core.states import age

    try:
        return age((datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds())
    except ValueError:
        return "some time"


def _note(text: str) -> None:
    from .adapters import render

    render.note(text)


# -- the tasks ----------------------------------------------------------------


def _task(declared: Fix) -> Any:  # noqa: ANN401 - Invoke's Task is untyped
    """Return the task of a fix, its own options among its arguments."""
    import inspect

    def one(c: Context, **flags: Any) -> int:  # noqa: ANN401 - Invoke's values
        given = Asked(
            plan=flags.pop("plan") or bool(c.config.run.dry),
            yes=flags.pop("yes"),
            force=flags.pop("force"),
            json=flags.pop("json"),
        )
        own = {
            name.replace("_", "-"): "yes" if value is True else value
            for name, value in flags.items()
            if value
        }
        return run(declared.id, given, own)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    defaults: dict[str, object] = {
        option.replace("-", "_"): "" if meaning.startswith("=") else False
        for option, meaning in declared.options.items()
    }
    defaults |= dict.fromkeys(_HELP, False)
    parameters = [inspect.Parameter("c", kind)]
    parameters += [
        inspect.Parameter(name, kind, default=default)
        for name, default in defaults.items()
    ]
    one.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    one.__doc__ = declared.doc
    one.__name__ = declared.id.replace("-", "_").rpartition(".")[2]
    helps = {name: text.removeprefix("=") for name, text in declared.options.items()}
    return command(
        name=declared.id.rpartition(".")[2],
        positional=[declared.positional] if declared.positional else [],
        help={**helps, **_HELP},
    )(one)


@command(
    name="resume",
    help={**_HELP, "forget": "don't go on with it; never mention it again"},
)
def resume_(
    c: Context,
    plan: bool = False,
    yes: bool = False,
    force: bool = False,
    json: bool = False,
    forget: bool = False,
) -> int:
    """Go on with a fix that was interrupted, from the step it was in."""
    dry = plan or bool(c.config.run.dry)
    return resume(Asked(dry, yes, force, json), forget=forget)


def one_task(id: str) -> Any:  # noqa: ANN401 - Invoke's Task is untyped
    """Return the task of one declared fix, for a collection of another name."""
    return _task(FIXES[id])


def collection() -> Collection:
    """Return the tasks ``fix.*``: one for each declared fix, and ``resume``."""
    from .unstuck import auto

    made = Collection("fix", auto, resume_)
    for declared in FIXES.values():
        if "." not in declared.id:
            made.add_task(_task(declared))
    return made
