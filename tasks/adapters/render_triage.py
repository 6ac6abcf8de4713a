"""Prints the one screen of ``inv triage``."""

from __future__ import annotations

from ..core.diagnosis.triage import LastException, State, Triage
from ..core.logs.happenings import Happening
from ..core.states import age, seconds_between
from . import render


def screen(found: Triage, now: str) -> list[str]:
    """Return the lines of a triage, at most `render.width` columns each.

    Args:
        found: what was found.
        now: when it was looked, to say how long ago something was.
    """
    lines = [render.paint(_head(found), "bold"), ""]
    lines += [_state(state, now) for state in found.containers]
    if found.exception:
        lines += ["", *_exception(found.exception)]
    if found.containers or found.exception:
        lines.append("")
    for diagnosis in found.diagnoses:
        lines += [*render.diagnosis_lines(diagnosis), ""]
    lines.append(_verdict(found))
    return lines


def happening_line(happening: Happening) -> str:
    """Return the line of something that happened just now."""
    at = render.paint(f"{happening.at:<8}", "dim")
    style = "red" if happening.bad else "bold"
    name = render.paint(happening.service, style)
    lines = render.wrap(f"{happening.service} {happening.text}", " " * 9, limit=3)
    lines[0] = lines[0].strip().removeprefix(happening.service)
    return "\n".join([f"{at} {name}{lines[0]}", *lines[1:]])


def _head(found: Triage) -> str:
    stack = found.stack
    engine = f"Engine {stack.engine}" if stack.engine else ""
    return " · ".join(part for part in (stack.project, engine, stack.context) if part)


def _state(state: State, now: str) -> str:
    word = render.paint(f"{state.state:<11}", "red")
    parts = []
    if state.restarts:
        parts.append(f"{state.restarts} restarts")
    if state.exit_code is not None:
        parts.append(f"exit code {state.exit_code} ({state.meaning})")
    passed = seconds_between(state.since, now) if state.since else None
    if passed is not None and passed >= 0:
        parts.append(f"{age(passed)} ago")
    text = f"{state.service}: {', '.join(parts)}" if parts else state.service
    first, *rest = render.wrap(text, " " * 12)
    return "\n".join([f"{word} {first.lstrip()}", *rest])


def _exception(words: LastException) -> list[str]:
    text = f"{words.type}: {words.message}" if words.message else words.type
    lines = render.wrap(f"{words.service}: {text}", "  ")
    if words.frame:
        lines += render.wrap(f"at {words.frame}", "    ")
    if words.root:
        lines += render.wrap(f"it came of {words.root}", "    ")
    return lines


def _verdict(found: Triage) -> str:
    seconds = f"{found.seconds:.1f} s"
    if found.diagnoses:
        count = len(found.diagnoses)
        causes = "one root cause" if count == 1 else f"{count} root causes"
        return render.paint(
            f"{causes} in {seconds}; all the checks: inv check.all", "dim"
        )
    if found.containers:
        return render.paint(f"no cause found in {seconds}: inv check.all", "yellow")
    return render.paint(
        f"{found.services} services run, none restarts, no known failure ({seconds})\n"
        "all the checks: inv check.all",
        "green",
    )
