"""Start what was typed: at once if it needs no parser, with Invoke if it does.

``./inv`` gets here by ``start.py``. A plain ``inv`` or ``python -m invoke`` gives
the same answers, only later. This package is imported by a name of its own, not as
one of `tasks`: the tasks that Invoke finds may be another project's.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from . import direct, standins

#: The directory whose ``tasks.py`` is ours.
ROOT = Path(__file__).parents[4]
INTERRUPTED = 130
WRONG_USAGE = 2


def main() -> None:
    """Run the process from its start to its end."""
    _complete_streams()
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
    try:
        line = direct.understood(sys.argv[1:], ROOT, os.environ)
    except FileNotFoundError:
        sys.stderr.write("error: this directory is no more\n  → cd to another one\n")
        return WRONG_USAGE
    return direct.run(line, ROOT) if line else _by_invoke()


def _by_invoke() -> int:
    """Run Invoke's own program; its exit code is ours."""
    with standins.standing_in_for_invoke():
        import invoke.main
    sys.argv[0] = "inv"
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        try:
            invoke.main.program.run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # who read it (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):
            return INTERRUPTED  # Invoke makes 1 of what no task took for its end
        raise
    return 0


def _complete_streams() -> None:
    """Give what was closed (``>&-``) something to write to: nobody reads it.

    Else the next file that is opened would get its number, and what is printed.
    What a stream can't write, as ``LC_ALL=C`` may have it, is replaced.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
