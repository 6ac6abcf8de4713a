"""Which files of a build context the builder never sees.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import lru_cache


def matcher(text: str) -> Callable[[str], bool]:
    """Return a function that tells whether a relative path is left out.

    The last matching pattern decides; ``!`` brings files back. Never raises: a
    pattern that makes no sense matches nothing.
    """
    rules: list[tuple[bool, re.Pattern[str]]] = []
    for line in text.removeprefix("\ufeff").splitlines():
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        back = pattern.startswith("!")
        cleaned = posixpath.normpath(pattern.removeprefix("!").strip()).strip("/")
        if cleaned not in ("", "."):
            rules.append((back, _compile(cleaned)))

    def ignored(path: str) -> bool:
        out = False
        for back, rule in rules:
            if rule.match(path):
                out = not back
        return out

    return ignored


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression, with what is below it."""
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out.append("(?:[^/]+/)*")
            at += 3
            continue
        if pattern.startswith("**", at):
            out.append(".*")
            at += 2
            continue
        if char == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[{inside}]")
            at = end + 1
            continue
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)))
        at += 1
    try:
        return re.compile("".join(out) + r"(?:/.*)?\Z", re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")
