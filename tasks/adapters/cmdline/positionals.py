"""Optional positional arguments for Invoke: ``inv logs backend`` and ``inv logs``.

Invoke knows only required ones, and takes ``--help`` for such a one's value.
People type ``logs backend`` from muscle memory; an error there is the worst
answer at the worst moment. Four methods of Invoke's parser are therefore
replaced, for positional arguments that have a default and for no others:

- an argument that has not been typed may still be, whatever its default;
- a task is complete without it;
- task names and Invoke's own flags, ``--help`` above all, are never its value.
"""

from __future__ import annotations

from typing import Any

from invoke.parser import Argument, ParserContext
from invoke.parser.parser import ParseMachine


def install() -> None:
    """Replace the methods; done once, when the command tree is loaded."""
    ParserContext.missing_positional_args = property(_untyped)  # type: ignore[assignment]
    ParseMachine.complete_context = _complete_context  # type: ignore[assignment]
    ParseMachine.see_positional_arg = _see_positional_arg  # type: ignore[assignment]
    ParseMachine.handle = _handle  # type: ignore[assignment]


def _untyped(context: ParserContext) -> list[Argument]:
    return [arg for arg in context.positional_args if arg.raw_value is None]


_complete_as_invoke_does = ParseMachine.complete_context
_handle_as_invoke_does = ParseMachine.handle


def _complete_context(machine: Any) -> None:  # noqa: ANN401 - untyped in Invoke
    for arg in machine.context.missing_positional_args if machine.context else ():
        if arg.default is not None:
            arg.set_value(arg.default, cast=False)
    _complete_as_invoke_does(machine)


def _handle(machine: Any, token: str) -> None:  # noqa: ANN401 - untyped in Invoke
    """Let a task's name or a flag of Invoke's own end the positional arguments."""
    context = machine.context
    waiting = context is not None and context.missing_positional_args
    known = token in machine.contexts or token in machine.initial.flags
    typed_as_flag = context is not None and token in context.flags
    if waiting and known and not typed_as_flag and not machine.waiting_for_flag_value:
        for arg in waiting:
            if arg.default is None:
                break
            arg.set_value(arg.default, cast=False)
    _handle_as_invoke_does(machine, token)


def _see_positional_arg(machine: Any, value: str) -> None:  # noqa: ANN401 - untyped
    if value.startswith("-"):
        # A mistyped option: no service is called that.
        machine.error(f"No idea what {value!r} is!")
    for arg in machine.context.missing_positional_args:
        arg.value = value
        break
