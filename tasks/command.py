"""What every task has in common: how it is declared and how it may end.

A task's body raises `Stop` for an expected failure or returns an exit code.
Here, and only here, both become the process's exit status.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from invoke import Exit, task

#: A task's body: takes Invoke's context and its arguments, returns an exit code.
Body = Callable[..., int | None]


def command(
    name: str | None = None,
    **options: Any,  # noqa: ANN401 - Invoke's own options
) -> Callable[[Body], Any]:
    """Declare a task whose expected failures are one line and an exit code.

    Args:
        name: what is typed; the function's name with dashes if None.
        options: those of Invoke's ``task``: ``help``, ``positional``, ...
    """

    def declare(body: Body) -> Any:  # noqa: ANN401 - Invoke's Task is untyped
        @wraps(body)
        def guarded(*args: object, **kwargs: object) -> None:
            code = _run(body, *args, **kwargs)
            if code:
                raise Exit(code=code)

        return task(name=name, **options)(guarded)

    return declare


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
    except Exit:
        raise
    except Exception as error:
        from .adapters import render

        render.defect(error)
        return 1
