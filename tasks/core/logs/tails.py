"""The end of each log of a bundle, kept while gigabytes stream by."""

from __future__ import annotations

from collections import deque

from ..bundle.layout import LOGS
from .lines import Line, parse

#: Bytes kept of all logs together: for a page, or for a note's last lines.
PAGE_BYTES, NOTE_BYTES = 12 << 20, 1 << 20
#: Bytes kept of one log, however many there are.
LEAST_BYTES = 128 << 10

_PREVIOUS = ".previous.log"


class Tails:
    """Takes every piece of every log; remembers the last megabytes of each.

    Pieces are kept as they come and parsed at the end, so that a gigabyte
    that is not shown costs nothing.
    """

    def __init__(self, logs: int, most: int = PAGE_BYTES) -> None:
        """Begin.

        Args:
            logs: how many there will be; they share the memory.
            most: bytes to keep of all of them together.
        """
        self._most = max(LEAST_BYTES, most // max(logs, 1))
        self._pieces: dict[str, deque[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._short: set[str] = set()

    def take(self, name: str, piece: bytes) -> None:
        """Take the next piece of the file ``name``; others than logs are let go."""
        if not name.startswith(f"{LOGS}/"):
            return
        kept = self._pieces.setdefault(name, deque())
        kept.append(piece)
        size = self._sizes.get(name, 0) + len(piece)
        while len(kept) > 1 and size - len(kept[0]) >= self._most:
            size -= len(kept.popleft())
            self._short.add(name)
        self._sizes[name] = size

    def lines(self) -> dict[str, list[Line]]:
        """Return container to its last lines; the previous run's come first.

        Once only: the bytes are let go meanwhile.
        """
        found: dict[str, list[Line]] = {}
        for name in sorted(self._pieces, key=lambda n: n.endswith(_PREVIOUS)):
            container = name.rpartition("/")[2].removesuffix(".log")
            lines = self._parsed(name)
            if not name.endswith(_PREVIOUS):
                found[container] = lines
                continue
            container = container.removesuffix(".previous")
            later = found.get(container, [])
            first = next((line.at for line in later if line.at), float("inf"))
            found[container] = [line for line in lines if line.at < first] + later
        return found

    def _parsed(self, name: str) -> list[Line]:
        data = b"".join(self._pieces.pop(name))
        start = max(0, len(data) - self._most)
        if start or name in self._short:
            start = data.find(b"\n", start) + 1
            data = data[start:]
        return list(parse(data))
