"""For those who work on Unstuck itself: the tests, the versions, the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command, group

if TYPE_CHECKING:
    from invoke import Collection, Context


@command(
    help={
        "unit": "only what needs no engine: style, types, unit tests",
        "faults": "faults to run end to end, by commas, or all",
        "k": "only tests whose names match (pytest's -k)",
        "workers": "stacks to test on at the same time",
    },
)
def test(
    c: Context,  # noqa: ARG001 - Invoke's
    unit: bool = False,
    faults: str = "",
    k: str = "",
    workers: int = 2,
) -> int:
    """Run everything that CI checks, on a real engine and in a real browser."""
    from .adapters import suite

    return suite.run(suite.Choice(unit, faults, k, workers))


@command(help={"upgrade": "take the newest versions within the bounds"})
def lock(c: Context, upgrade: bool = False) -> None:  # noqa: ARG001 - Invoke's
    """Renew constraints.txt: the exact versions that ./inv installs."""
    from .adapters import lock_file, render
    from .adapters.settings import HOME

    changes = lock_file.renew(HOME, upgrade=upgrade)
    for line in changes or ["constraints.txt is as it was"]:
        render.out(line)


@command(help={"check": "change nothing; fail if a document is not up to date"})
def docs(c: Context, check: bool = False) -> int:  # noqa: ARG001 - Invoke's
    """Make the documents that are generated from the code."""
    from .adapters import render
    from .adapters.settings import data_file
    from .documents import stale

    found = stale()
    for path, text in found.items():
        if not check:
            file = data_file(*path.split("/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        render.out(f"{path}: {'is not up to date' if check else 'made'}")
    if not found:
        render.out("every document is up to date")
    return 1 if found and check else 0


@command(
    positional=["tasks"],
    help={"tasks": "what to run, in quotes", "out": "where the SVG is written"},
)
def picture(
    c: Context,  # noqa: ARG001 - Invoke's
    tasks: str = "check.all",
    out: str = "docs/images/check.svg",
) -> None:
    """Draw what a task prints now, in colour, for the documents."""
    import shlex
    import sys
    from pathlib import Path

    from .adapters import render, runner
    from .adapters.settings import HOME

    argv = [sys.executable, "-m", "invoke", *shlex.split(tasks)]
    said = runner.run(argv, env={"FORCE_COLOR": "1", "COLUMNS": "80"}, cwd=HOME)
    path = Path(HOME, out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render.picture(said.out, f"$ inv {tasks}"), encoding="utf-8")
    render.out(f"{out}: drawn (exit {said.code})")


@command(
    positional=["out"],
    help={"out": "where it is written", "parts": "only these parts, by commas"},
)
def snapshot(
    c: Context,  # noqa: ARG001 - Invoke's
    out: str = "tests/fixtures/healthy.json",
    parts: str = "",
) -> None:
    """Store a redacted Snapshot of the stack as it is now, for the unit tests."""
    from pathlib import Path

    from .adapters import render
    from .adapters.settings import HOME, load
    from .core.snapshot import encode
    from .session import observe

    names = [part for part in parts.split(",") if part] or None
    seen = encode(observe(load(), names).snapshot)
    # Where this checkout lies is nobody's business.
    seen = seen.replace(f"{HOME}/".encode(), b"/stack/")
    Path(HOME, out).write_bytes(seen + b"\n")
    render.out(f"{out}: stored")


@command()
def redaction(c: Context) -> int:  # noqa: ARG001 - Invoke's
    """Print how many planted secrets are found and how many look-alikes survive."""
    from .adapters import render
    from .adapters.settings import data_file
    from .core.redact.corpus import report

    found = report(data_file("tests", "fixtures", "redaction"))
    planted = f"{found.planted} secrets in {found.shapes} shapes planted"
    render.out(f"{planted}, {found.survivors} look-alikes")
    render.out(f"recall {found.recall:.1%}, look-alikes damaged {found.damage:.1%}")
    for missed in found.missed:
        render.out(f"missed: {missed}")
    return 1 if found.missed else 0


def collection() -> Collection:
    """Return the tasks ``dev.*``; ``test`` stands at the root."""
    return group("dev", lock, docs, picture, snapshot, redaction)
