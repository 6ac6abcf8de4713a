"""What is said of a command line that can't be understood, and its exit code.

Invoke says "No idea what 'chek.all' is!" and exits 1, takes a mistyped option
for the name of a service, and prints a traceback where the reader of a pipe
(``inv --list | head -1``) has gone, or where a number should stand and does
not. Three of its methods are therefore replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from invoke import Exit, ParseError, Program
from invoke.parser import Argument

if TYPE_CHECKING:
    from invoke.parser import ParserContext

_UNKNOWN = re.compile("No idea what ['\"](.*)['\"] is!$")
_VALUELESS = re.compile(r"Flag <Argument: ([\w-]+).* needed value")


def install() -> None:
    """Replace the methods; done once, when the command tree is loaded."""
    Program.parse_tasks = _parse_tasks  # type: ignore[assignment,method-assign]
    Program.parse_cleanup = _parse_cleanup  # type: ignore[assignment,method-assign]
    Argument.set_value = _set_value  # type: ignore[assignment,method-assign]


_parse_as_invoke_does = Program.parse_tasks
_cleanup_as_invoke_does = Program.parse_cleanup
_set_as_invoke_does = Argument.set_value


def unknown(
    token: str, context: ParserContext | None, tasks: Iterable[str]
) -> tuple[str, str]:
    """Return what is wrong with a token, and what was meant.

    Args:
        token: what was typed.
        context: the task whose arguments are being read; None before the first.
        tasks: the names of all tasks.
    """
    from ...core.nearest import nearest

    task = (context.name if context else None) or ""
    if token.startswith("-"):
        options = list(context.flags) if context else []
        if not task:
            return f"there is no option {token}", "inv --help"
        meant = nearest(token, [option for option in options if option[:2] == "--"])
        hint = f"did you mean {meant}?" if meant else f"inv {task} --help"
        return f"{task} has no option {token}", hint
    names = list(tasks)
    message = f"there is no task {token}"
    for arg in context.positional_args if context else ():
        if "by commas" in (arg.help or ""):
            return message, f"several by commas: {arg.value},{token}"
    if members := [name for name in names if name.startswith(f"{token}.")]:
        return f"{token} is a group of tasks", ", ".join(members)
    meant = nearest(token, names)
    return message, f"did you mean {meant}?" if meant else "inv --list"


def wrong(message: str, hint: str) -> NoReturn:
    """End the run as wrong usage: the cause, what to type, exit code 2.

    Raises:
        Exit: always.
    """
    from ...core.errors import WrongUsage
    from .. import render

    render.error(message, hint)
    raise Exit(code=WrongUsage.code)


def _set_value(argument: Argument, value: Any, cast: bool = True) -> None:  # noqa: ANN401 - as in Invoke
    try:
        _set_as_invoke_does(argument, value, cast=cast)
    except ValueError:
        raise ParseError(f"--{argument.name} takes a number, not {value}") from None


def _parse_tasks(program: Program) -> None:
    try:
        _parse_as_invoke_does(program)
    except ParseError as error:
        message, context = str(error), error.context
        if asked := _UNKNOWN.match(message):
            wrong(*unknown(asked.group(1), context, program.parser.contexts))
        if valueless := _VALUELESS.match(message):
            task = (context.name if context else None) or ""
            wrong(f"--{valueless.group(1)} needs a value", f"inv {task} --help")
        wrong(message.rstrip("!"), "inv --help")


def _parse_cleanup(program: Program) -> None:
    """Print lists and help as Invoke does, to a reader who may go."""
    from .. import render

    try:
        try:
            _cleanup_as_invoke_does(program)
        finally:
            render.flush()
    except BrokenPipeError:
        render.hang_up()
        raise Exit(code=0) from None
    except Exit as end:
        if end.message:  # --list of a group that there isn't
            wrong(end.message, "inv --list")
        raise
    except ParseError:  # --help of a task that there isn't
        name = str(program.args.help.value)
        wrong(*unknown(name, None, program.parser.contexts))
