"""Two ways to find quickly where patterns may match in a block of bytes.

Both may report too much, never too little: the matcher looks again, but for
what Hyperscan matched within one line and without groups.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ..store import Store

if TYPE_CHECKING:
    import hyperscan

# Offset just behind a place where a pattern may match, and the pattern's index.
Candidate = tuple[int, int]
Finder = Callable[[bytes], list[Candidate]]


def find_by_literal(patterns: Sequence[bytes]) -> Finder:
    """Find lines by the literal text that each pattern must contain.

    Args:
        patterns: Each with such a text (``patterns.problems`` sees to it).
    """
    from .patterns import literal

    indices: defaultdict[bytes, list[int]] = defaultdict(list)
    for index, pattern in enumerate(patterns):
        indices[literal(pattern.decode("ascii"))].append(index)

    def find(block: bytes) -> list[Candidate]:
        found = []
        for text, owners in indices.items():
            position = block.find(text)
            while position >= 0:
                position += len(text)
                found += [(position, owner) for owner in owners]
                position = block.find(text, position)
        return found

    return find


def hyperscan_finder(
    patterns: Sequence[bytes], store: Store | None = None
) -> Finder | None:
    """Find where patterns end with Hyperscan.

    Args:
        patterns: In the common subset of ``re`` and Hyperscan.
        store: Where compiled patterns are kept between runs, if anywhere.

    Returns:
        The finder; ``None`` where Hyperscan is missing or rejects a pattern.
    """
    if not patterns:
        return lambda _block: []
    try:
        import hyperscan

        database = _database(patterns, store)
        scratch = hyperscan.Scratch(database)
    except (ImportError, hyperscan.error):
        return None

    def find(block: bytes) -> list[Candidate]:
        found: list[Candidate] = []

        def note(index: int, _start: int, end: int, *_: object) -> None:
            found.append((end, index))

        database.scan(block, note, scratch=scratch)
        return found

    return find


def _database(patterns: Sequence[bytes], store: Store | None) -> "hyperscan.Database":
    """Load the compiled patterns from the cache, or compile and keep them."""
    import hyperscan

    if store is None:
        return _compile(patterns)
    name = hashlib.blake2b(b"\n".join(patterns), digest_size=12).hexdigest()
    name = f"patterns-{name}.hs"
    if kept := store.get(name):
        # Damaged, or compiled by another version or for another processor.
        with suppress(hyperscan.error):
            return hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
    database = _compile(patterns)
    store.put(name, hyperscan.dumpb(database))
    return database


def _compile(patterns: Sequence[bytes]) -> "hyperscan.Database":
    """Compile patterns: about a millisecond each."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=patterns,
        ids=range(len(patterns)),
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(patterns),
    )
    return database
