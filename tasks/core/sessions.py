"""Who logs in to the database with what, whom it refuses, who blocks whom."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from .snapshot import Database, Model

#: What PostgreSQL says of a password that is not the role's.
REFUSED = "password authentication failed"
# By hand: a password may hold what the library takes for the end of a host, and
# a redacted one holds brackets, with which it refuses the address.
_URL = re.compile(
    r"postgres[\w+]*://(?P<user>[^:@/]+)(?::(?P<password>.*))?"
    r"@(?P<host>[^:/@?\[\]]+)(?::\d+)?(?:/(?P<database>[^?]*))?"
)


_SHUT_OUT = re.compile(
    r'(?:role|database) "[^"]*" (?:does not exist|is not permitted to log in)'
    r"|permission denied for database|" + REFUSED
)


class Login(NamedTuple):
    """What a service logs in to the database with; never printed.

    Attributes:
        password: a token where the model is redacted, equal for equal ones.
    """

    service: str
    user: str
    password: str
    host: str
    database: str


def logins(model: Model, db: str) -> list[Login]:
    """Return what each service would log in with, read from its environment.

    Args:
        model: the stack, redacted or not.
        db: the database's service, which is the host in their addresses.
    """
    found = []
    for service in model.services.values():
        for value in service.environment.values():
            url = _URL.match(value or "")
            if url and url["host"] == db:
                user, password = unquote(url["user"]), unquote(url["password"] or "")
                name = unquote(url["database"] or "") or user
                found.append(Login(service.name, user, password, db, name))
                break
    return found


def shuts_out(db: Database) -> bool:
    """Tell whether the server answers, but refuses the image's own user."""
    return bool(_SHUT_OUT.match(db.error))


def refused(db: Database) -> tuple[str, ...]:
    """Return the services whose password the database does not take."""
    return tuple(name for name, said in db.credentials.items() if REFUSED in said)


def waiters(db: Database) -> int:
    """Return how many sessions wait for a lock that another one holds."""
    return sum(bool(lock.waiting_for) for lock in db.locks)


def blockers(db: Database) -> tuple[int, ...]:
    """Return the pids of those that block others and wait for nobody."""
    holders = dict.fromkeys(pid for lock in db.locks for pid in lock.waiting_for)
    waiting = {lock.pid for lock in db.locks if lock.waiting_for}
    return tuple(p for p in holders if p not in waiting) or tuple(holders)
