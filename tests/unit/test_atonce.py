"""Several waits at once."""

from __future__ import annotations

import threading
import time

import pytest

from tasks.core.atonce import at_once


def test_answers_come_in_the_order_of_the_items() -> None:
    def slowest_first(number: int) -> int:
        time.sleep(0.03 / (number + 1))
        return number * 2

    assert at_once(slowest_first, range(6), most=3) == [0, 2, 4, 6, 8, 10]


def test_so_many_at_once_and_no_more() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    at_once(work, range(9), most=3)
    assert most == 3


def test_nothing_to_do() -> None:
    assert at_once(str, [], most=4) == []


def test_what_fails_is_raised_when_all_have_ended() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            raise ValueError("first")
        time.sleep(0.02)
        done.append(number)

    with pytest.raises(ValueError, match="first"):
        at_once(work, range(4), most=4)
    assert sorted(done) == [1, 2, 3]
