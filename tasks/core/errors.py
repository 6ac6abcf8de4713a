"""Expected failures, each with the exit code users are promised.

Code that cannot go on raises one of these; `tasks.adapters.render` turns it
into one line on stderr and the exit status. Anything else that escapes is a
defect of Unstuck itself and says so.
"""

from __future__ import annotations


class Stop(Exception):  # noqa: N818 - it stops a run; it is not always an error
    """An expected failure: what went wrong and what to type next.

    Attributes:
        code: the process's exit status.
        message: one sentence: the cause.
        hint: what to do about it, ideally one command; may be empty.
    """

    code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WrongUsage(Stop):
    """Arguments or settings that cannot be used: nothing was attempted."""

    code = 2


class EngineUnavailable(Stop):
    """The engine or Compose can't be used, so the stack was not looked at."""

    code = 3


class Refused(Stop):
    """A guard, a lock or the user said no: nothing was changed."""

    code = 4


class NotVerified(Stop):
    """A fix ran, and what it is about still fails."""

    code = 5


class Interrupted(Stop):
    """Ctrl-C, or a signal that means the same."""

    code = 130
