"""Start what was typed: at once if it needs no parser, with Invoke if it does.

``./inv`` gets here by ``start.py``. A plain ``inv`` or ``python -m invoke`` gives
the same answers, only later. This package is imported by a name of its own, not as
one of `tasks`: the tasks that Invoke finds may be another project's.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from pathlib import Path

from . import direct, standins

#: The directory whose ``tasks.py`` is ours.
ROOT = Path(__file__).parents[4]


def main() -> None:
    """Run the process from its start to its end."""
    # Threads were waited for by then, and what was registered later has run.
    ending: list[int] = []
    atexit.register(lambda: end_at_once(*ending) if ending else None)
    try:
        ending.append(_run())
    except SystemExit as end:
        if isinstance(end.code, int):
            ending.append(end.code)
        raise
    sys.exit(*ending)


def end_at_once(code: int) -> None:
    """End the process after what others have to do at its end, and before clean-up.

    To free thousands of objects one by one takes Python 20 ms; the kernel frees
    the whole process at once.
    """
    with suppress(OSError, ValueError):  # the reader has gone, or it is closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _run() -> int:
    standins.stand_in_for_good()
    line = direct.understood(sys.argv[1:], ROOT, os.environ)
    return direct.run(line, ROOT) if line else _by_invoke()


def _by_invoke() -> int:
    """Run Invoke's own program; its exit code is ours."""
    with standins.standing_in_for_invoke():
        import invoke.main
    sys.argv[0] = "inv"
    try:
        try:
            invoke.main.program.run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # who read it (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
