"""Whether an image was built from the Dockerfile that lies there now."""

from __future__ import annotations

import re
from collections.abc import Sequence


def commands(text: str) -> list[tuple[int, str]]:
    """Return the ``RUN`` commands of the last build stage, with their lines.

    Continuation lines are joined and white space folded, as the image's history
    has them; heredocs and mounts are left out, for it writes those otherwise.
    """
    found: list[tuple[int, str]] = []
    joined, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        began = began or number
        joined = f"{joined} {bare}".strip()
        if bare.endswith("\\"):
            joined = joined[:-1].rstrip()
            continue
        word, _, rest = joined.partition(" ")
        if word.upper() == "FROM":
            found.clear()
        elif word.upper() == "RUN" and not rest.startswith(("<<", "--", "[")):
            found.append((began, _fold(rest)))
        joined, began = "", 0
    return found


def missing(text: str, history: Sequence[str]) -> list[tuple[int, str]]:
    """Return the ``RUN`` commands that no layer of the image's history ran."""
    ran = [_fold(entry) for entry in history]
    return [
        (line, command)
        for line, command in commands(text)
        if not any(command in entry for entry in ran)
    ]


def _fold(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
