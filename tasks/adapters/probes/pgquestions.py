"""What PostgreSQL is asked, however it is reached, and what its answers mean."""

from __future__ import annotations

from typing import NamedTuple

from ...core import snapshot
from ...core.config import PROBE_MARK
from .. import engine as door
from .containers import variable

#: Where the official image keeps its data unless PGDATA says.
DATA = "/var/lib/postgresql/data"

#: Seconds for each statement: a count of a huge table is not worth more.
STATEMENT_SECONDS = 4
LIMITS = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout=1s"

FACTS = """
select json_build_object(
  'version', current_setting('server_version'),
  'max', current_setting('max_connections')::int,
  'used', (select count(*) from pg_stat_activity
           where backend_type = 'client backend'
             and application_name <> '{mark}'),
  'size', pg_database_size(current_database()),
  'revisions', to_regclass('alembic_version') is not null)
"""
LOCKS = """
select json_build_object('pid', pid, 'state', state,
  'seconds', extract(epoch from now() - coalesce(state_change, query_start)),
  'waiting_for', pg_blocking_pids(pid), 'query', left(query, 200))
from pg_stat_activity
where pid <> pg_backend_pid() and backend_type = 'client backend' and (
  (wait_event_type = 'Lock' and now() - query_start > interval '{seconds} s') or
  (state like 'idle in transaction%' and now() - state_change > interval '{seconds} s'))
"""
COLUMNS = """
select json_build_object('columns_of', table_name, 'columns',
  json_agg(column_name order by ordinal_position))
from information_schema.columns
where table_schema not in ('pg_catalog', 'information_schema') group by table_name
"""


class Answer(NamedTuple):
    """What the database answered.

    Attributes:
        rows: one JSON document each.
        refusals: why each login is refused, empty if it isn't.
        free: bytes free where its data is, None if unknown.
    """

    rows: list[door.Json]
    refusals: list[str]
    free: int | None


def image_login(document: door.Json) -> tuple[str, str]:
    """Return the user and the database of the official image's variables."""
    user = variable(document, "POSTGRES_USER") or "postgres"
    return user, variable(document, "POSTGRES_DB") or user


def data_directory(document: door.Json) -> str:
    """Return the directory of the data in the container."""
    return variable(document, "PGDATA") or DATA


def statements_for(tables: tuple[str, ...], lock_seconds: float) -> list[str]:
    """Return the SQL, one JSON document a row.

    Args:
        tables: whose rows are counted.
        lock_seconds: how long a lock is waited for before it is told.
    """
    counts = [
        f"select json_build_object('table', {_literal(table)}, 'rows', "  # noqa: S608
        f"(select count(*) from {_identifier(table)}))"
        for table in tables
    ]
    return [
        FACTS.format(mark=PROBE_MARK),
        LOCKS.format(seconds=int(lock_seconds)),
        COLUMNS,
        "select json_build_object('revision', version_num) from alembic_version",
        *counts,
    ]


def marked(statement: str) -> str:
    """Return a statement with what tells that our own look put it into a log."""
    return f"/* {PROBE_MARK} */ {' '.join(statement.split())}"


def facts_of(said: Answer, tables: tuple[str, ...]) -> door.Json:
    """Put together what each statement answered."""
    rows = said.rows
    facts = next(row for row in rows if "version" in row)
    revisions = tuple(row["revision"] for row in rows if "revision" in row)
    counted = {row["table"]: row["rows"] for row in rows if "table" in row}
    return {
        **facts,
        "free": said.free,
        "refusals": said.refusals,
        "revisions": revisions if facts["revisions"] else None,
        "rows": _rows(tables, counted, rows),
        "columns": {
            row["columns_of"]: tuple(row["columns"])
            for row in rows
            if "columns_of" in row
        },
        "locks": tuple(
            snapshot.Lock(
                pid=row["pid"],
                seconds=round(row["seconds"] or 0.0, 1),
                state=row["state"] or "",
                waiting_for=tuple(row["waiting_for"]),
                query=row["query"] or "",
            )
            for row in rows
            if "waiting_for" in row
        ),
    }


def _rows(
    wanted: tuple[str, ...], counted: dict[str, int], rows: list[door.Json]
) -> dict[str, int | None]:
    """Return table to rows: None if there is no such table.

    One that could not be counted, because it is locked or huge, is left out.
    """
    there = {row["columns_of"] for row in rows if "columns_of" in row}
    return {
        table: counted.get(table)
        for table in wanted
        if table in counted or table.rpartition(".")[2] not in there
    }


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    """Quote ``table`` or ``schema.table``."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
