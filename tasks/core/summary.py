"""Add up the summary lines of several pytest runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LINE = re.compile(r"^=*\s*(?P<counts>\d+ [a-z]+.*?|no tests ran) in [\d.]+s\b")
_COUNT = re.compile(r"(\d+) ([a-z]+)")
#: pytest's own order; it says the worst first.
_ORDER = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed")
_LATER = ("warnings", "errors")
_SINGULAR = {"error": "errors", "warning": "warnings"}


def parse(line: str) -> Counter[str] | None:
    """Return the counts of a summary line, None if it is no such line."""
    match = _LINE.match(line.strip())
    if not match:
        return None
    found = _COUNT.findall(match["counts"])
    return Counter({_SINGULAR.get(word, word): int(n) for n, word in found})


def render(counts: Iterable[Counter[str]], seconds: float) -> str:
    """Return one summary line for all of them, as pytest would write it."""
    total: Counter[str] = sum(counts, Counter())
    words = []
    for word in (*_ORDER, *_LATER):
        if number := total[word]:
            shown = word.removesuffix("s") if word in _LATER and number == 1 else word
            words.append(f"{number} {shown}")
    line = f"{', '.join(words) or 'no tests ran'} in {seconds:.2f}s"
    if seconds < 60:
        return line
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{line} ({hours}:{minutes:02}:{left:02})"
