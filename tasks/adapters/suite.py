"""Runs what CI checks: style, types, unit tests; then the real engine's tests.

What needs no engine runs while the engine and the base images are got ready.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..core import summary
from ..core.errors import Stop
from . import render, runner, settings
from .demo import bootstrap, reference
from .demo.stages import Stage
from .envfile import complete

#: Seconds after which even the slowest stage is hung.
LIMIT = 10_800.0
#: Seconds for one test, the start of its worker's stack included.
TEST_SECONDS = "1200"
#: pytest's exit status when it selected nothing, e.g. by ``-k``.
NOTHING_SELECTED = 5


class Choice(NamedTuple):
    """What to run.

    Attributes:
        unit: only what needs no engine.
        faults: faults to run end to end, by commas; ``all``; empty for a few.
        expression: pytest's ``-k``.
        workers: stacks to run tests on at the same time.
    """

    unit: bool = False
    faults: str = ""
    expression: str = ""
    workers: int = 2


class Outcome(NamedTuple):
    """What one stage gave: its name, time, whether it passed, its last words."""

    title: str
    ok: bool
    seconds: float
    output: str
    counts: Counter[str]


def run(choice: Choice) -> int:
    """Run everything; return 0 only if all of it passed.

    The last line is one pytest summary of all the tests there were.
    """
    began = time.monotonic()
    root = settings.HOME
    quick: list[Outcome] = []
    # A daemon: Ctrl-C need not wait for a type check.
    thread = threading.Thread(
        target=lambda: quick.extend(_quick(root, choice)), daemon=True
    )
    thread.start()
    ready = choice.unit or _prepare(root)
    with Stage("style, types, unit tests") as stage:
        thread.join()
        stage.result = "passed" if all(o.ok for o in quick) else "failed"
    for outcome in quick:
        _show(outcome)
    outcomes = list(quick)
    if ready and not choice.unit:
        outcomes.append(_engine_tests(root, choice))
    passed = ready and len(quick) == 4 and all(o.ok for o in outcomes)
    for outcome in outcomes:
        if not outcome.ok:
            render.note(f"FAILED: {outcome.title}")
    counts = [outcome.counts for outcome in outcomes]
    render.out(summary.render(counts, time.monotonic() - began))
    return 0 if passed else 1


def _quick(root: Path, choice: Choice) -> list[Outcome]:
    python = sys.executable
    return [
        _stage("ruff check", (python, "-m", "ruff", "check", "."), root),
        _stage("ruff format", (python, "-m", "ruff", "format", "--check", "."), root),
        _stage("mypy", (python, "-m", "mypy"), root),
        _stage("unit tests", _pytest(choice, "tests/unit", "-n", "2"), root),
    ]


def _pytest(choice: Choice, *arguments: str) -> tuple[str, ...]:
    argv = [sys.executable, "-m", "pytest", *arguments]
    if choice.expression:
        argv += ["-k", choice.expression]
    if choice.faults:
        argv += ["--faults", choice.faults]
    return tuple(argv)


def _stage(title: str, argv: Sequence[str], root: Path) -> Outcome:
    done = runner.run(argv, cwd=root, timeout=LIMIT)
    lines = (done.out + done.err).strip().splitlines()
    counts = summary.parse(lines[-1]) if lines else None
    ok = done.ok or done.code == NOTHING_SELECTED
    return Outcome(title, ok, done.seconds, "\n".join(lines), counts or Counter())


def _show(outcome: Outcome) -> None:
    if not outcome.ok:
        render.note(outcome.output)
    last = outcome.output.splitlines()[-1] if outcome.output else "no output"
    render.note(f"  {outcome.title}: {last} ({outcome.seconds:.1f} s)")


def _prepare(root: Path) -> bool:
    """Get engine, base images and browser; return whether tests can use them."""
    try:
        with Stage("engine") as stage:
            stage.result = bootstrap.ensure_engine(stage.say, stage.line)
        with Stage("base images") as stage:
            complete(root / ".env", root / ".env.example")
            stage.result = reference.base_images(root, stage)
        with Stage("browser") as stage:
            stage.result = bootstrap.ensure_chromium(stage.say, stage.line)
    except Stop as stop:
        render.stop(stop)
        return False
    return True


def _engine_tests(root: Path, choice: Choice) -> Outcome:
    """Run the tests on the real engine, their lines shown as they come."""
    # A file stays on one stack, but for the faults, which are one long file.
    how = "load" if choice.faults == "all" else "loadfile"
    spread = ("-n", str(choice.workers), "--dist", how, "--timeout", TEST_SECONDS)
    # -vv undoes the configured -q and names each test with its outcome.
    argv = _pytest(choice, "tests/e2e", "tests/browser", "-vv", *spread)
    held = ""

    def show(line: str) -> None:
        # The last line is the summary, which is printed once, for everything.
        nonlocal held
        if line.startswith("tests/") and line.endswith(" "):
            return  # a test begins; its outcome gets a line of its own
        if held:
            render.note(held)
        held = line

    done = runner.stream(argv, on_line=show, cwd=root, timeout=LIMIT)
    counts = summary.parse(held)
    if counts is None:
        render.note(held)
    ok = done.ok or done.code == NOTHING_SELECTED
    render.note(f"engine and browser tests: {held.strip('= ')}")
    return Outcome(
        "engine and browser tests", ok, done.seconds, "", counts or Counter()
    )
