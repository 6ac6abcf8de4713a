"""What PostgreSQL says: over its container's network, else asked inside it.

Both work while the backend is down.
"""

from __future__ import annotations

import json

from ...core import sessions, snapshot
from ...core.config import PROBE_MARK
from .. import engine as door
from .. import network
from .. import postgres as server
from ..look import Look, Unseen
from . import psql
from .containers import running
from .disk import free_for
from .pgquestions import (
    LIMITS,
    Answer,
    data_directory,
    facts_of,
    image_login,
    marked,
    statements_for,
)


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


def ask(
    look: Look, found: door.Engine, document: door.Json, logins: list[sessions.Login]
) -> door.Json | str:
    """Return what the database answers, or its refusal in its own words.

    Raises:
        EngineError: no command can be run in its container.
    """
    tables = look.settings.tables
    statements = statements_for(tables, look.settings.lock_seconds)
    asked = (look, found, document, logins, statements)
    try:
        said = _over_network(*asked) or psql.ask(*asked)
    except TimeoutError:
        return f"no answer within {look.timeout - 1:.0f} s"
    return said if isinstance(said, str) else facts_of(said, tables)


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
    user = image_login(document)
    own = [one for one in theirs if (one.user, one.database) == user]
    if len(own) != 1 or not (address := network.address(document)):
        return None
    free = free_for(look, found, document, data_directory(document))
    if free is None:
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
