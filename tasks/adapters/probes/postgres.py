"""What PostgreSQL says: over its container's network, else asked inside it.

Both work while the backend is down.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ...core import sessions, snapshot
from ...core.config import PROBE_MARK
from .. import engine as door
from .. import network
from .. import postgres as server
from ..look import Look, Unseen
from .containers import free_for, free_in, running, variable

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
    user = variable(document, "POSTGRES_USER") or "postgres"
    return user, variable(document, "POSTGRES_DB") or user


def _data(document: door.Json) -> str:
    """Return the directory of the data in the container."""
    return variable(document, "PGDATA") or DATA


def psql(user: str, database: str, *statements: str) -> list[str]:
    """Return the argv that runs statements, one answer a line, in the container."""
    argv = ["psql", "-X", "-A", "-t", "-q", "-w", "-U", user, "-d", database]
    for statement in statements:
        argv += ["-c", marked(statement)]
    return argv


def marked(statement: str) -> str:
    """Return a statement with what tells that our own look put it into a log."""
    return f"/* {PROBE_MARK} */ {' '.join(statement.split())}"


def environment(**more: str) -> dict[str, str]:
    """Return variables that keep psql from waiting."""
    return {
        "PGAPPNAME": PROBE_MARK,  # not one of the connections that are counted
        "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": LIMITS,
        **more,
    }


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


def ask(
    look: Look, found: door.Engine, document: door.Json, logins: list[sessions.Login]
) -> door.Json | str:
    """Return what the database answers, or its refusal in its own words.

    Raises:
        EngineError: no command can be run in its container.
    """
    statements = _statements(look)
    try:
        answer = _over_network(look, found, document, logins, statements)
    except TimeoutError:
        return f"no answer within {look.timeout - 1:.0f} s"
    said = answer or _inside(look, found, document, logins, statements)
    return said if isinstance(said, str) else _facts(said, look.settings.tables)


def _statements(look: Look) -> list[str]:
    counts = [
        f"select json_build_object('table', {_literal(table)}, 'rows', "  # noqa: S608
        f"(select count(*) from {_identifier(table)}))"
        for table in look.settings.tables
    ]
    return [
        FACTS.format(mark=PROBE_MARK),
        LOCKS.format(seconds=int(look.settings.lock_seconds)),
        COLUMNS,
        "select json_build_object('revision', version_num) from alembic_version",
        *counts,
    ]


def _over_network(
    look: Look,
    found: door.Engine,
    document: door.Json,
    logins: list[sessions.Login],
    statements: list[str],
) -> Answer | None:
    """Ask at the container's own address, as the services do; None if that can't be.

    Only if one of them logs in as the image's own user: to try anything else would
    put refusals into the server's log that nobody but us has caused. Nor if anybody
    is refused: psql inside tells why, and knows a way in without a password.

    Raises:
        TimeoutError: it takes the connection and does not answer.
    """
    theirs = {server.Login(one.user, one.database, one.password) for one in logins}
    own = [one for one in theirs if (one.user, one.database) == login(document)]
    if len(own) != 1 or not (address := network.address(document)):
        return None
    if (free := free_for(look, found, document, _data(document))) is None:
        return None
    session = {"application_name": PROBE_MARK, "options": LIMITS}

    def ask(who: server.Login, *statements: str) -> list[list[str]]:
        marks = [marked(statement) for statement in statements]
        return server.ask(address, who, marks, session, look.timeout - 1)

    try:
        answers = ask(own[0], *statements)
        for other in theirs.difference(own):
            ask(other, "select 1")
    except TimeoutError:
        raise
    except (server.Refused, OSError):
        return None
    rows = [json.loads(text) for answer in answers for text in answer]
    return Answer(rows, [""] * len(logins), free) if answers[0] else None


def _inside(
    look: Look,
    found: door.Engine,
    document: door.Json,
    logins: list[sessions.Login],
    statements: list[str],
) -> Answer | str:
    """Ask with psql in the container; return its refusal if there is one.

    Starting a command in a container costs 50 ms, so all questions share one.
    """
    said = found.exec(
        document["Id"],
        ["sh", "-c", SCRIPT, _data(document), *psql(*login(document), *statements)],
        env=environment(**_variables(logins)),
        timeout=look.timeout - 1,
    )
    if said.timed_out:
        return f"no answer within {look.timeout - 1:.0f} s"
    rows = [json.loads(line) for line in said.out.splitlines() if line[:1] == "{"]
    if not any("version" in row for row in rows):
        return _refused(said.err) or "psql said nothing"
    return Answer(rows, _refusals(said.out, len(logins)), free_in(said.out))


def _facts(said: Answer, tables: tuple[str, ...]) -> door.Json:
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
