"""The one door to other processes: argv in, a frozen result out.

Invoke's own ``c.run`` is not used: it takes shell strings, copies its output
quadratically, starts a thread that eats piped input, and its timeout leaves
the shell's children running.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from threading import Thread, Timer
from typing import IO, BinaryIO, cast

from ..core.errors import Interrupted

MISSING = 127
TIMED_OUT = 124
INTERRUPTED = 130
CHUNK = 1 << 20

#: File descriptors that every child keeps open. The lock of a mutating task is
#: among them: it stays held while a command runs on whose starter was killed.
INHERITED: set[int] = set()


@dataclass(frozen=True, slots=True)
class Result:
    """What one process did.

    Attributes:
        argv: the command as it was started.
        code: its exit status; 127 if there is no such program, 124 if it was
            killed at its time limit, -N for signal N.
        out: standard output (of `stream`: both streams as they came), as text.
        err: standard error.
        seconds: wall-clock time.
    """

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it exited 0."""
        return self.code == 0

    @property
    def last_error(self) -> str:
        """The last line that says anything, of stderr first: what to quote."""
        for text in (self.err, self.out):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if lines:
                return lines[-1]
        return f"{self.argv[0]} exited {self.code} and said nothing"


def run(
    argv: Sequence[str],
    *,
    timeout: float | None = 60.0,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | None = None,
) -> Result:
    """Run a command to its end and return what it did, whatever its exit code.

    Args:
        argv: program and arguments; never a shell string.
        timeout: seconds until the whole process group is killed; None waits.
        env: variables added to this process's own.
        cwd: where to run it.
        stdin: what it reads; nothing when None.

    Raises:
        Interrupted: Ctrl-C while it ran; its process group is gone then.
    """
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **env} if env else None,
            cwd=cwd,
            start_new_session=True,
            pass_fds=tuple(INHERITED),
        )
    except OSError as error:
        return Result(tuple(argv), MISSING, "", f"{argv[0]}: {error.strerror}", 0.0)
    timed_out = False
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        kill_group(process.pid)
        out, err = process.communicate()
    except KeyboardInterrupt:
        kill_group(process.pid)
        process.communicate()
        raise Interrupted(f"interrupted while {argv[0]} ran") from None
    return Result(
        argv=tuple(argv),
        code=TIMED_OUT if timed_out else process.returncode,
        out=out.decode(errors="replace"),
        err=err.decode(errors="replace"),
        seconds=time.monotonic() - began,
    )


def stream(
    argv: Sequence[str],
    *,
    on_line: Callable[[str], None],
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Result:
    """Run a command and hand over each line of both its streams as it comes.

    Like `run` otherwise. ``out`` keeps the last 400 lines only: a build prints
    megabytes and the journal has the whole.
    """
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env} if env else None,
            cwd=cwd,
            start_new_session=True,
            pass_fds=tuple(INHERITED),
        )
    except OSError as error:
        return Result(tuple(argv), MISSING, "", f"{argv[0]}: {error.strerror}", 0.0)
    alarm = _Alarm(process.pid, timeout)
    kept: list[str] = []
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for above
    try:
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\r\n")
            kept.append(line)
            del kept[:-400]
            on_line(line)
        code = process.wait()
    except KeyboardInterrupt:
        kill_group(process.pid)
        process.wait()
        raise Interrupted(f"interrupted while {argv[0]} ran") from None
    finally:
        alarm.off()
        process.stdout.close()
    return Result(
        argv=tuple(argv),
        code=TIMED_OUT if alarm.rang else code,
        out="\n".join(kept),
        err="",
        seconds=time.monotonic() - began,
    )


def transfer(
    argv: Sequence[str],
    *,
    source: BinaryIO | None = None,
    on_data: Callable[[bytes], object],
    timeout: float | None = None,
    cwd: Path | None = None,
) -> Result:
    """Run a command with a file as its input and hand over its output in pieces.

    For dumps: bytes, any number of them, never held in memory. ``out`` stays
    empty; ``err`` keeps the last 64 kB.

    Args:
        argv: program and arguments.
        source: an open file that it reads; nothing when None.
        on_data: takes each piece of standard output; what it raises ends the
            command and is raised again.
        timeout: seconds until the whole process group is killed; None waits.
        cwd: where to run it.

    Raises:
        Interrupted: Ctrl-C while it ran; its process group is gone then.
    """
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=source if source is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            start_new_session=True,
            pass_fds=tuple(INHERITED),
        )
    except OSError as error:
        return Result(tuple(argv), MISSING, "", f"{argv[0]}: {error.strerror}", 0.0)
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - PIPE was asked for above
    errors = bytearray()
    drain = Thread(target=_drain, args=(process.stderr, errors), daemon=True)
    drain.start()
    alarm = _Alarm(process.pid, timeout)
    try:
        # A pipe's reader is a BufferedReader; read would wait for a whole chunk.
        while piece := cast("BufferedReader", process.stdout).read1(CHUNK):
            on_data(piece)
        code = process.wait()
    except KeyboardInterrupt:
        kill_group(process.pid)
        process.wait()
        raise Interrupted(f"interrupted while {argv[0]} ran") from None
    except BaseException:
        kill_group(process.pid)
        process.wait()
        raise
    finally:
        alarm.off()
        drain.join(5)
        process.stdout.close()
    return Result(
        argv=tuple(argv),
        code=TIMED_OUT if alarm.rang else code,
        out="",
        err=bytes(errors).decode(errors="replace"),
        seconds=time.monotonic() - began,
    )


def _drain(stream: IO[bytes], kept: bytearray) -> None:
    while piece := stream.read(4096):
        kept += piece
        del kept[:-65536]
    stream.close()


class _Alarm:
    """Kills a process group when its time is up."""

    def __init__(self, pid: int, seconds: float | None) -> None:
        self.rang = False
        self._pid = pid
        self._timer = Timer(seconds, self._ring) if seconds is not None else None
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def _ring(self) -> None:
        self.rang = True
        kill_group(self._pid)

    def off(self) -> None:
        """Stop waiting: the process has ended."""
        if self._timer:
            self._timer.cancel()


def hand_over(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Give the terminal to a command (a shell, psql, ``logs -f``) until it ends.

    Ctrl-C belongs to the command meanwhile: a user leaves ``logs -f`` with it.

    Returns:
        The command's exit status; 127 if there is no such program.
    """
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(
            list(argv),
            env={**os.environ, **env} if env else None,
            cwd=cwd,
            check=False,
            restore_signals=True,
            preexec_fn=_default_interrupt,
        ).returncode
    except OSError:
        return MISSING
    finally:
        signal.signal(signal.SIGINT, previous)


def detach(argv: Sequence[str], log: Path) -> Callable[[], int | None]:
    """Start a service that outlives this process, its output appended to a file.

    It gets a session of its own, so that neither a closed terminal nor a Ctrl-C
    reaches it.

    Returns:
        A function that returns its exit status, None while it runs.

    Raises:
        OSError: it can't be started, or the file not be written.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(INHERITED),
            cwd="/",
        )
    return process.poll


def kill_group(pid: int) -> None:
    """Kill a process and everything it started; it may be gone already."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
