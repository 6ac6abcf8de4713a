"""Wait for several things at once.

`concurrent.futures` can do as much; only to import it takes 10 ms.
"""

from collections import deque
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TypeVar, cast

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def at_once(
    work: Callable[[Item], Answer], items: Iterable[Item], most: int
) -> list[Answer]:
    """Return what ``work`` answers for each item, in the order of the items.

    Args:
        work: should wait for something: one interpreter computes one thing at a time.
        items: what it is called with.
        most: threads at once.

    Raises:
        Exception: what ``work`` raised first, once all have ended.
    """
    left = deque(enumerate(items))
    answers: list[Answer | None] = [None] * len(left)
    failed: list[Exception] = []

    def take() -> None:
        while left:
            try:
                number, item = left.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                answers[number] = work(item)
            except Exception as error:
                failed.append(error)

    threads = [Thread(target=take, daemon=True) for _ in range(min(most, len(left)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return cast("list[Answer]", answers)
