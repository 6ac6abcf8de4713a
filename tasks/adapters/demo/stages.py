"""Long work in numbered stages: what runs, for how long, its last line.

On a terminal one line is kept current. Elsewhere a stage says when it is done,
and every half minute that it is not, so that a log never looks hung.
"""

from __future__ import annotations

import threading
import time
from typing import Self

from .. import render

LIVE_SECONDS = 0.25
LOG_SECONDS = 30.0


class Stage:
    """One stage of some; a context manager around its work.

    Attributes:
        result: what came of it, in a word or two, for its closing line.
    """

    def __init__(self, title: str, number: int = 1, total: int = 1) -> None:
        self.title = f"[{number}/{total}] {title}" if total > 1 else title
        self.result = ""
        self._last = "..."
        self._began = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._progress = render.Progress(self.title)
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._progress.close()
            for line in render.folded(text):
                render.note(line)

    def line(self, text: str) -> None:
        """Take note of the last line that the work printed."""
        if text.strip():
            self._last = " ".join(text.split())

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._over.set()
        self._ticker.join()
        result = "failed" if kind else self.result or "done"
        self.say(f"{self.title}: {result} ({self.seconds:.1f} s)")

    def _tick(self) -> None:
        pause = LIVE_SECONDS if self._progress.live else LOG_SECONDS
        while not self._over.wait(pause):
            with self._lock:
                if self._progress.live:
                    self._progress.tick(self._last)
                else:
                    shown = f"{self.title}: {self.seconds:.0f} s, {self._last}"
                    render.note(shown[: render.width()])


class Stages:
    """Counts the stages of one run."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 0

    def next(self, title: str) -> Stage:
        """Return the next stage."""
        self._number += 1
        return Stage(title, self._number, self._total)
