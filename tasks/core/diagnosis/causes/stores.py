"""Causes in the database and redis, as they themselves tell."""

from __future__ import annotations

from collections.abc import Iterator

from ... import sessions
from ...snapshot import Snapshot
from ...states import age, size
from ..clues import Found, found, rule

#: Below this a database that writes will soon stop: a WAL file has 16 MB.
FEW_BYTES = 100_000_000
#: What a session says that waited too long for a lock.
WAITING = (
    "db-lock-timeout",
    "db-statement-timeout",
    "db-deadlock",
    "db-pool-exhausted",
    "worker-timeout",
    "timed-out",
)
#: What the server says when it can't take one more connection.
NO_SLOT = ("too many clients already", "remaining connection slots are reserved")


@rule("db-not-answering", "engine", 86, takes_away=True, checks=("database",))
def db_not_answering(snap: Snapshot) -> Iterator[Found]:
    """The database's container runs, and the database does not answer in it."""
    db = snap.database
    if not db or db.reachable:
        return
    if sessions.shuts_out(db):
        yield found(
            f"{db.service} refuses its own user: {db.error}",
            service=db.service,
            state=True,
            advice="Compare POSTGRES_USER and POSTGRES_DB with what its volume was "
            "made with, and the role's rights with those of another superuser",
        )
        return
    yield found(
        f"{db.service} runs, but does not answer",
        f"{db.service}: {db.error}",
        service=db.service,
        state=True,
        fix="fix.restart",
    )


@rule("db-refuses", "auth", 74, checks=("database",))
def db_refuses(snap: Snapshot) -> Iterator[Found]:
    """The database does not let a service in."""
    db = snap.database
    said: dict[str, list[str]] = {}
    for service, refusal in db.credentials.items() if db else ():
        if refusal:
            said.setdefault(refusal, []).append(service)
    for refusal, services in said.items():
        yield found(
            f"{db.service if db else 'the database'} refuses {', '.join(services)}: "
            f"{refusal}",
            service=services[0],
            about=(db.service,) if db else (),
            state=True,
            advice="Compare what the service logs in with (inv check.database) with "
            "what the database was made with",
        )


@rule("db-disk-full", "resource", 93, takes_away=True, checks=("database",))
def db_disk_full(snap: Snapshot) -> Iterator[Found]:
    """The disk under the database's data is full."""
    db = snap.database
    if db and db.disk_free is not None and db.disk_free < FEW_BYTES:
        yield found(
            f"The disk of {db.service} is full: {size(db.disk_free)} left",
            service=db.service,
            explains=("disk-full", "db-*", "redis-cannot-save"),
            fix="fix.prune",
        )


@rule("db-too-many-clients", "resource", 82, takes_away=True, checks=("database",))
def connections_exhausted(snap: Snapshot) -> Iterator[Found]:
    """Nearly all of the database's connections are taken."""
    db = snap.database
    if db is None:
        return
    refused = any(words in db.error for words in NO_SLOT)
    taken = db.max_connections and db.connections >= db.max_connections * 0.9
    if refused or taken:
        count = f"{db.connections} of {db.max_connections}" if taken else "all"
        yield found(
            f"{count[:1].upper()}{count[1:]} connections to {db.service} are taken: no "
            "service gets another",
            f"{db.service}: {db.error}" if refused else "",
            service=db.service,
            explains=("db-*",),
            fix="fix.restart",
        )


@rule("db-lock-held", "resource", 62, checks=("database",))
def lock_held(snap: Snapshot) -> Iterator[Found]:
    """Sessions wait for a lock that another one holds."""
    db = snap.database
    waiting = [lock for lock in db.locks if lock.waiting_for] if db else []
    if db and waiting:
        roots = sessions.blockers(db)
        pids = ", ".join(map(str, roots))
        yield found(
            f"Session {pids} of {db.service} holds a lock that {len(waiting)} "
            f"other{'s wait' if len(waiting) > 1 else ' waits'} for",
            *(
                f"{db.service}: pid {lock.pid} waits {age(lock.seconds)} for pid "
                f"{', '.join(map(str, lock.waiting_for))}: {lock.query}"
                for lock in waiting
            ),
            *(
                f"{db.service}: pid {lock.pid} {lock.state}: {lock.query}"
                for lock in db.locks
                if lock.pid in roots
            ),
            service=db.service,
            explains=WAITING,
            fix="fix.locks",
            advice="That ends the session: what it has not committed is rolled back",
        )


@rule("redis-not-answering", "engine", 85, takes_away=True, checks=("redis",))
def redis_not_answering(snap: Snapshot) -> Iterator[Found]:
    """The container of redis runs, and redis does not answer in it."""
    redis = snap.redis
    if redis and not redis.reachable:
        yield found(
            f"{redis.service} runs, but does not answer",
            f"{redis.service}: {redis.error}",
            service=redis.service,
            state=True,
            fix="fix.restart",
        )


@rule("redis-password-rejected", "auth", 57, takes_away=True, checks=("redis",))
def redis_refuses(snap: Snapshot) -> Iterator[Found]:
    """Redis does not let a service in."""
    redis = snap.redis
    refused = {s: r for s, r in redis.credentials.items() if r} if redis else {}
    if redis and refused:
        yield found(
            f"{redis.service} refuses the password of {', '.join(refused)}",
            *(f"{service}: {refusal}" for service, refusal in refused.items()),
            service=redis.service,
            about=tuple(refused),
            explains=("redis-*",),
            fix="fix.recreate",
        )


@rule("redis-cannot-save", "resource", 84, takes_away=True, checks=("redis",))
def redis_no_writes(snap: Snapshot) -> Iterator[Found]:
    """Redis can't save to its disk and therefore refuses writes."""
    redis = snap.redis
    if redis and redis.write_error:
        room = f"{size(redis.disk_free)} free on its disk" if redis.disk_free else ""
        yield found(
            f"{redis.service} takes no writes: {redis.write_error}",
            room,
            service=redis.service,
            explains=("redis-*", "broker-*"),
            follows=("disk-full",),
            advice="Make room on its disk, then: redis-cli BGSAVE",
        )


@rule("redis-memory", "resource", 83, takes_away=True, checks=("redis",))
def redis_memory_full(snap: Snapshot) -> Iterator[Found]:
    """Redis has used the memory that it may."""
    redis = snap.redis
    if redis and redis.max_memory and redis.memory > redis.max_memory * 0.95:
        yield found(
            f"{redis.service} is full: {size(redis.memory)} of "
            f"{size(redis.max_memory)} of memory used",
            service=redis.service,
            explains=("redis-*",),
            advice="Raise maxmemory, or choose a maxmemory-policy that evicts",
        )


@rule("redis-max-clients", "resource", 82, takes_away=True, checks=("redis",))
def redis_clients_full(snap: Snapshot) -> Iterator[Found]:
    """Redis has as many clients as it may."""
    redis = snap.redis
    if redis and redis.max_clients and redis.clients >= redis.max_clients * 0.9:
        yield found(
            f"{redis.clients} of {redis.max_clients} clients are connected to "
            f"{redis.service}",
            service=redis.service,
            explains=("redis-*",),
            fix="fix.restart",
        )
