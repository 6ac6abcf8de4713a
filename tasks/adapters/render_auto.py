"""Prints what ``fix.auto`` would do, and the account of what it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from . import render
from .fixes import planview

if TYPE_CHECKING:
    from ..core.fixes.account import Account, Ran
    from ..core.fixes.autoplan import Round, Stage
    from ..core.fixes.plan import Plan
    from ..core.model import Diagnosis


def plan_lines(
    diagnoses: Iterable[Diagnosis],
    plans: Sequence[tuple[Stage, Plan]],
    planned: Round,
) -> list[str]:
    """Return the root causes, the fixes in their order, and what they leave."""
    lines: list[str] = []
    for diagnosis in diagnoses:
        lines += [*render.diagnosis_lines(diagnosis), ""]
    for number, (stage, plan) in enumerate(plans, 1):
        lines += render.wrap(f"{number}. for: {'; '.join(stage.causes)}", "")
        lines += [*planview.plan_lines(plan), ""]
    for cause in planned.manual:
        lines += render.wrap(f"left to you: {cause.cause}", "")
        if todo := f"inv {cause.fix}" if cause.fix else cause.advice:
            lines += render.wrap(f"→ {todo}", "  ")
    return lines


def account_lines(account: Account) -> list[str]:
    """Return each round, what is left, and the last word."""
    lines: list[str] = []
    if account.status != "planned":
        for each in account.rounds:
            lines += ["", render.paint(f"round {each.number}", "bold")]
            for fix in each.fixes:
                lines += _ran(fix)
            failed = ", ".join(each.failed)
            lines.append(f"  checks that fail now: {failed or 'none'}")
    good = account.exit_code == 0
    mark = render.paint("✓", "green") if good else render.paint("✗", "red")
    first, *rest = render.wrap(f"{account.summary} ({account.seconds:.0f} s)", "  ")
    lines += ["", f"{mark} {first.lstrip()}", *rest]
    if account.status in ("green", "nothing", "planned"):
        return lines
    for cause in account.left:
        lines += ["", *render.diagnosis_lines(cause)]
    return lines


def _ran(fix: Ran) -> list[str]:
    good = fix.exit_code == 0
    mark = render.paint("✓", "green") if good else render.paint("✗", "red")
    took = f" ({fix.seconds:.0f} s)" if fix.seconds >= 1 else ""
    first, *rest = render.wrap(f"inv {fix.task}: {fix.summary}{took}", "    ")
    lines = [f"  {mark} {first.lstrip()}", *rest]
    lines += [
        line for path in fix.backups for line in render.wrap(f"backup {path}", "    ")
    ]
    if not good and fix.journal:
        lines += render.wrap(f"full output: {fix.journal}", "    ")
    return lines
