"""One process, measured from outside: what a user waits for, nothing less."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import NamedTuple

#: Seconds after which a process is killed: a hung one must not stop the run.
LIMIT = 600.0


class Failed(Exception):  # noqa: N818 - what it means, not that it is one
    """A measured process did not do its work; the message quotes it."""


class Lap(NamedTuple):
    """What one process took.

    Attributes:
        seconds: wall-clock time from its start until it was gone.
        cpu: seconds of CPU, its own children's included. What it makes the
            engine do is the engine's and not in it.
        peak: bytes of memory at its peak (of the largest of its processes; at
            least what this one has, from which it was forked).
        code: exit status.
    """

    seconds: float
    cpu: float
    peak: int
    code: int


def lap(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: str = "",
    codes: Sequence[int] = (0,),
) -> Lap:
    """Run a process to its end and return what it took.

    Its output goes to a file, as it would with ``>``: a pipe's reader would be
    measured as well.

    Args:
        argv: program and arguments.
        cwd: where to run it.
        env: all of its environment.
        stdin: what it reads.
        codes: exit statuses that mean it did its work.

    Raises:
        Failed: another exit status; a figure for it would mean nothing.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(
            list(argv),
            stdin=given,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
        alarm = Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
        alarm.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            alarm.cancel()
        seconds = time.perf_counter() - began
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code not in codes:
            said.seek(max(0, said.tell() - 2000))
            last = said.read().decode(errors="replace").strip()
            raise Failed(f"{' '.join(argv)[:200]} exited {code}: {last}")
    # Linux counts in kB, macOS in bytes.
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Lap(seconds, cpu, usage.ru_maxrss * unit, code)
