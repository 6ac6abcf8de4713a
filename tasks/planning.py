"""From a fix's name and one look at the stack to its plan; nothing is touched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .core.config import Settings
    from .core.fixes.fix import Fix
    from .core.fixes.journal import History
    from .core.fixes.plan import Plan
    from .core.fixes.stakes import Stakes
    from .core.snapshot import Snapshot
    from .session import Seen

#: Parts of the Snapshot that every plan needs: its guards and its project.
BASE = ("engine", "model", "requirements")


def declared(task: str) -> Fix:
    """Return the fix that is typed so, with or without ``fix.``.

    Raises:
        WrongUsage: there is no such fix.
    """
    from . import fixes as _  # noqa: F401 - declares them
    from .core.errors import WrongUsage
    from .core.fixes.fix import FIXES

    fix = FIXES.get(task.removeprefix("fix."))
    if fix is None:
        raise WrongUsage(f"there is no fix called {task}", "inv --list fix")
    return fix


def look(fix: Fix, settings: Settings) -> Seen:
    """Look at what a fix decides from.

    Raises:
        EngineUnavailable: the fix needs an engine and Compose, and one of the
            two can't be used.
    """
    from . import session
    from .core.errors import EngineUnavailable

    seen = session.observe(settings, probes_of(fix))
    engine = seen.snapshot.engine
    if engine is None or fix.offline:
        return seen
    if not engine.reachable:
        hint = "docker context ls" if engine.configured else "inv fix.restart-docker"
        raise EngineUnavailable(engine.error, hint)
    if not engine.compose:
        raise EngineUnavailable(engine.compose_error, "docker compose version")
    return seen


def probes_of(fix: Fix) -> list[str]:
    """Return the parts of the Snapshot that a fix, its guards and checks read."""
    from . import checks as _  # noqa: F401 - declares them
    from .core.verdict import CHECKS

    ids = (*fix.verify, *fix.own)
    read = (probe for id in ids for probe in CHECKS[id].probes)
    return [*dict.fromkeys([*BASE, "containers", *fix.probes, *read])]


def plan_for(
    fix_id: str,
    snapshot: Snapshot,
    settings: Settings,
    *,
    options: Mapping[str, str] | None = None,
    exempt: Iterable[str] = (),
    stamp: str = "",
) -> Plan:
    """Return what a fix would do to the stack; touches nothing.

    Args:
        fix_id: with or without ``fix.``.
        snapshot: one look at the stack, with at least `probes_of` the fix.
        settings: the settings of this run.
        options: how it is asked for: ``{"data": "yes"}``.
        exempt: guards not to count, beyond the fix's own.
        stamp: the run's time in file names; now if empty.

    Raises:
        WrongUsage: there is no such fix.
    """
    import sys

    from .adapters.compose import Compose
    from .adapters.files import read_text
    from .core.fixes.fix import Facts, build

    fix = declared(fix_id)
    facts = Facts(
        snapshot=snapshot,
        settings=settings,
        compose=tuple(Compose(settings).argv()),
        read=lambda path: read_text(settings.root / path),
        unfit=lambda path: _unfit(settings, path),
        stakes=_stakes(settings) if fix.stakes else None,
        options=dict(options or {}),
        platform=sys.platform,
        stamp=stamp or now_stamp(),
    )
    return build(fix, facts, exempt=exempt)


def _unfit(settings: Settings, path: str) -> str:
    from .adapters.fixes.doing import StepFailed
    from .adapters.fixes.restore import check

    try:
        check(settings.root / path)
    except StepFailed as no:
        return no.message
    return ""


def stakes_of(settings: Settings) -> Stakes:
    """Return what could be destroyed of the stack.

    Raises:
        EngineUnavailable: no engine answers.
    """
    from .adapters import engine
    from .adapters.compose import Compose
    from .adapters.fixes import stakes

    found = engine.connect()
    resolved = Compose(settings).resolve()
    external = stakes.external_volumes(resolved.document)
    return stakes.collect(found, resolved.model, external)


def _stakes(settings: Settings) -> Stakes | None:
    from .core.errors import EngineUnavailable

    try:
        return stakes_of(settings)
    except EngineUnavailable:
        return None


def now_stamp() -> str:
    """Return the present as it stands in file names: ``20260131T093000Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def again(history: History, snapshot: Snapshot) -> Plan:
    """Return an interrupted run's plan, its guards judged as things are now."""
    from msgspec.structs import replace

    from .core.fixes import guards

    return replace(history.plan, guards=guards.judge(snapshot, history.plan.exempt))
