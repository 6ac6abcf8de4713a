"""What ``inv check.*`` does: look once, judge, print.

The tasks themselves are made from the declared checks, one each, so that a new
check is a function in `tasks.checks` and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import checks as _  # noqa: F401 - declares them
from .command import Command, command, group
from .core.verdict import CHECKS, Check

if TYPE_CHECKING:
    from invoke import Collection, Context

_JSON = "one JSON document on stdout, nothing else there"
_STRICT = "count warnings as failures"
_REPLAY = "check a bundle instead of the stack; needs no Docker"


@command(
    name="all",
    help={
        "json": _JSON,
        "only": "ids of the checks to run, by commas",
        "skip": "ids of the checks to leave out, by commas",
        "strict": _STRICT,
        "watch": "stay, and check again whenever something changes",
        "replay": _REPLAY,
    },
)
def all_(
    c: Context,  # noqa: ARG001 - Invoke's
    json: bool = False,
    only: str = "",
    skip: str = "",
    strict: bool = False,
    watch: bool = False,
    replay: str = "",
) -> int:
    """Run every check at once and name the cause of what fails."""
    ids = select(only, skip)
    if watch and (json or replay):
        from .core.errors import WrongUsage

        other = "--json" if json else "--replay"
        raise WrongUsage(f"--watch shows the stack as it is now, without {other}")
    if watch:
        from .watching import watch as stay

        return stay(ids, strict=strict)
    return check(ids, json=json, strict=strict, replay=replay)


def check(
    ids: list[str] | None = None,
    *,
    json: bool = False,
    strict: bool = False,
    replay: str = "",
) -> int:
    """Look, judge and print; return the exit code.

    Args:
        ids: the checks to run; all of them if None.
        json: print the report as one JSON document.
        strict: count warnings as failures.
        replay: a bundle to check instead of the stack.

    Raises:
        WrongUsage: settings or the bundle can't be used.
    """
    from pathlib import Path

    from . import session
    from .adapters import render
    from .adapters.settings import load

    if replay:
        snapshot = session.replay(Path(replay))
    else:
        snapshot = session.observe(load(), probes_of(ids)).snapshot
    report = session.judge(snapshot, checks=ids, strict=strict)
    if json:
        render.document(report)
    else:
        render.report(report)
    return report.exit_code


def check_one(id: str, *, json: bool = False, strict: bool = False) -> int:
    """Run one check; return the exit code."""
    return check([id], json=json, strict=strict)


def probes_of(ids: list[str] | None) -> list[str] | None:
    """Return the parts of the Snapshot that the checks read; None means all.

    The engine and the model come along: they say which stack it is.
    """
    if ids is None or len(ids) == len(CHECKS):
        return None
    wanted = dict.fromkeys(p for id in ids for p in CHECKS[id].probes)
    return [*dict.fromkeys([*wanted, "engine", "model"])]


def select(only: str, skip: str) -> list[str] | None:
    """Return the ids that ``--only`` and ``--skip`` leave, None for all.

    Raises:
        WrongUsage: an id that no check has; the message lists those there are.
    """
    from .core.errors import WrongUsage
    from .core.nearest import unknown

    wanted, left_out = words(only), words(skip)
    if wrong := [id for id in [*wanted, *left_out] if id not in CHECKS]:
        raise WrongUsage(*unknown("check", dict.fromkeys(wrong), CHECKS))
    if not wanted and not left_out:
        return None
    left = [id for id in wanted or CHECKS if id not in left_out]
    if not left:
        raise WrongUsage("--only and --skip leave no check to run", "inv check.all")
    return left


def words(by_commas: str) -> list[str]:
    """Return the words of a list that is typed with commas, each once."""
    found = (word.strip() for word in by_commas.split(","))
    return list(dict.fromkeys(word for word in found if word))


def _of_check(declared: Check) -> Command:
    def one(
        c: Context,  # noqa: ARG001 - Invoke's
        json: bool = False,
        strict: bool = False,
        replay: str = "",
    ) -> int:
        return check([declared.id], json=json, strict=strict, replay=replay)

    one.__doc__ = declared.doc
    one.__name__ = declared.id.replace("-", "_")
    options = {"json": _JSON, "strict": _STRICT, "replay": _REPLAY}
    return command(name=declared.id, help=options)(one)


@command(
    name="migrations",
    help={
        "json": _JSON,
        "strict": _STRICT,
        "replay": _REPLAY,
        "find": "list the revisions that mention this column or table",
    },
)
def migrations(
    c: Context,  # noqa: ARG001 - Invoke's
    json: bool = False,
    strict: bool = False,
    replay: str = "",
    find: str = "",
) -> int:
    """Alembic heads of the version files against the database's revision."""
    if not find:
        return check(["migrations"], json=json, strict=strict, replay=replay)
    from .finding import find_revisions

    return find_revisions(find, json=json, replay=replay)


def collection() -> Collection:
    """Return the tasks ``check.*``: one for each declared check, and ``all``."""
    own = [_of_check(check) for check in CHECKS.values() if check.id != "migrations"]
    return group("check", all_, migrations, *own)
