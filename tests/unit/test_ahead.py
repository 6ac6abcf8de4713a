"""Working ahead changes when the work is done, nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tasks.core.ahead import DEPTH, ahead


@pytest.mark.parametrize("count", [0, 1, 2, DEPTH, DEPTH + 1, 50])
def test_all_items_come_in_order(count: int) -> None:
    assert list(ahead(range(count))) == list(range(count))


def test_they_are_made_elsewhere_and_only_a_few_in_advance() -> None:
    made: list[str] = []

    def source() -> Iterator[int]:
        for number in range(100):
            made.append(threading.current_thread().name)
            yield number

    for item in ahead(source()):
        assert len(made) <= item + DEPTH + 1
    assert len(made) == 100
    assert threading.current_thread().name not in made
    assert len(set(made)) == 1


def test_whoever_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    found = ahead(range(50))
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_a_failure_to_make_one_is_the_callers() -> None:
    taken = []
    with pytest.raises(ZeroDivisionError):
        for item in ahead(6 // (3 - number) for number in range(6)):
            taken.append(item)  # noqa: PERF402 - what came before it counts
    assert taken == [2, 3, 6]
