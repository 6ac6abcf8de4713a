"""What a person is asked before anything is changed, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.config import Settings
    from .core.fixes.journal import History

UNCHANGED = "nothing was changed"


def confirm(command: str, *, name: str = "", question: str = "Go on?") -> None:
    """Ask y/N or, before data is destroyed, for a name to be typed.

    Args:
        command: what was typed, to be typed again with ``--yes`` where there is
            nobody to ask.
        name: the project's name, where data is destroyed; empty for y/N.
        question: for y/N.

    Raises:
        Refused: the answer is no, or there is nobody to ask.
        Interrupted: Ctrl-C at the question.
    """
    from .adapters import render
    from .core.errors import Refused

    if not render.interactive():
        message = f"there is no terminal to ask on: {UNCHANGED}"
        raise Refused(message, f"{command} --yes")
    if name:
        question = f"This destroys data. Type the project's name, {name}:"
    else:
        question = f"{question} [y/N]"
    said = _answer(question)
    if said != name if name else said.lower() not in ("y", "yes"):
        raise Refused(f"not confirmed: {UNCHANGED}")


def _answer(question: str) -> str:
    from .adapters import render
    from .core.errors import Interrupted

    try:
        return render.ask(f"{question} ")
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted at the question: {UNCHANGED}") from None


def interrupted(settings: Settings, project: str, endpoint: str) -> History | None:
    """Return the run that was interrupted and not made good since, if one was."""
    from .adapters import journal

    return journal.interrupted(settings.state, project, endpoint)


def told(history: History) -> str:
    """Return what was interrupted, where, and how long ago."""
    from datetime import UTC, datetime

    from .adapters.fixes import planview
    from .core.states import age

    try:
        began = datetime.fromisoformat(history.time)
        ago = age((datetime.now(UTC) - began).total_seconds())
    except ValueError:
        ago = "some time"
    return planview.history_line(history, ago)


def offer(history: History, *, same: bool, yes: bool) -> bool:
    """Say what was interrupted; return whether to go on with it.

    Args:
        history: what was interrupted.
        same: whether that is what was typed now.
        yes: whether ``--yes`` was typed: nothing is asked then.

    Raises:
        Interrupted: Ctrl-C at the question.
    """
    from .adapters import render

    line = told(history)
    if history.finished:
        render.note(f"{line}: inv fix.resume verifies it")
        return False
    if yes and same:
        render.note(f"{line}; going on with it")
        return True
    if yes or not render.interactive():
        render.note(f"{line}: inv fix.resume goes on with it")
        return False
    render.note(line)
    if _answer("Go on with that one instead? [y/N]").lower() in ("y", "yes"):
        return True
    render.note("it is kept: inv fix.resume goes on with it, --forget drops it")
    return False
