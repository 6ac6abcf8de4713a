"""Tells a person how a fix goes on: one line a step, its last output below."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import render
from ..demo.stages import Stage

if TYPE_CHECKING:
    from ...core.model import Step

#: Lines of a failed step's output that are shown; the journal has them all.
SHOWN = 8


class Terminal:
    """The Reporter of the command line; everything goes to stderr."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._lines: deque[str] = deque(maxlen=SHOWN)

    @contextmanager
    def step(self, n: int, total: int, step: Step) -> Iterator[None]:
        """Show one step while it runs."""
        self._lines.clear()
        with Stage(step.why, n, total) as stage:
            self._stage = stage
            try:
                yield
            except Exception:
                for line in self._lines:
                    stage.say(render.paint(f"    {line[: render.width() - 4]}", "dim"))
                raise
            finally:
                self._stage = None

    def line(self, text: str) -> None:
        """Take a line of output."""
        if text.strip():
            self._lines.append(text.rstrip())
        if self._stage:
            self._stage.line(text)

    @contextmanager
    def waiting(self, patience: float) -> Iterator[Stage]:
        """Show that the checks are waited for."""
        most = f", {patience:.0f} s at most" if patience else ""
        with Stage(f"verify{most}") as stage:
            self._stage = stage
            try:
                yield stage
            finally:
                self._stage = None
