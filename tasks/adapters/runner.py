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
from io import BufferedReader
from pathlib import Path
from threading import Thread, Timer
from typing import IO, BinaryIO, NamedTuple, Self, cast

from ..core.errors import Interrupted

MISSING = 127
TIMED_OUT = 124
INTERRUPTED = 130
CHUNK = 1 << 20

#: File descriptors that every child keeps open. The lock of a mutating task is
#: among them: it stays held while a command runs on whose starter was killed.
INHERITED: set[int] = set()


class Result(NamedTuple):
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
    reads = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
    try:
        child = _Child(
            argv, timeout, stdin=reads, stderr=subprocess.PIPE, env=env, cwd=cwd
        )
    except OSError as error:
        return _missing(argv, error)
    with child:
        out, err = child.process.communicate(stdin)
        return child.result(out.decode(errors="replace"), err.decode(errors="replace"))


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
    kept: list[str] = []
    try:
        child = _Child(argv, timeout, stderr=subprocess.STDOUT, env=env, cwd=cwd)
    except OSError as error:
        return _missing(argv, error)
    with child:
        for raw in child.output:
            line = raw.decode(errors="replace").rstrip("\r\n")
            kept.append(line)
            del kept[:-400]
            on_line(line)
        return child.result("\n".join(kept))


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
    reads = source if source is not None else subprocess.DEVNULL
    errors = bytearray()
    try:
        child = _Child(argv, timeout, stdin=reads, stderr=subprocess.PIPE, cwd=cwd)
    except OSError as error:
        return _missing(argv, error)
    with child:
        drain = Thread(target=_drain, args=(child.process.stderr, errors), daemon=True)
        drain.start()
        while piece := child.output.read1(CHUNK):  # read would wait for all of it
            on_data(piece)
        done = child.result()
        drain.join(5)
        return done._replace(err=bytes(errors).decode(errors="replace"))


def _missing(argv: Sequence[str], error: OSError) -> Result:
    return Result(tuple(argv), MISSING, "", f"{argv[0]}: {error.strerror}", 0.0)


class _Child:
    """A process in a session of its own, which ends with what is done with it.

    Entered, it is killed with all that it started when its time is up, on
    Ctrl-C and when its caller fails.

    Raises:
        OSError: there is no such program, or it can't be started.
        Interrupted: Ctrl-C; on leaving.
    """

    def __init__(
        self,
        argv: Sequence[str],
        timeout: float | None,
        *,
        stderr: int,
        stdin: int | BinaryIO = subprocess.DEVNULL,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.argv = tuple(argv)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            list(argv),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **env} if env else None,
            cwd=cwd,
            start_new_session=True,
            pass_fds=tuple(INHERITED),
        )
        self._alarm = _Alarm(self.process.pid, timeout)

    @property
    def output(self) -> BufferedReader:
        """Its standard output, as it comes."""
        return cast("BufferedReader", self.process.stdout)

    def result(self, out: str = "", err: str = "") -> Result:
        """Wait for its end and return what it did."""
        code = self.process.wait()
        return Result(
            argv=self.argv,
            code=TIMED_OUT if self._alarm.rang else code,
            out=out,
            err=err,
            seconds=time.monotonic() - self.began,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None:
            kill_group(self.process.pid)
            self.process.wait()
        self._alarm.off()
        self.output.close()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(f"interrupted while {self.argv[0]} ran") from None


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
        The command's exit status; 127 if there is no such program, 130 if it failed
        at a Ctrl-C, whatever it makes of that itself.
    """
    interrupts: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda n, _: interrupts.append(n))
    try:
        code = subprocess.run(
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
    return INTERRUPTED if interrupts and code else code


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
