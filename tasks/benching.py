"""``inv bench``: every claim about speed and memory, measured again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .command import command

if TYPE_CHECKING:
    from invoke import Context

#: What people type otherwise, and the packages that bring it.
PROGRAMS = {"curl": "curl", "jq": "jq", "rg": "ripgrep"}


@command(
    help={
        "json": "one JSON document on stdout, nothing else there",
        "only": "measurements to run, by commas: checks, triage, start, ...",
        "runs": "pairs of runs of each",
    }
)
def bench(
    c: Context,  # noqa: ARG001 - Invoke's
    json: bool = False,
    only: str = "",
    runs: int = 7,
) -> int:
    """Measure every claim against what one would type otherwise (12 minutes)."""
    from .adapters import render
    from .adapters.settings import data_file
    from .adapters.templates import render as fill
    from .core.errors import Stop, WrongUsage

    try:
        from bench.claims import CLAIMS
        from bench.run import run
    except ImportError as error:
        why = f"the measurements are part of a checkout with ./inv only: {error}"
        raise WrongUsage(why, "./inv bench") from None
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := sorted(set(names) - CLAIMS.keys()):
        known = ", ".join(CLAIMS)
        raise WrongUsage(f"there is no measurement {', '.join(unknown)}", known)
    if runs < 1:
        raise WrongUsage(f"--runs {runs} measures nothing")
    _get_ready()
    try:
        rows, machine = run(names, runs, lambda text: render.note(f"bench: {text}"))
    except BlockingIOError:
        raise Stop("another bench is running; two would measure each other") from None
    if not names:
        context = {"rows": rows, "machine": machine, "runs": runs}
        data_file("docs", "benchmarks.md").write_text(fill("benchmarks.md.j2", context))
    if json:
        render.document([row.told() for row in rows])
    else:
        _print(rows)
    return 0 if all(row.met for row in rows) else 1


def _get_ready() -> None:
    """Get the engine and what is measured against.

    Raises:
        Stop: the engine, or a package where packages can be had, can't be installed.
    """
    from .adapters.demo import bootstrap
    from .adapters.demo.stages import Stage

    with Stage("engine") as stage:
        stage.result = bootstrap.ensure_engine(stage.say, stage.line)
    with Stage("programs") as stage:
        found = [
            bootstrap.ensure_program(program, package, stage.say, stage.line)
            for program, package in PROGRAMS.items()
        ]
        stage.result = ", ".join(filter(None, found)) or "none"
    with Stage("browser") as stage:
        stage.result = bootstrap.ensure_chromium(stage.say, stage.line)


def _print(rows: list[Any]) -> None:
    from .adapters import render

    for row in rows:
        ratio = "not measured" if row.ratio is None else f"{row.ratio:.2f}"
        render.out(f"{'ok  ' if row.met else 'FAIL'} {ratio:>6}  {row.claim}")
        render.out(f"             {row.reach}: {row.against}".rstrip(": "))
        for text in filter(None, (row.figures, row.note)):
            render.out(f"             {text}")
