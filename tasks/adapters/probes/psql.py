"""PostgreSQL asked with psql in its own container, one start for all questions."""

from __future__ import annotations

import json
import re

from ...core import sessions
from ...core.config import PROBE_MARK
from .. import engine as door
from ..look import Look
from .disk import free_in
from .pgquestions import LIMITS, Answer, data_directory, image_login, marked

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


def ask(
    look: Look,
    found: door.Engine,
    document: door.Json,
    logins: list[sessions.Login],
    statements: list[str],
) -> Answer | str:
    """Ask with psql in the container; return its refusal if there is one.

    Starting a command in a container costs 50 ms, so all questions share one.

    Raises:
        EngineError: no command can be run there.
        TimeoutError: it does not answer.
    """
    command = psql(*image_login(document), *statements)
    said = found.exec(
        document["Id"],
        ["sh", "-c", SCRIPT, data_directory(document), *command],
        env=environment(**_variables(logins)),
        timeout=look.timeout - 1,
    )
    if said.timed_out:
        raise TimeoutError
    rows = [json.loads(line) for line in said.out.splitlines() if line[:1] == "{"]
    if not any("version" in row for row in rows):
        return _refused(said.err) or "psql said nothing"
    return Answer(rows, _refusals(said.out, len(logins)), free_in(said.out))


def psql(user: str, database: str, *statements: str) -> list[str]:
    """Return the argv that runs statements, one answer a line, in the container."""
    argv = ["psql", "-X", "-A", "-t", "-q", "-w", "-U", user, "-d", database]
    for statement in statements:
        argv += ["-c", marked(statement)]
    return argv


def environment(**more: str) -> dict[str, str]:
    """Return variables that keep psql from waiting."""
    return {
        "PGAPPNAME": PROBE_MARK,  # not one of the connections that are counted
        "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": LIMITS,
        **more,
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
