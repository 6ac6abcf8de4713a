"""What ``inv db.*`` does: back up, list, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command, group
from .core.fixes.fix import FIXES
from .fixtasks import of_fix

if TYPE_CHECKING:
    from invoke import Collection, Context

    from .core.config import Settings

_JSON = "one JSON document on stdout, nothing else there"


@command(help={"json": _JSON, "plan": "say what would be done, and do nothing"})
def backup(c: Context, json: bool = False, plan: bool = False) -> int:
    """Dump every database of the stack and prove the dumps."""
    from .adapters import render
    from .adapters.fixes.backupfile import listed
    from .adapters.settings import load
    from .fixing import one_document, whereabouts

    with one_document("db.backup", json=json):
        settings = load()
        project, endpoint = whereabouts(settings)
        if plan or c.config.run.dry:
            words = f"would dump every database of {project} to {settings.backups}"
            planned = {"task": "db.backup", "status": "planned", "exit_code": 0}
            if json:
                render.document({**planned, "summary": words})
            else:
                render.note(words)
            return 0
        made = _backed_up(settings, project, endpoint)
    done = [item for item in listed(settings.backups) if item.path in made]
    if json:
        render.document(done)
    else:
        for item in done:
            render.out(_line(item.path, item.time, item.rows, item.bytes))
    return 0


def _backed_up(settings: Settings, project: str, endpoint: str) -> set[str]:
    """Back every database up and return the dumps' paths.

    Raises:
        Stop: there is none, or no dump could be made of it.
    """
    from . import planning
    from .adapters import lock, render
    from .adapters.demo.stages import Stage
    from .adapters.fixes.backup import everything
    from .adapters.fixes.doing import Doing
    from .adapters.fixes.pgserver import sweep
    from .adapters.signals import as_interrupts
    from .core.errors import Interrupted, Stop

    with lock.hold("db.backup", project, endpoint, waiting=render.note):
        doing = Doing(settings, "db.backup", planning.now_stamp())
        try:
            with as_interrupts(), Stage("back up the database") as stage:
                doing.say = stage.line
                sweep(doing)
                made = {str(path) for path in everything(doing)}
                stage.result = f"{len(made)} backup{'s'[: len(made) != 1]}"
        except KeyboardInterrupt:
            raise Interrupted("interrupted: no backup was made") from None
    if not made:
        raise Stop("there is no database to back up", "inv fix.start")
    return made


@command(name="list", help={"json": _JSON})
def list_(c: Context, json: bool = False) -> int:  # noqa: ARG001 - Invoke's
    """List the backups, the newest first."""
    from .adapters import render
    from .adapters.fixes.backupfile import listed
    from .adapters.settings import load

    settings = load()
    found = listed(settings.backups)
    if json:
        render.document(found)
        return 0
    for item in found:
        render.out(_line(item.path, item.time, item.rows, item.bytes))
        about = f"{item.database}, revision {', '.join(item.revision) or 'none'}"
        if item.kind != "dump":
            about = f"files of {item.database}, no dump"
        render.out(f"    {about}{f' · {item.problem}' if item.problem else ''}")
    if not found:
        render.note(f"no backups in {settings.backups}: inv db.backup")
    return 0


def _line(path: str, time: str, rows: dict[str, int], size: int) -> str:
    from datetime import datetime
    from pathlib import Path

    from .core import states

    when = f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}"
    shown = Path(path)
    here = Path.cwd()
    name = shown.relative_to(here) if shown.is_relative_to(here) else shown
    total = sum(rows.values())
    return f"{when}  {states.size(size):>8}  {total:>8} rows  {name}"


def collection() -> Collection:
    """Return the tasks ``db.*``."""
    return group("db", backup, list_, of_fix(FIXES["db.restore"]))
