"""Guards: what must hold before anything mutates.

Building or starting a stack from a wrong pin or a wrong API address only makes
a broken stack again, later. A guard refuses with the place, what stands there,
what should, and the command that mends it. One whose subject this stack does
not have is skipped, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..snapshot import Requirements, Snapshot
from ..sources import apiurl
from ..sources import pins as requirements
from .plan import GuardResult, Plan

GuardFunction = Callable[[Snapshot], Iterable[GuardResult]]


def pins(snap: Snapshot) -> Iterable[GuardResult]:
    """The pinned packages in the backend's build context."""
    lines = snap.requirements
    if not snap.settings.pins:
        yield _skipped("pins", "no pins are set (UNSTUCK_PINS)")
    elif snap.model is not None and snap.model.role("backend") is None:
        yield _skipped("pins", "the stack has no backend")
    elif lines is None or lines.error:
        reason = lines.error if lines else snap.why_not("requirements")
        yield _skipped("pins", f"the requirements were not read: {reason}")
    else:
        yield from _pins(snap.settings.pins, lines)


def _pins(pins: tuple[str, ...], lines: Requirements) -> Iterable[GuardResult]:
    wrong = requirements.wrong(pins, lines)
    if len(wrong) == len(pins) and all(w.verdict.line is None for w in wrong):
        names = ", ".join(w.verdict.name for w in wrong)
        yield _skipped("pins", f"{lines.path} asks for none of {names}")
        return
    for found in wrong:
        line = found.verdict.line
        yield GuardResult(
            id="pins",
            status="fail",
            summary=found.summary,
            where=found.where,
            found=line.text if line else f"no line for {found.verdict.name}",
            wanted=found.verdict.pin,
            mend="inv fix.pins",
        )
    if not wrong:
        yield GuardResult(
            id="pins", status="pass", summary=f"{', '.join(pins)} in {lines.path}"
        )


def api_url(snap: Snapshot) -> Iterable[GuardResult]:
    """The frontend's API base URL in the resolved Compose model."""
    model, variable = snap.model, snap.settings.api_url_variable
    if model is None:
        reason = f"the Compose files were not read: {snap.why_not('model')}"
        yield _skipped("api-url", reason)
    elif model.role("frontend") is None:
        yield _skipped("api-url", "the stack has no frontend")
    elif not (value := apiurl.configured(model, variable)):
        yield _skipped("api-url", f"the Compose files don't set {variable}")
    elif found := apiurl.wrong(model, variable, snap.settings.api_prefix):
        yield GuardResult(
            id="api-url",
            status="fail",
            summary=found.summary,
            where=found.where,
            found=found.found,
            wanted=found.wanted,
            mend="inv fix.api-url",
        )
    else:
        yield GuardResult(id="api-url", status="pass", summary=f"{variable}={value}")


#: Every guard, by its id. A new one is a function above and a line here.
GUARDS: dict[str, GuardFunction] = {"pins": pins, "api-url": api_url}


def judge(snap: Snapshot, exempt: Iterable[str] = ()) -> tuple[GuardResult, ...]:
    """Return what every guard says of a Snapshot, the exempt ones left out."""
    spared = set(exempt)
    return tuple(
        result
        for id, look in GUARDS.items()
        if id not in spared
        for result in look(snap)
    )


def hint(plan: Plan) -> str:
    """Return the one command to type after a plan's guards refused.

    Two guards can fail at once, and the fix of each would be refused for the
    other's sake: then the first one is forced.
    """
    mends = list(dict.fromkeys(guard.mend for guard in plan.refusing))
    if not mends:
        return ""
    typed = plan.command
    if plan.task in ("fix.pins", "fix.api-url"):
        return f"{typed} --force, then {mends[0]}"
    if len(mends) > 1:
        return f"{mends[0]} --force, then {', then '.join(mends[1:])}"
    return f"{mends[0]}, then {typed} (or {typed} --force)"


def _skipped(id: str, reason: str) -> GuardResult:
    return GuardResult(id=id, status="skip", summary=reason)
