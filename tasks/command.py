"""What every task has in common: how it is declared and how it may end.

A task's body raises `Stop` for an expected failure or returns an exit code.
Here, and only here, both become the process's exit status. Invoke is not needed
to declare a task or to run it, only to put the tree of them together: importing
it takes 30 ms, which what is typed most does without (`adapters/cmdline/direct.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from invoke import Collection

#: A task's body: takes Invoke's context and its arguments, returns an exit code.
Body = Callable[..., int | None]


class Command:
    """A declared task.

    Attributes:
        body: what it does.
        name: what is typed; the body's name with dashes if None.
    """

    def __init__(self, body: Body, name: str | None, options: dict[str, Any]) -> None:
        self.body = body
        self.name = name
        self._options = options

    def run(self, *args: object, **kwargs: object) -> int:
        """Run the body; return the exit code, its failure having been said."""
        return _run(self.body, *args, **kwargs)

    def task(self) -> Any:  # noqa: ANN401 - Invoke's Task is untyped
        """Return it as a task of Invoke's."""
        from invoke import Exit, task

        @wraps(self.body)
        def guarded(*args: object, **kwargs: object) -> None:
            if code := self.run(*args, **kwargs):
                raise Exit(code=code)

        return task(name=self.name, **self._options)(guarded)


def command(
    name: str | None = None,
    **options: Any,  # noqa: ANN401 - Invoke's own options
) -> Callable[[Body], Command]:
    """Declare a task whose expected failures are one line and an exit code.

    Args:
        name: what is typed; the function's name with dashes if None.
        options: those of Invoke's ``task``: ``help``, ``positional``, ...
    """
    return lambda body: Command(body, name, options)


def group(name: str, *commands: Command) -> Collection:
    """Return the tasks that are typed as ``name.task``."""
    from invoke import Collection

    return Collection(name, *(one.task() for one in commands))


def _run(body: Body, *args: object, **kwargs: object) -> int:
    from .core.errors import Stop

    try:
        return body(*args, **kwargs) or 0
    except Stop as stop:
        from .adapters import render

        render.stop(stop)
        return stop.code
    except KeyboardInterrupt:
        from .adapters import render

        render.error("interrupted", "")
        return 130
    except BrokenPipeError:  # the reader of a pipe (head, less) has gone
        from .adapters import render

        render.hang_up()
        return 0
    except Exception as error:
        from .adapters import render

        render.defect(error)
        return 1
