"""How a plan and its outcome look at 80 columns; `tasks.adapters.render` prints."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..render import paint, width

if TYPE_CHECKING:
    from ...core.fixes.journal import History
    from ...core.fixes.plan import GuardResult, Outcome, Plan
    from ...core.model import Finding, Step

_LABELS = {
    "fail": ("FAIL", "red"),
    "warn": ("WARN", "yellow"),
    "skip": ("skip", "dim"),
    "pass": ("ok", "green"),
}


def plan_lines(
    plan: Plan, overridden: Sequence[str] = (), *, last: bool = True
) -> list[str]:
    """Return a plan: guards, steps with their commands, what goes, what stays.

    Args:
        plan: what would be done.
        overridden: guards that ``--force`` overrides.
        last: whether nothing follows that says why it is blocked, and what next.
    """
    lines = [paint(f"inv {plan.task}", "bold") + f" · {plan.project}"]
    lines += _wrap(plan.purpose, "")
    if plan.guards:
        lines += ["", *(line for g in plan.guards for line in _guard(g, overridden))]
    if plan.exempt:
        lines += _wrap(f"guards that don't count here: {', '.join(plan.exempt)}", "")
    if plan.blocked and last:
        lines += ["", paint("✗ ", "red") + _wrap(plan.blocked, "  ")[0].lstrip()]
        lines += _wrap(plan.blocked, "  ")[1:]
    if plan.steps:
        lines.append("")
        for n, step in enumerate(plan.steps, 1):
            lines += _step(n, step)
    lines += _list("destroys", plan.destroys, "red")
    lines += _list("keeps", plan.keeps, "green")
    lines += _list("notes", plan.notes, "bold")
    if plan.services:
        lines += _list("waits for", [", ".join(plan.services)], "bold")
    if plan.steps and (plan.verify or plan.own):
        ids = dict.fromkeys((*plan.verify, *plan.own))
        lines += _list(
            "proves it by", [f"check.{id}" for id in ids], "bold", inline=True
        )
    if last if plan.blocked else not plan.steps:
        lines += _next(plan.next)
    return lines


def _guard(guard: GuardResult, overridden: Sequence[str]) -> list[str]:
    label, style = _LABELS[guard.status]
    forced = " (overridden by --force)" if guard.id in overridden else ""
    head = f"{paint(f'{label:<5}', style)}guard {guard.id:<8} "
    first, *rest = _wrap(guard.summary + forced, " " * 20)
    lines = [head + first.lstrip(), *rest]
    if guard.status == "fail":
        for word in ("where", "found", "wanted", "mend"):
            value = getattr(guard, word)
            if value:
                lines += _wrap(value, f"{'':20}{word:<7}", " " * 27)
    return lines


def _step(n: int, step: Step) -> list[str]:
    lines = _wrap(f"{n:>2}. {step.why}", "", " " * 4)
    if step.argv:
        lines += command_lines(step.argv)
    for line in step.diff:
        style = "red" if line.startswith("-") else "green"
        lines.append(paint(f"      {line[: width() - 6]}", style))
    return lines


def command_lines(argv: Sequence[str], indent: str = "    ") -> list[str]:
    """Return a command that can be copied: broken with backslashes, if at all."""
    words = [shlex.quote(word) for word in argv]
    lines, line = [], f"{indent}$"
    for word in words:
        if len(line) + len(word) + 3 > width() and line.strip() != "$":
            lines.append(f"{line} \\")
            line = f"{indent}    {word}"
        else:
            line += f" {word}"
    return [paint(each, "dim") for each in (*lines, line)]


def outcome_lines(outcome: Outcome) -> list[str]:
    """Return how a run ended: the proof, or what still fails and what to type."""
    good = outcome.exit_code == 0
    mark = paint("✓", "green") if good else paint("✗", "red")
    took = f" ({outcome.seconds:.0f} s)" if outcome.seconds >= 1 else ""
    head = _wrap(f"inv {outcome.task}: {outcome.summary}{took}", "  ")
    lines = ["", f"{mark} {head[0].lstrip()}", *head[1:]]
    for guard in outcome.overridden:
        lines += _wrap(f"the guard {guard} failed and was overridden", "  ")
    lines += _done(outcome)
    lines += _before_after(outcome.before, outcome.after)
    shown = [p for p in outcome.problems if p != outcome.summary]
    if not good and len(shown) > 1:
        lines += _list("still fails", shown, "red")
    lines += _list("left changed", outcome.changed, "yellow")
    lines += _list("backup", map(shortened, outcome.backups), "bold")
    if not good and outcome.journal:
        lines += _list("full output", [shortened(outcome.journal)], "bold")
    if not good or outcome.plan.loses_data:
        lines += _next(outcome.next)
    return lines


def _done(outcome: Outcome) -> list[str]:
    """Return what the steps say of themselves that are more than a command."""
    shown = [
        f"{r.n}. {r.said}"
        for r in outcome.steps
        if r.said and outcome.plan.steps[r.n - 1].action in ("restore", "seed")
    ]
    return [line for text in shown for line in _wrap(text, "  ")]


def _before_after(before: Iterable[Finding], after: Iterable[Finding]) -> list[str]:
    lines: list[str] = []
    now = {finding.id: finding for finding in after}
    for was in before:
        if (found := now.get(was.id)) is None:
            continue
        for word, finding in (("before", was), ("after", found)):
            label, style = _LABELS[finding.status]
            text = _wrap(finding.summary, " " * 25)[0].lstrip()
            name = was.id if word == "before" else ""
            head = f"  {name:<11}{word:<7}"
            lines.append(f"{head}{paint(f'{label:<5}', style)}{text}")
    return ["", *lines] if lines else []


def shortened(path: str) -> str:
    """Return a path as it can be typed from here."""
    here = Path.cwd()
    return (
        str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
    )


def history_line(history: History, ago: str) -> str:
    """Return what was interrupted, where, and how long ago."""
    return f"inv {history.plan.task} was interrupted {ago} ago {history.words}"


def _list(
    title: str, items: Iterable[str], style: str, *, inline: bool = False
) -> list[str]:
    listed = list(items)
    if not listed:
        return []
    if inline:
        return ["", *_wrap(f"{title} {', '.join(listed)}", "", "  ")]
    lines = [line for item in listed for line in _wrap(f"- {item}", "  ", "    ")]
    return ["", paint(title, style), *lines]


def _next(commands: Iterable[str]) -> list[str]:
    lines = [
        line for command in commands for line in _wrap(f"→ {command}", "  ", "    ")
    ]
    return ["", *lines] if lines else []


def _wrap(text: str, indent: str, later: str | None = None) -> list[str]:
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    # Numbers are set right-aligned: what was put in front stays there.
    lead = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        clean,
        width(),
        initial_indent=indent + lead,
        subsequent_indent=indent if later is None else later,
        break_on_hyphens=False,
        break_long_words=False,
    ) or [indent]
