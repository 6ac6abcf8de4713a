"""Find the known failures in logs of any size, all patterns in one pass.

A finder says quickly *where* some pattern may end; only the lines it points at
are matched again with Python's ``re``, which has the last word and yields the
named groups. So every finder gives the same hits, and only speed differs.
Spared is a line that Hyperscan matched with a pattern that has no groups and
can't reach into the next line: there is nothing left to be found out.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from io import BytesIO
from itertools import accumulate
from mmap import mmap
from typing import BinaryIO, Literal

import msgspec

from ..ahead import ahead
from ..store import Store
from .catalogue import Signature
from .finders import Candidate, find_by_literal, hyperscan_finder
from .patterns import within_a_line

# Scanned at a time: so large that Python's own share is nothing, and so small
# that the memory of a scan is, too.
BLOCK_BYTES = 1 << 20
# Longer lines are matched in pieces of this size, so that no line is slow.
PIECE_BYTES = 8 << 10
# How much of the text above a line a signature may ask about.
ABOVE_BYTES = 4 << 10

Search = Callable[[bytes], re.Match[bytes] | None]


class Hit(msgspec.Struct, frozen=True):
    """A known failure seen in a line.

    Attributes:
        signature_id: Which failure.
        position: From ``scan``, the index of the line, counted from 0. From
            ``scan_bytes`` and ``scan_file``, the offset of the line in bytes.
        groups: What the pattern's named groups captured.
        raw: The line as it was found; of most hits nobody asks for more.
    """

    signature_id: str
    position: int
    groups: dict[str, str]
    raw: bytes

    @property
    def text(self) -> str:
        """The line in characters, without its end."""
        return _text(self.raw)


class Matcher:
    """All signatures, compiled once, for any number of scans.

    Not thread-safe: give each thread its own.
    """

    def __init__(
        self,
        signatures: Iterable[Signature],
        store: Store | None = None,
        engine: Literal["auto", "re"] = "auto",
    ) -> None:
        """Compile the signatures' patterns.

        Args:
            signatures: What to look for.
            store: Where to keep the compiled patterns between runs, which
                makes starting cheap; nowhere when ``None``.
            engine: ``re`` does without Hyperscan even where it is installed.
        """
        rules = [(one, pattern) for one in signatures for pattern in one.patterns]
        patterns = [pattern.encode() for _, pattern in rules]
        exact = hyperscan_finder(patterns, store) if engine == "auto" else None
        self._find = exact or find_by_literal(patterns)
        self._rules = [_Rule(*rule, found=exact is not None) for rule in rules]

    def scan(self, lines: Iterable[bytes | str]) -> Iterator[Hit]:
        """Look at lines, or at messages of several lines each.

        Args:
            lines: Any number of them, with or without line ends.

        Yields:
            Hits in order; at most one per signature for each line of a message.
        """
        first, above = 0, b""
        for batch in _batches(lines):
            starts = [0, *accumulate(len(item) + 1 for item in batch)]
            block = b"\n".join([*batch, b""])
            for hit in self._hits(block, self._find(block), above):
                index = first + bisect_right(starts, hit.position) - 1
                yield msgspec.structs.replace(hit, position=index)
            first, above = first + len(batch), _above(above, block, len(block))

    def scan_bytes(self, buffer: bytes | mmap) -> Iterator[Hit]:
        """Look at a whole log in memory or mapped into it.

        Args:
            buffer: The log. A mapping is read from its current position.

        Yields:
            Hits in order; at most one per signature and line.
        """
        return self.scan_file(BytesIO(buffer) if isinstance(buffer, bytes) else buffer)

    def scan_file(self, file: BinaryIO | mmap) -> Iterator[Hit]:
        """Look at a log of any size in constant memory.

        Args:
            file: Opened for reading bytes, unbuffered at best; may be a pipe.

        Yields:
            Hits in order; at most one per signature and line.
        """
        start, above = 0, b""
        for block in ahead(_blocks(file)):
            yield from self._hits(block, self._find(block), above, start)
            start, above = start + len(block), _above(above, block, len(block))

    def _hits(
        self, block: bytes, candidates: list[Candidate], above: bytes, first: int = 0
    ) -> Iterator[Hit]:
        """Yield the hits of one block of whole lines.

        Args:
            block: Any number of lines.
            candidates: Where the finder says that patterns may match.
            above: The end of the text before it.
            first: The offset of the block; positions are counted from there.
        """
        rules = self._rules
        for start, end, line_start, indices in _pieces(block, candidates):
            piece = block[start:end]
            whole = start == line_start and end - start < PIECE_BYTES
            seen = ""
            for index in sorted(set(indices)) if len(indices) > 1 else indices:
                rule = rules[index]
                # A signature's rules stand together, so the last one tells.
                if rule.signature_id == seen:
                    continue
                before = _above(above, block, line_start) if rule.above else b""
                groups = rule.match(piece, before, whole=whole)
                if groups is not None:
                    seen = rule.signature_id
                    yield Hit(seen, first + line_start, groups, piece)


class _Rule:
    """One pattern of one signature; compiled when first needed, for most never are."""

    def __init__(self, signature: Signature, pattern: str, *, found: bool) -> None:
        """Take the pattern; ``found``: whoever points at a line has matched it."""
        self.signature_id = signature.id
        self.pattern = pattern.encode()
        self._found = found
        self.above = signature.above.encode()
        self.unless = signature.unless.encode()

    @cached_property
    def _sure(self) -> bool:
        """Whether nothing is left to look at: it matched in this line, no group."""
        one = self.pattern.decode()
        return self._found and not _compile(self.pattern).groups and within_a_line(one)

    @cached_property
    def _wanted(self) -> Search:
        return _compile(self.pattern).search

    @cached_property
    def _unwanted(self) -> Search:
        return _compile(self.unless).search

    def match(
        self, piece: bytes, above: bytes, *, whole: bool
    ) -> dict[str, str] | None:
        """Return the groups captured, if it matches; None if it does not.

        Args:
            piece: A line, or a piece of it.
            above: The text above the line.
            whole: It is all of the line, so the match is in it for certain.
        """
        groups: dict[str, bytes | None] = {}
        if not (whole and self._sure):
            match = self._wanted(piece)
            if not match:
                return None
            groups = match.groupdict()
        if self.unless and self._unwanted(piece):
            return None
        if self.above:
            object_named = _compile(self.above).search(above)
            if not object_named:
                return None
            groups |= object_named.groupdict()
        if not groups:
            return {}
        return {name: _text(value or b"") for name, value in groups.items()}


def _above(before: bytes, block: bytes, position: int) -> bytes:
    """Cut out the text above a position in a block, reaching back beyond it."""
    if position >= ABOVE_BYTES:
        return block[position - ABOVE_BYTES : position]
    return (before + block[:position])[-ABOVE_BYTES:]


@cache
def _compile(pattern: bytes) -> re.Pattern[bytes]:
    """Compile for the last word on a line."""
    return re.compile(pattern, re.MULTILINE)


def _text(raw: bytes) -> str:
    """Decode what a log holds, whatever it is."""
    return raw.decode("utf-8", "replace").rstrip("\r\n")


def _pieces(
    block: bytes, candidates: list[Candidate]
) -> Iterator[tuple[int, int, int, list[int]]]:
    """Gather candidates by the line, or piece of a long line, they end in.

    Yields:
        Beginning and end of the piece, beginning of its line, and the numbers
        of the patterns that may match there, some perhaps more than once.
    """
    line_start = line_end = start = end = 0
    indices: list[int] = []
    for position, index in sorted(candidates):
        if position <= end:
            indices.append(index)
            continue
        if indices:
            yield start, end, line_start, indices
        indices = [index]
        last = position - 1
        if last >= line_end:
            line_start = block.rfind(b"\n", 0, last) + 1
            line_end = block.find(b"\n", last)
            line_end = len(block) if line_end < 0 else line_end
        start, end = line_start, line_end
        if end - start > PIECE_BYTES:
            start += (last - line_start) // PIECE_BYTES * PIECE_BYTES
            end = min(start + PIECE_BYTES, line_end)
    if indices:
        yield start, end, line_start, indices


def _blocks(file: BinaryIO | mmap) -> Iterator[bytes]:
    """Read a file in blocks that end where a line does, if lines are sane."""
    rest = b""
    while chunk := file.read(BLOCK_BYTES):
        end = chunk.rfind(b"\n") + 1
        if not end and len(rest) + len(chunk) < BLOCK_BYTES:
            rest += chunk
            continue
        end = end or len(chunk)
        yield b"".join((rest, memoryview(chunk)[:end]))
        rest = chunk[end:]
    if rest:
        yield rest


def _batches(lines: Iterable[bytes | str]) -> Iterator[list[bytes]]:
    """Gather lines, as bytes, into batches of about a block."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        raw = line if isinstance(line, bytes) else line.encode("utf-8", "replace")
        batch.append(raw.rstrip(b"\r\n"))
        size += len(raw) + 1
        if size >= BLOCK_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
