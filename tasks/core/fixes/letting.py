"""The fixes of who gets into the database, and at its rows: passwords, locks."""

from __future__ import annotations

from .. import sessions
from ..model import Step
from ..snapshot import Database, Lock
from ..states import age
from . import pgsql
from .fix import Blocked, Facts, Healthy, Keeps, Next, Note, Parts
from .remedies import expected, in_state, names

#: Characters of a statement that a plan shows.
SHOWN = 60


def _database(facts: Facts) -> Database | Blocked:
    """Return what the database says of itself, or why it says nothing."""
    if not facts.role("db"):
        return Blocked("the stack has no database")
    seen = facts.snapshot.database
    if seen is None or not seen.reachable:
        why = seen.error if seen else facts.snapshot.why_not("database")
        return Blocked(f"the database does not answer: {why}")
    return seen


def password(facts: Facts) -> Parts:
    """Yield the change of a role's password to the one that services send."""
    db, model = _database(facts), facts.snapshot.model
    if isinstance(db, Blocked) or model is None:
        yield db if isinstance(db, Blocked) else Blocked("the stack is not known")
        yield Next("inv fix.start")
        return
    refused = sessions.refused(db)
    if not refused:
        yield Note(f"{db.service} takes the password of every service")
        return
    logins = sessions.logins(model, db.service)
    for user in dict.fromkeys(login.user for login in logins):
        alike = [login for login in logins if login.user == user]
        if not {login.service for login in alike} & set(refused):
            continue
        senders = names(login.service for login in alike)
        if not all(login.password for login in alike):
            yield Blocked(f"{senders} log in as {user}, not all with a password")
            yield Next("inv fix.env")
            return
        if len({login.password for login in alike}) > 1:
            yield Blocked(f"{senders} log in as {user} with different passwords")
            yield Next("give them the same one, then: inv fix.recreate")
            return
        yield Step(
            why=f"give the role {user} the password that {senders} log in with",
            argv=("inv", "psql", "--command", rf"\password {user}"),
            action="set-password",
            args={"service": alike[0].service, "user": user},
            destroys=(f"the password that the role {user} has now",),
            timeout=60,
        )
    yield Keeps("every row: a password is no data")
    asleep = [s for s in in_state(facts, "exited", "dead", "created") if s in refused]
    if asleep:
        yield facts.run(f"start {names(asleep)}", "up", "--detach", *asleep)
    yield Healthy(tuple(name for name in refused if name in expected(facts)))


def locks(facts: Facts) -> Parts:
    """Yield the end of each session that others wait for."""
    db = _database(facts)
    if isinstance(db, Blocked):
        yield db
        yield Next("inv fix.start")
        return
    if not sessions.waiters(db):
        yield Note("no session waits for a lock that another one holds")
        return
    for waiter in db.locks:
        if waiter.waiting_for:
            yield Note(
                f"session {waiter.pid} has waited {age(waiter.seconds)} for "
                f"{names(map(str, waiter.waiting_for))}: {_shown(waiter)}"
            )
    for pid in sessions.blockers(db):
        held = next((lock for lock in db.locks if lock.pid == pid), None)
        did = f" ({held.state} for {age(held.seconds)}: {_shown(held)})" if held else ""
        yield Step(
            why=f"end session {pid}{did}",
            argv=("inv", "psql", "--command", pgsql.end_blocker(pid)),
            action="end-session",
            args={"pid": str(pid)},
            destroys=(f"what session {pid} has not committed: it is rolled back",),
            timeout=60,
        )
    yield Keeps("every row that was ever committed")


def _shown(lock: Lock) -> str:
    words = " ".join(lock.query.split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
