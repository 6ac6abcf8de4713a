"""A source read beside the work on it: nothing lost, nothing waited for too long."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tasks.adapters.bundle.backlog import ENOUGH, MOST, Backlog
from tasks.adapters.bundle.interrupts import Interrupts, interrupts
from tasks.adapters.bundle.limits import within


def taken(backlog: Backlog) -> Iterator[bytes]:
    backlog.wait(20)
    while (piece := backlog.take()) is not None:
        yield piece
        backlog.wait(20)


def test_all_of_it_comes_in_order_and_in_large_pieces() -> None:
    lines = [b"%d\n" % number for number in range(500_000)]
    pieces = [piece for piece in taken(Backlog(lines)) if piece]
    assert b"".join(pieces) == b"".join(lines)
    assert len(pieces) < 20


def test_what_came_before_an_error_comes_first() -> None:
    def broken() -> Iterator[bytes]:
        yield b"before"
        raise OSError("it broke off")

    backlog = Backlog(broken())
    backlog.wait(20)
    assert backlog.take() == b"before"
    with pytest.raises(OSError, match="broke off"):
        backlog.take()


def test_a_source_that_hangs_is_not_waited_for() -> None:
    never = threading.Event()

    def hanging() -> Iterator[bytes]:
        yield b"before"
        never.wait(30)

    backlog = Backlog(hanging())
    began = time.monotonic()
    backlog.wait(0.5)
    assert backlog.take() == b"before"
    backlog.wait(0.2)
    assert backlog.take() == b""
    assert backlog.close() == b""
    assert time.monotonic() - began < 5
    never.set()


def test_what_nobody_takes_is_not_read_on() -> None:
    read = itertools.count()
    piece = bytes(ENOUGH // 4)
    backlog = Backlog(piece for _ in read)
    time.sleep(0.3)
    assert next(read) <= MOST / len(piece) + 2
    assert len(backlog.close()) <= MOST + len(piece)


def test_ctrl_c_loses_nothing_that_was_read() -> None:
    never = threading.Event()

    def hanging() -> Iterator[bytes]:
        yield from [b"line\n"] * 1000
        os.kill(os.getpid(), signal.SIGINT)
        never.wait(30)

    why: list[str] = []
    with interrupts() as stop:
        deadline = time.monotonic() + 30
        limited = within(
            hanging(), room=9999, deadline=deadline, stop=stop, cut=why.append
        )
        assert b"".join(limited).startswith(b"line\n" * 1000)
    assert why == ["interrupted"]
    never.set()


def test_a_source_that_hangs_is_cut_at_its_time_limit() -> None:
    never = threading.Event()

    def hanging() -> Iterator[bytes]:
        yield b"before\n"
        never.wait(30)

    why: list[str] = []
    deadline = time.monotonic() + 0.3
    limited = within(
        hanging(), room=99, deadline=deadline, stop=Interrupts(), cut=why.append
    )
    assert b"".join(limited).startswith(b"before\n")
    assert why == ["over its time limit"]
    assert time.monotonic() - deadline < 5
    never.set()
