"""Whether a fix worked: its checks and services, looked at until they are well."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .core.fixes.plan import Plan
    from .core.model import Finding
    from .core.snapshot import Snapshot


class Proof(NamedTuple):
    """What the checks say after a fix.

    Attributes:
        after: every check that the plan names, as it is now.
        problems: what still fails, one line each; empty if it worked.
    """

    after: tuple[Finding, ...]
    problems: tuple[str, ...]


def findings(plan: Plan, snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return what the checks that a plan names say of a Snapshot."""
    from . import checks as _  # noqa: F401 - declares them
    from .core.verdict import CHECKS, run

    ids = dict.fromkeys((*plan.verify, *plan.own))
    return tuple(run(CHECKS[id], snapshot) for id in ids)


def prove(
    plan: Plan,
    root: Path,
    before: tuple[Finding, ...],
    patience: float,
    tell: Callable[[str], None],
) -> Proof:
    """Look until a plan's goal is reached or the time is up.

    Args:
        plan: what was done.
        root: the stack's root.
        before: what the checks said before.
        patience: seconds.
        tell: told what is still waited for.
    """
    from .adapters.docker import settle
    from .core.fixes import goal

    seen: list[tuple[Finding, ...]] = []

    def missing() -> list[str]:
        # Services that are not up yet need no closer look.
        if plan.services:
            snapshot = _look(plan, root, ["model", "containers"])
            if down := [
                problem
                for name in plan.services
                if (problem := goal.unwell(name, snapshot.of(name)))
            ]:
                return down
        snapshot = _look(plan, root)
        seen.append(findings(plan, snapshot))
        return goal.missing(plan, snapshot, before, seen[-1])

    problems = settle.until(missing, plan.project, patience, tell)
    after = seen[-1] if seen else findings(plan, _look(plan, root))
    return Proof(after, tuple(problems))


def _look(plan: Plan, root: Path, probes: list[str] | None = None) -> Snapshot:
    from . import session
    from .adapters.settings import load
    from .core.fixes.fix import FIXES
    from .planning import probes_of

    # Loaded anew: a fix may have edited what they come from.
    settings = load(root)
    fix = FIXES[plan.task.removeprefix("fix.")]
    return session.observe(settings, probes or probes_of(fix)).snapshot
