"""Columns and tables that the logs say are missing, and who would bring them.

Playbook section 2: a missing column is either in a revision that has not run,
or in no revision at all and must be generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..snapshot import Migrations, Revision, Snapshot

# PostgreSQL's own words, in whatever wrapping a driver gives them.
_COLUMN = re.compile(
    r'column "?(?:(?P<owner>\w+)\.)?(?P<column>\w+)"?'
    r'(?: of relation "(?P<table>\w+)")? does not exist'
)
_TABLE = re.compile(r'(?:relation|table) "(?:\w+\.)?(?P<table>\w+)" does not exist')
_SERVICES = ("backend", "db")


class Missing(NamedTuple):
    """A column or a table that a program asked for and the database lacks.

    Attributes:
        name: what to look for in the revisions: the column, or the table.
        words: how to say it: ``column people.pgy_level``.
    """

    name: str
    words: str


def in_logs(snapshot: Snapshot) -> list[Missing]:
    """Return what the logs of backend, workers and database report as missing."""
    model = snapshot.model
    if model is None:
        return []
    wanted = {model.roles.get(role) for role in _SERVICES} | set(model.workers)
    found: dict[str, Missing] = {}
    for log in snapshot.logs or ():
        if log.service in wanted:
            for missing in in_text(log.text):
                found.setdefault(missing.words, missing)
    # ``relation "x" does not exist`` for the version table is not a model's fault.
    return [m for m in found.values() if m.name != "alembic_version"]


def in_text(text: str) -> Iterator[Missing]:
    """Yield what a text says is missing."""
    for line in text.splitlines():
        if match := _COLUMN.search(line):
            owner = match["table"] or match["owner"]
            prefix = f"{owner}." if owner else ""
            yield Missing(match["column"], f"column {prefix}{match['column']}")
        elif match := _TABLE.search(line):
            yield Missing(match["table"], f"table {match['table']}")


def mentioning(migrations: Migrations, name: str) -> list[Revision]:
    """Return the revisions that mention a column or a table, oldest file first."""
    wanted = name.lower()
    return [
        revision
        for revision in migrations.revisions
        if any(wanted == said.lower().rpartition(".")[2] for said in revision.names)
    ]
