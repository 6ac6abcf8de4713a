"""Gigabytes in constant memory: cuts a stream into blocks that can be looked at.

Blocks end where a line ends, and not within a secret of several lines. A line
longer than a block is cut where no secret is. Where the cuts are depends on
the bytes alone, not on the chunks that they came in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .engine import Engine
from .privatekeys import body_tail
from .spans import Span

#: Bytes looked at together.
BLOCK = 512 * 1024
#: Bytes of a longer line that are looked at twice, so that nothing which is
#: shorter is seen only in part.
OVERLAP = 64 * 1024

_QUOTES = b"\"'`"


class Part(NamedTuple):
    """A block up to where it was cut, and what must go from it."""

    block: bytes
    end: int
    spans: list[Span]


class Cutter:
    """Cuts one stream."""

    def __init__(
        self, engine: Engine, prepare: Callable[[bytes], bytes] | None = None
    ) -> None:
        """Take what looks at the blocks, and what is done to them before."""
        self._engine = engine
        self._prepare = prepare
        self._chunks: list[bytes] = []
        self._size = 0
        self._skip: re.Pattern[bytes] | None = None

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """Yield the parts that the next bytes of the stream complete."""
        self._chunks.append(bytes(chunk))
        self._size += len(chunk)
        while self._size >= BLOCK:
            whole = b"".join(self._chunks)
            yield self._part(whole[:BLOCK], whole[BLOCK:], final=False)

    def close(self) -> Iterator[Part]:
        """Yield the rest of the stream."""
        while self._size:
            yield self._part(b"".join(self._chunks), b"", final=True)

    def _part(self, block: bytes, rest: bytes, *, final: bool) -> Part:
        block = self._skipped(block)
        if self._prepare is not None:
            block = self._prepare(block)
        look = self._engine.look(block)
        end, spans = len(block), look.spans
        if block and not final:
            newline = block.rfind(b"\n") + 1
            if newline:
                end = _cut_lines(block, newline, look.holds, spans)
            else:
                end = self._cut_line(block, spans)
        self._chunks = [block[end:] + rest] if end < len(block) or rest else []
        self._size = sum(map(len, self._chunks))
        return Part(block, end, [span for span in spans if span.start < end])

    def _skipped(self, block: bytes) -> bytes:
        """Drop the rest of a secret that was longer than a block."""
        if self._skip is None:
            return block
        stop = self._skip.search(block)
        if stop is None:
            return b""
        self._skip = None
        return block[stop.start() :]

    def _cut_line(self, block: bytes, spans: list[Span]) -> int:
        """Return where to cut within a line that is longer than a block."""
        end = len(block) - OVERLAP
        for span in spans:
            if span.first >= end or span.end <= end:
                continue
            if span.end < len(block) and not span.open:
                end = span.end
            elif len(block) - span.first <= BLOCK // 2:
                return span.first
            else:
                quote = block[span.start - 1 : span.start]
                quoted = bool(quote) and quote in _QUOTES
                self._skip = re.compile(rb"[\r\n" + quote + rb"]" if quoted else rb"\s")
                return len(block)
        return end


def _cut_lines(
    block: bytes, newline: int, holds: list[tuple[int, int]], spans: list[Span]
) -> int:
    """Return where to cut: at the last line's end, or before a longer secret."""
    end = newline
    for start, reach in holds:
        if start and reach > newline:
            end = min(end, start)
    end = body_tail(block, end) or end
    for span in spans:
        if span.start < end < span.end:
            end = span.end
    return end
