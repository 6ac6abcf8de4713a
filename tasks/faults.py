"""``demo.break``, ``demo.faults`` and ``demo.heal``: faults to practise on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command

if TYPE_CHECKING:
    from pathlib import Path

    from invoke import Context

    from .core.config import Settings
    from .core.faults import Fault


@command(name="break", positional=["name"], help={"name": "as demo.faults lists them"})
def break_(c: Context, name: str = "") -> int:  # noqa: ARG001 - Invoke's
    """Put a fault into the reference stack."""
    from .adapters import render
    from .adapters.demo import faulting
    from .core.faults import select

    fault = select(_faults(), name)
    loaded = _stack()
    progress = render.Progress(f"break {fault.name}")
    try:
        faulting.put(fault, loaded, progress.step)
    finally:
        progress.close()
    render.out(f"{fault.name}: {fault.summary}")
    render.note("find it: inv triage · undo it: inv demo.heal")
    return 0


@command(name="faults", help={"json": "one JSON document on stdout"})
def faults(c: Context, json: bool = False) -> int:  # noqa: ARG001 - Invoke's
    """List the faults, the diagnosis each must get and the fix that mends it."""
    from .adapters import render

    found = _faults()
    if json:
        render.document([summary(fault) for fault in found.values()])
        return 0
    wide = max(len(name) for name in found)
    for fault in found.values():
        render.out(f"{fault.name:<{wide}}  {fault.summary}")
    return 0


def summary(fault: Fault) -> dict[str, object]:
    """Return what ``demo.faults --json`` says of a fault."""
    return {
        "name": fault.name,
        "diagnosis": fault.diagnosis,
        "category": fault.category,
        "fix": fault.fix or None,
        "auto": fault.auto,
        "also": fault.also,
        "looks": fault.looks or None,
        "hides": fault.hides,
        "quick": fault.quick,
        "summary": fault.summary,
    }


@command()
def heal(c: Context) -> int:  # noqa: ARG001 - Invoke's
    """Bring the reference stack back to health, whatever was broken."""
    from . import session
    from .adapters import render
    from .adapters.demo import healing

    progress = render.Progress("heal")
    try:
        healed = healing.heal(_stack(), progress.step)
    finally:
        progress.close()
    report = session.judge(session.observe(_stack()).snapshot)
    what = f" of {', '.join(healed)}" if healed else ""
    if report.exit_code:
        render.report(report)
        return report.exit_code
    render.out(f"the reference stack is healed{what}: every check passes")
    return 0


def directory() -> Path:
    """Return where the faults' files are."""
    from .adapters.settings import data_file

    return data_file("demo", "faults")


def _faults() -> dict[str, Fault]:
    from .core.errors import WrongUsage
    from .core.faults import load

    found = load(directory())
    if not found:
        raise WrongUsage("this copy of Unstuck comes without the reference stack")
    return found


def _stack() -> Settings:
    from .adapters import settings
    from .adapters.demo import reference

    return settings.load(reference.home())
