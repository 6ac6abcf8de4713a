"""The tasks ``fix.*``: one for each declared fix, its own options among its flags.

They are made from the declarations, so that a new fix is a function in
`tasks.fixes` and nothing else.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from . import fixes as _  # noqa: F401 - declares them
from .command import Command, command, group
from .core.fixes.fix import FIXES, Fix
from .fixing import Asked, resume, run
from .unstuck import auto

if TYPE_CHECKING:
    from invoke import Collection, Context

_HELP = {
    "plan": "print the steps and change nothing (as inv --dry does)",
    "yes": "don't ask; for scripts",
    "force": "go on although a guard fails; says which",
    "json": "one JSON document on stdout, nothing else there",
}


def collection() -> Collection:
    """Return the tasks ``fix.*``: one for each declared fix, and ``resume``."""
    own = [of_fix(declared) for declared in FIXES.values() if "." not in declared.id]
    return group("fix", auto, resume_, *own)


def of_fix(declared: Fix) -> Command:
    """Return the task of one declared fix."""

    def one(c: Context, **flags: Any) -> int:  # noqa: ANN401 - Invoke's values
        given = Asked(
            plan=flags.pop("plan") or bool(c.config.run.dry),
            yes=flags.pop("yes"),
            force=flags.pop("force"),
            json=flags.pop("json"),
        )
        own = {
            name.replace("_", "-"): "yes" if value is True else value
            for name, value in flags.items()
            if value
        }
        return run(declared.task, given, own)

    one.__signature__ = _signature(declared)  # type: ignore[attr-defined]
    one.__doc__ = declared.doc
    one.__name__ = declared.id.replace("-", "_").rpartition(".")[2]
    helps = {name: text.removeprefix("=") for name, text in declared.options.items()}
    return command(
        name=declared.id.rpartition(".")[2],
        positional=[declared.positional] if declared.positional else [],
        help={**helps, **_HELP},
    )(one)


def _signature(declared: Fix) -> inspect.Signature:
    """Return the parameters that Invoke makes flags of."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    defaults: dict[str, object] = {
        option.replace("-", "_"): "" if meaning.startswith("=") else False
        for option, meaning in declared.options.items()
    }
    defaults |= dict.fromkeys(_HELP, False)
    parameters = [inspect.Parameter("c", kind)]
    parameters += [
        inspect.Parameter(name, kind, default=default)
        for name, default in defaults.items()
    ]
    return inspect.Signature(parameters)


@command(
    name="resume",
    help={**_HELP, "forget": "don't go on with it; never mention it again"},
)
def resume_(
    c: Context,
    plan: bool = False,
    yes: bool = False,
    force: bool = False,
    json: bool = False,
    forget: bool = False,
) -> int:
    """Go on with a fix that was interrupted, from the step it was in."""
    dry = plan or bool(c.config.run.dry)
    return resume(Asked(dry, yes, force, json), forget=forget)
