"""Something that is done once, whoever asks first, with one outcome for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A call whose result, or refusal, is remembered."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._results: list[T] = []
        self._error: Exception | None = None

    def __call__(self) -> T:
        """Return the result of the one call, or raise what it raised."""
        with self._lock:
            if not self._results and self._error is None:
                try:
                    self._results.append(self._call())
                except Exception as error:
                    self._error = error
        if self._error is not None:
            raise self._error
        return self._results[0]
