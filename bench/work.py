"""What is measured as a process of its own: ``python -m bench.work WHAT FILE``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.core.redact import Redactor


def redactor(cache: Path | None) -> Redactor:
    """Return a redactor as a stack with a password of its own has it."""
    from tasks.adapters.store import Directory
    from tasks.core.redact import Redactor, Source

    made_up = Source(".env", "DB_PASSWORD", "correct-horse-battery-staple")
    return Redactor.learn([made_up], store=Directory(cache) if cache else None)


def redact(file: Path, cache: Path) -> None:
    """Redact a file to nowhere."""
    with file.open("rb") as reader, Path(os.devnull).open("wb") as writer:
        redactor(cache).copy(reader, writer)


def scan(file: Path, cache: Path) -> None:
    """Look for every signature in a file and print how often each was seen."""
    from collections import Counter

    from tasks.adapters.store import Directory
    from tasks.core.signatures.catalogue import load
    from tasks.core.signatures.matcher import Matcher

    store = Directory(cache)
    matcher = Matcher(load(store=store), store)
    with file.open("rb", buffering=0) as reader:
        seen = Counter(hit.signature_id for hit in matcher.scan_file(reader))
    for name, count in sorted(seen.items()):
        sys.stdout.write(f"{name} {count}\n")


def patterns(file: Path) -> None:
    """Write every signature's patterns, one a line, for ripgrep.

    It takes them as one expression, in which no two groups may have one name.
    """
    from tasks.core.signatures.catalogue import load

    named = re.compile(r"\(\?P<\w+>")
    lines = [named.sub("(?:", p) for one in load() for p in one.patterns]
    file.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    works: dict[str, Callable[..., None]] = {
        "redact": redact,
        "scan": scan,
        "patterns": patterns,
    }
    works[sys.argv[1]](*map(Path, sys.argv[2:]))
