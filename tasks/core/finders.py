"""Two ways to find quickly where patterns may match in a block of bytes.

Both may report too much, never too little: the matcher looks again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .keep import keep

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
    patterns: Sequence[bytes], cache_dir: Path | None = None
) -> Finder | None:
    """Find where patterns end with Hyperscan.

    Args:
        patterns: In the common subset of ``re`` and Hyperscan.
        cache_dir: Where compiled patterns are kept between runs, if anywhere.

    Returns:
        The finder; ``None`` where Hyperscan is missing or rejects a pattern.
    """
    if not patterns:
        return lambda _block: []
    try:
        import hyperscan

        database = _database(patterns, cache_dir)
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


def _database(
    patterns: Sequence[bytes], cache_dir: Path | None
) -> "hyperscan.Database":
    """Load the compiled patterns from the cache, or compile and keep them."""
    import hyperscan

    if cache_dir is None:
        return _compile(patterns)
    name = hashlib.blake2b(b"\n".join(patterns), digest_size=12).hexdigest()
    path = cache_dir / f"patterns-{name}.hs"
    try:
        return hyperscan.loadb(path.read_bytes(), hyperscan.HS_MODE_BLOCK)
    except (OSError, hyperscan.error):
        # Absent, damaged, or compiled by another version or for another processor.
        database = _compile(patterns)
    keep(path, hyperscan.dumpb(database))
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
