"""Runs the measurements and puts their rows in the order of the table."""

from __future__ import annotations

from collections.abc import Sequence

from .claims import CLAIMS
from .machine import Machine
from .rows import Row
from .workshop import Say, opened

#: What needs no stack first; what breaks the stack last.
ORDER = (
    *("start", "redaction", "signatures", "checks", "triage", "services"),
    *("report", "bundle", "looping", "rebuild"),
)


def run(only: Sequence[str], runs: int, say: Say) -> tuple[list[Row], Machine]:
    """Measure the claims; return their rows and what they were measured on.

    One that can't be measured gets a row that says why, and the others go on.

    Args:
        only: names of the measurements; all of them if empty.
        runs: pairs of runs.
        say: is told what is being done.

    Raises:
        BlockingIOError: another run goes on.
    """
    found: dict[str, list[Row]] = {}
    with opened(runs, say) as shop:
        machine = Machine.here(shop.environ)
        for name in ORDER:
            if only and name not in only:
                continue
            try:
                found[name] = CLAIMS[name](shop)
            except Exception as error:  # a row says so, the others are measured
                say(f"{name}: {error}")
                about = (CLAIMS[name].__doc__ or name).partition("\n")[0]
                why = f"not measured: {error}"
                found[name] = [Row(about, "", "", None, False, note=why)]
        machine = machine.after()
    return [row for name in CLAIMS for row in found.get(name, [])], machine
