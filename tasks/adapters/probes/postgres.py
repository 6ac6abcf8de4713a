"""What PostgreSQL says, asked in its own container: works while the backend is down."""

from __future__ import annotations

import json
import re

from ...core import sessions, snapshot
from ...core.config import PROBE_MARK
from .. import engine as door
from ..look import Look, Unseen
from .containers import free_in, running

#: Seconds for each statement: a count of a huge table is not worth more.
STATEMENT_SECONDS = 4

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
#: Says what is free on the disk, asks psql, and tries each login beside it: over
#: the service's name, for on the loopback address the official image trusts everybody.
SCRIPT = r"""
try() {
  eval "user=\$USER_$1 host=\$HOST_$1 name=\$DATABASE_$1 PGPASSWORD=\$PASSWORD_$1"
  export PGPASSWORD
  said=$(psql -X -q -w -U "$user" -d "$name" -h "$host" -c "$TRY" 2>&1 >/dev/null)
  echo "login $1 $? $(echo "$said" | tr '\n' '\t')"
}
df -Pk "$0" 2>/dev/null
for i in $LOGINS; do try "$i" & done
"$@"
wait
"""


def database(look: Look) -> snapshot.Database:
    """Ask the database for its state, and try what each service logs in with."""
    service = look.get("model").role("db")
    if service is None:
        raise Unseen("the stack has no database")
    found: door.Engine = look.get("client")
    document = running(look, service.name)
    logins = sessions.logins(look.get("model"), service.name)
    # Services that log in alike are refused alike: each login is tried once.
    alike = list(dict.fromkeys(login._replace(service="") for login in logins))
    try:
        facts = ask(look, found, document, alike)
    except door.EngineError as error:
        return snapshot.Database(service=service.name, error=str(error))
    if isinstance(facts, str):
        return snapshot.Database(service=service.name, error=facts)
    refusals = dict(zip(alike, facts["refusals"], strict=True))
    return snapshot.Database(
        service=service.name,
        reachable=True,
        version=facts["version"],
        revisions=facts["revisions"],
        rows=facts["rows"],
        columns=facts["columns"],
        connections=facts["used"],
        max_connections=facts["max"],
        locks=facts["locks"],
        size=facts["size"],
        disk_free=facts["free"],
        credentials={
            login.service: refusals[login._replace(service="")] for login in logins
        },
    )


def login(document: door.Json) -> tuple[str, str]:
    """Return the user and the database of the official image's variables."""
    env = dict(p.partition("=")[::2] for p in document["Config"]["Env"] or ())
    user = env.get("POSTGRES_USER") or "postgres"
    return user, env.get("POSTGRES_DB") or user


def psql(user: str, database: str, *statements: str) -> list[str]:
    """Return the argv that runs statements, one answer a line, in the container."""
    argv = ["psql", "-X", "-A", "-t", "-q", "-w", "-U", user, "-d", database]
    for statement in statements:
        # The mark tells what our own look put into the server's log.
        argv += ["-c", f"/* {PROBE_MARK} */ {' '.join(statement.split())}"]
    return argv


def environment(**more: str) -> dict[str, str]:
    """Return variables that keep psql from waiting."""
    limit = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout=1s"
    return {
        "PGAPPNAME": PROBE_MARK,  # not one of the connections that are counted
        "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": limit,
        **more,
    }


def ask(
    look: Look, found: door.Engine, document: door.Json, logins: list[sessions.Login]
) -> door.Json | str:
    """Return what the database answers, or its refusal in its own words.

    Starting a command in a container costs 50 ms, so all questions share one.
    """
    user, name = login(document)
    counts = [
        f"select json_build_object('table', {_literal(table)}, 'rows', "  # noqa: S608
        f"(select count(*) from {_identifier(table)}))"
        for table in look.settings.tables
    ]
    argv = psql(
        user,
        name,
        FACTS.format(mark=PROBE_MARK),
        LOCKS.format(seconds=int(look.settings.lock_seconds)),
        COLUMNS,
        "select json_build_object('revision', version_num) from alembic_version",
        *counts,
    )
    said = found.exec(
        document["Id"],
        ["sh", "-c", SCRIPT, "/var/lib/postgresql", *argv],
        env=environment(**_variables(logins)),
        timeout=look.timeout - 1,
    )
    if said.timed_out:
        return f"no answer within {look.timeout - 1:.0f} s"
    rows = [json.loads(line) for line in said.out.splitlines() if line[:1] == "{"]
    facts = next((row for row in rows if "version" in row), None)
    if facts is None:
        return _refused(said.err) or "psql said nothing"
    locks = [row for row in rows if "waiting_for" in row]
    revisions = tuple(row["revision"] for row in rows if "revision" in row)
    counted = {row["table"]: row["rows"] for row in rows if "table" in row}
    return {
        **facts,
        "free": free_in(said.out),
        "refusals": _refusals(said.out, len(logins)),
        "revisions": revisions if facts["revisions"] else None,
        "rows": _rows(look.settings.tables, counted, rows),
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
            for row in locks
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


def _variables(logins: list[sessions.Login]) -> dict[str, str]:
    """Return what `SCRIPT` tries to log in with; a password is in no argv."""
    found = {
        "LOGINS": " ".join(str(number) for number in range(len(logins))),
        "TRY": f"/* {PROBE_MARK} */ select 1",
    }
    for number, login in enumerate(logins):
        found[f"USER_{number}"] = login.user
        found[f"PASSWORD_{number}"] = login.password
        found[f"HOST_{number}"] = login.host
        found[f"DATABASE_{number}"] = login.database
    return found


def _refusals(out: str, count: int) -> list[str]:
    """Return why each login is refused, empty if it isn't, in order."""
    said = {
        int(number): "" if code == "0" else _refused(why.replace("\t", "\n"))
        for number, code, why in re.findall(r"^login (\d+) (\d+) (.*)$", out, re.M)
    }
    return [said.get(number, "it was not tried") for number in range(count)]


def _refused(text: str) -> str:
    """Return the server's own words: the last FATAL or error line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        for mark in ("FATAL:", "ERROR:", "error:"):
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1] if lines else ""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    """Quote ``table`` or ``schema.table``."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
