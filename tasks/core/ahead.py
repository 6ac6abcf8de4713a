"""Take what comes next in another thread, while this one works on what is there."""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TypeVar, cast

T = TypeVar("T")

# Items taken in advance: so many that neither side waits for the other without
# need, and so few that their memory is nothing.
DEPTH = 3


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items in order, each made in one other thread.

    It pays where making one lets go of the interpreter, as Hyperscan and reading
    from a file do.

    Args:
        items: iterated in the other thread, at most ``DEPTH`` in advance.
    """
    from concurrent.futures import ThreadPoolExecutor

    end = object()
    take = partial(next, iter(items), cast("T", end))
    with ThreadPoolExecutor(1) as other:
        waiting = deque(other.submit(take) for _ in range(DEPTH))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(other.submit(take))
            yield item
