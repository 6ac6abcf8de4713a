"""Ctrl-C that ends the collecting, not the bundle."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Interrupts:
    """Turns the first Ctrl-C into a flag, the second into the usual end.

    Only a wait for the outside world is broken off; what this process writes
    is brought to an end, or the archive would not be whole.
    """

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False

    def wait(self, call: Callable[[], T]) -> T:
        """Call something that may block; Ctrl-C breaks it off.

        Raises:
            KeyboardInterrupt: it was, now or before.
        """
        if self.asked:
            raise KeyboardInterrupt
        self._waiting = True
        try:
            return call()
        finally:
            self._waiting = False

    def _handle(self, *_: object) -> None:
        if self._waiting or self.asked:
            self._waiting, self.asked = False, True
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Handle Ctrl-C and SIGTERM until the end of the block; main thread only."""
    caught = Interrupts()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, caught._handle) for number in signals]
    try:
        yield caught
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
