"""The door to processes, with real ones."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from threading import Timer

import pytest

from tasks.adapters import runner
from tasks.adapters.runner import Result
from tasks.core.errors import Interrupted

Way = Callable[..., Result]


def run(*argv: str, timeout: float | None = 60.0) -> Result:
    return runner.run(argv, timeout=timeout)


def stream(*argv: str, timeout: float | None = None) -> Result:
    return runner.stream(argv, on_line=lambda _: None, timeout=timeout)


def transfer(*argv: str, timeout: float | None = None) -> Result:
    return runner.transfer(argv, on_data=lambda _: None, timeout=timeout)


ways = pytest.mark.parametrize("way", [run, stream, transfer])


@ways
def test_a_failure_is_a_result(way: Way) -> None:
    done = way("sh", "-c", "echo why >&2; exit 3")
    assert (done.code, done.ok, done.last_error) == (3, False, "why")


@ways
def test_a_program_that_is_not_there_is_a_result(way: Way) -> None:
    done = way("no-such-program")
    assert done.code == runner.MISSING
    assert done.err == "no-such-program: No such file or directory"


@ways
def test_a_time_limit_ends_what_it_started_as_well(way: Way) -> None:
    # Both hold the pipe: were one left, this would take its 30 s.
    done = way("sh", "-c", "sleep 30 & sleep 30", timeout=0.2)
    assert done.code == runner.TIMED_OUT
    assert done.seconds < 10


@ways
def test_ctrl_c_ends_it_and_is_no_traceback(way: Way) -> None:
    interrupt = Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    began = time.monotonic()
    interrupt.start()
    with pytest.raises(Interrupted, match="interrupted while sleep ran"):
        way("sleep", "30")
    assert time.monotonic() - began < 10


def test_what_it_reads_and_says() -> None:
    text = b"x" * 200_000  # more than a pipe holds
    assert runner.run(("cat",), stdin=text).out.encode() == text
    assert runner.run(("cat",)).out == ""
    assert runner.run(("sh", "-c", "echo $A"), env={"A": "b"}).out == "b\n"


def test_lines_come_as_they_are_written_and_the_last_are_kept() -> None:
    lines: list[str] = []
    script = "for n in $(seq 500); do echo $n; done; echo last >&2"
    done = runner.stream(("sh", "-c", script), on_line=lines.append)
    assert lines == [*map(str, range(1, 501)), "last"]
    assert done.out.splitlines() == lines[-400:]


def test_any_number_of_bytes_go_through() -> None:
    pieces: list[int] = []
    argv = ("head", "-c", "5000000", "/dev/zero")
    done = runner.transfer(argv, on_data=lambda piece: pieces.append(len(piece)))
    assert (done.code, sum(pieces)) == (0, 5_000_000)


def test_who_can_not_take_more_ends_it() -> None:
    def refuse(_: bytes) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        runner.transfer(("yes",), on_data=refuse)
