"""Read a source in a thread of its own, and take what it gave in large pieces.

The engine keeps ready for a reader no more than some 25 kB: if nobody read while
a block is redacted, it would stand still meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

#: Bytes that are worth to be taken, and those from which on reading waits.
ENOUGH, MOST = 1 << 20, 4 << 20


class Backlog:
    """What a source has given and nobody has taken yet."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """Begin to read ``pieces``; they may fail, or hang for ever."""
        self._pieces: list[bytes] = []
        self._size = 0
        self._ended = self._given_up = False
        self._error: Exception | None = None
        self._changed = threading.Condition()
        # A daemon: a source that hangs must not keep the process from ending.
        threading.Thread(target=self._read, args=(pieces,), daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait until much has come, or the end, so many seconds at most.

        An exception that breaks it off, as Ctrl-C does, loses nothing.
        """
        with self._changed:
            self._changed.wait_for(self._is_enough, seconds)

    def take(self) -> bytes | None:
        """Return what came since the last time, maybe nothing; None at the end.

        Raises:
            Exception: of the source; what came before it was taken.
        """
        with self._changed:
            if self._size or not self._ended:
                return self._all()
        if self._error:
            raise self._error
        return None

    def close(self) -> bytes:
        """Read no more; return what came since the last time."""
        with self._changed:
            self._given_up = True
            return self._all()

    def _is_enough(self) -> bool:
        return self._size >= ENOUGH or self._ended

    def _all(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._changed.notify()
        return taken

    def _read(self, pieces: Iterable[bytes]) -> None:
        try:
            for piece in pieces:
                if not self._keep(piece):
                    return
        except Exception as error:
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _keep(self, piece: bytes) -> bool:
        """Add a piece, once there is room; False if it is not wanted any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._size < MOST or self._given_up)
            self._pieces.append(piece)
            self._size += len(piece)
            if self._is_enough():  # whoever is woken for each line does nothing else
                self._changed.notify()
            return not self._given_up
