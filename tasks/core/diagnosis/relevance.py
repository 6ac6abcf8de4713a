"""Whether a failure that was logged still matters, and whom it blames."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from ..needs import Needs
from ..signatures.catalogue import Signature
from ..signatures.matcher import Hit
from ..snapshot import Container, Database, Log, Redis, Snapshot
from ..sources.staleness import drift
from ..states import looping, moment

if TYPE_CHECKING:
    from .logclues import Said

#: Of a crash loop so much of the log counts: the runs of its last minutes.
LOOP_SECONDS = 300.0
#: Of a container that has ended, what it said in its last seconds.
LAST_SECONDS = 60.0
#: After so long without a recurrence, a failure to reach another service is
#: over if the service that had it is well.
PASSING_SECONDS = 45.0
#: Likewise for any other failure.
LASTING_SECONDS = 900.0

#: What weighs less is a consequence by nature.
TELLING_WEIGHT = 40

#: Failures that end by themselves when what they were about is well again.
PASSING = ("network", "auth", "resource", "engine")


def window(snap: Snapshot, log: Log) -> str:
    """Return the engine time from which a log's lines count.

    What a running container's earlier run said is history, unless it is in a
    crash loop and will say it again.
    """
    container = _container(snap, log.container)
    if container is None or not container.started:
        return ""
    if container.status == "running" and not looping(container):
        return container.started[:19]
    if looping(container):
        latest, span = max(container.started, container.finished), LOOP_SECONDS
        first = container.created
    else:
        latest, span = container.finished, LAST_SECONDS
        first = container.started
    at = moment(latest)
    if at is None:
        return first[:19]
    begin = at - timedelta(seconds=span)
    return max(begin.isoformat()[:19], first[:19])


def unwell(snap: Snapshot, service: str) -> bool:
    """Tell whether a service does not do its work at all now."""
    containers = snap.of(service)
    if not containers or any(
        c.status != "running" or looping(c) or c.health in ("unhealthy", "starting")
        for c in containers
        if not c.done
    ):
        return True
    # A healthcheck takes a while to notice; an answer asked for just now doesn't.
    db, redis = snap.database, snap.redis
    if db and db.service == service and not db.reachable:
        return True
    if (
        redis
        and redis.service == service
        and (redis.write_error or not redis.reachable)
    ):
        return True
    backend = snap.model is not None and snap.model.roles.get("backend") == service
    answers = [r for r in snap.http or () if r.name.startswith("health:")]
    return backend and any(r.error or r.status >= 500 for r in answers)


def telling(signature: Signature) -> bool:
    """Tell whether a failure counts even in a service that is well.

    One that only follows from another, or that a client's mistake shows as
    well, says nothing while everything works.
    """
    return signature.confidence != "possible" and signature.weight >= TELLING_WEIGHT


def current(
    snap: Snapshot,
    needs: Needs,
    signature: Signature,
    sightings: list[tuple[Said, Hit]],
) -> list[tuple[Said, Hit]]:
    """Return the sightings of a failure that is not over.

    It goes on where the service that had it, or one that it needs, is unwell, or
    where it had it just now. What only the database's own log tells may be
    anybody's mistyped statement.
    """
    kept = [
        (said, hit)
        for said, hit in sightings
        if unwell(snap, said.service)
        or any(unwell(snap, name) for name in needs.of(said.service))
        or (telling(signature) and _recent(snap, signature, said.at))
    ]
    roles = {said.role for said, _ in kept}
    if roles == {"db"} and signature.category in ("schema", "data", "auth", "code"):
        return []
    return kept


def _recent(snap: Snapshot, signature: Signature, at: str) -> bool:
    then, now = moment(at), moment(snap.taken.replace("+00:00", "Z"))
    if then is None or now is None:
        return True
    passing = signature.category in PASSING
    limit = PASSING_SECONDS if passing else LASTING_SECONDS
    return (now - then).total_seconds() < limit


def matters(
    snap: Snapshot,
    signature: Signature,
    groups: dict[str, str],
    service: str,
    good: Collection[str] = (),
) -> bool:
    """Tell whether nothing seen now disproves a failure that a log tells of.

    Args:
        snap: what was seen.
        signature: the failure.
        groups: what its pattern captured.
        service: who told of it.
        good: ids of the checks that looked at everything and found nothing.
    """
    subjects = SUBJECTS.get(signature.id)
    if subjects and set(subjects) <= set(good):
        return False
    if signature.category in PASSING and not unwell(snap, service):
        store = signature.id.partition("-")[0]
        if STORES.get(store) in good:
            return False
    disproof = _DISPROOFS.get(signature.id) or _BY_CATEGORY.get(signature.category)
    return not (disproof and disproof(snap, signature, groups, service))


#: The checks that look at what a failure is about: once they find nothing, it is
#: over, or it was a client's own mistake.
SUBJECTS = {
    "api-redirected": ("api-url",),
    "cors-preflight-refused": ("api-url",),
    "response-not-json": ("api-url",),
    "token-signature-invalid": ("cookies",),
    "foreign-key-violated": ("data",),
    # The files on the host count for a container only if it runs these.
    "alembic-behind": ("migrations", "stale"),
    "alembic-multiple-heads": ("migrations", "stale"),
    "alembic-revision-unknown": ("migrations", "stale"),
}
#: What the id of a store's failure begins with, and the check of that store.
STORES = {"db": "database", "redis": "redis"}


def _table_there(
    snap: Snapshot, _signature: Signature, groups: dict[str, str], _service: str
) -> bool:
    db, name = snap.database, groups.get("table", "").rpartition(".")[2]
    if db is None or not db.reachable:
        return False
    return name in db.columns or db.rows.get(name) is not None


def _column_there(
    snap: Snapshot, _signature: Signature, groups: dict[str, str], _service: str
) -> bool:
    db = snap.database
    table, _, column = groups.get("column", "").rpartition(".")
    if db is None or not db.reachable or not db.columns:
        return False
    named = table.rpartition(".")[2]
    # An alias is no table's name: then any table may be meant.
    tables = [named] if named in db.columns else list(db.columns)
    return any(column in db.columns[t] for t in tables)


def _lets_in(
    snap: Snapshot, signature: Signature, _groups: dict[str, str], service: str
) -> bool:
    """Tell whether the store that a service logs in to lets it in now."""
    stores: dict[str, Database | Redis | None] = {
        "database": snap.database,
        "redis": snap.redis,
    }
    about = STORES.get(signature.id.partition("-")[0])
    answers = [
        (store.reachable and not store.credentials[service])
        for name, store in stores.items()
        if store and service in store.credentials and about in (None, name)
    ]
    # What was tried is what the model says, which its container may not have yet.
    return bool(answers) and all(answers) and not _drifted(snap, service)


def _drifted(snap: Snapshot, name: str) -> bool:
    service = snap.model.services.get(name) if snap.model else None
    return service is not None and any(drift(service, c) for c in snap.of(name))


Disproof = Callable[[Snapshot, Signature, dict[str, str], str], bool]
_DISPROOFS: dict[str, Disproof] = {
    "table-missing": _table_there,
    "column-missing": _column_there,
}
_BY_CATEGORY: dict[str, Disproof] = {"auth": _lets_in}


def blamed(
    snap: Snapshot,
    needs: Needs,
    signature: Signature,
    services: list[str],
    groups: dict[str, str],
) -> tuple[str, ...]:
    """Return the services that a failure points at, other than where it was seen."""
    model = snap.model
    if model is None:
        return ()
    host = groups.get("host", "")
    if host in model.services:
        return (host,)
    if signature.category not in PASSING:
        return ()
    wanted = {name for service in services for name in needs.of(service)}
    return tuple(sorted(wanted - set(services)))


def _container(snap: Snapshot, name: str) -> Container | None:
    return next((c for c in snap.containers or () if c.name == name), None)
