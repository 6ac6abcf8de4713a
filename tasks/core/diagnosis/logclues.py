"""Clues from known failures: in logs, and in what the engine and servers said.

A line of a log is a clue only while it matters: what a container said before
it last started well, or what facts meanwhile disprove, is history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..config import PROBE_MARK
from ..logs.parse import LogEvent, events
from ..needs import Needs
from ..signatures.catalogue import Role, Signature
from ..signatures.matcher import Hit, Matcher
from ..snapshot import Snapshot
from ..store import Store
from . import relevance
from .clues import Clue
from .lastwords import frame_of

#: Clues of less weight than this are consequences by nature, so they need a
#: service to have happened in that is unwell.
SHOWN = 300


class Said(NamedTuple):
    """A text to look for known failures in.

    Attributes:
        service: who said it, or about whom it was said.
        where: what evidence names: the container, or the part of the engine.
        role: what kind of service said it.
        event: when and what.
        fact: it was said just now, to a probe, so it holds.
    """

    service: str
    where: str
    role: Role
    event: LogEvent
    fact: bool = False

    @property
    def at(self) -> str:
        """Engine time, empty if unknown."""
        time = self.event.time
        return time.isoformat().replace("+00:00", "Z") if time else ""


class Catalogue:
    """The known failures, ready to be looked for.

    Making it costs 50 ms without a store, with a warm one a fifth of that.
    """

    def __init__(
        self, signatures: Sequence[Signature], store: Store | None = None
    ) -> None:
        self.by_id = {signature.id: signature for signature in signatures}
        # Compiling all patterns takes a second: worth it only if it is kept.
        self.matcher = Matcher(signatures, store, engine="auto" if store else "re")


def clues(
    snap: Snapshot, known: Catalogue, good: Collection[str] = ()
) -> Iterator[Clue]:
    """Yield a clue for each known failure that still matters, merged by cause.

    Args:
        snap: what was seen.
        known: the failures to look for.
        good: ids of the checks that looked at everything and found nothing.
    """
    by_id = known.by_id
    texts = [*_from_probes(snap), *_from_logs(snap)]
    needs = Needs(snap.model)
    merged: dict[tuple[str, str], list[tuple[Said, Hit]]] = {}
    for hit in known.matcher.scan(text.event.text for text in texts):
        said, signature = texts[hit.position], by_id[hit.signature_id]
        if said.role not in signature.roles and "any" not in signature.roles:
            continue
        if said.fact or relevance.matters(
            snap, signature, hit.groups, said.service, good
        ):
            cause = signature.sentence(hit.groups)
            merged.setdefault((signature.id, cause), []).append((said, hit))
    for (name, cause), sightings in merged.items():
        yield from _clue(snap, needs, by_id[name], cause, sightings)


def _clue(
    snap: Snapshot,
    needs: Needs,
    signature: Signature,
    cause: str,
    sightings: list[tuple[Said, Hit]],
) -> Iterator[Clue]:
    """Make one clue of all sightings of one failure."""
    if not any(s.fact for s, _ in sightings):
        sightings = relevance.current(snap, needs, signature, sightings)
    if not sightings:
        return
    # The backend before its workers: it is what people look at, and build.
    by_role = sorted(sightings, key=lambda s: s[0].role != "backend")
    services = list(dict.fromkeys(said.service for said, _ in by_role))
    times = sorted(said.at for said, _ in sightings if said.at)
    hit = by_role[0][1]
    yield Clue(
        id=signature.id,
        category=signature.category,
        confidence="certain"
        if any(said.fact for said, _ in sightings)
        else signature.confidence,
        cause=cause,
        weight=signature.weight,
        service=services[0],
        about=relevance.blamed(snap, needs, signature, services, hit.groups),
        follows=signature.follows,
        names=tuple(v.lower() for v in hit.groups.values() if v),
        groups=hit.groups,
        logged=True,
        evidence=tuple(_evidence(sightings)),
        fix=signature.fix or None,
        advice=signature.advice,
        since=times[0] if times else "",
        until=times[-1] if times else "",
        events=tuple(f"{s.where}#{s.event.line}" for s, _ in by_role if not s.fact),
    )


def _evidence(sightings: list[tuple[Said, Hit]]) -> Iterator[str]:
    """Say where each service showed it: once, with the frame and the count."""
    by_place: dict[str, list[tuple[Said, Hit]]] = {}
    for said, hit in sightings:
        by_place.setdefault(f"{said.service}|{said.where}", []).append((said, hit))
    for rows in by_place.values():
        said, hit = rows[0]
        clock = f" {said.at[11:19]}Z" if said.at else ""
        line = " ".join(hit.text.split())[:SHOWN]
        times = f" ({len(rows)} times)" if len(rows) > 1 else ""
        yield f"{said.where}{clock}: {line}{times}"
        if place := frame_of(said.event):
            yield f"{said.where}: raised at {place}"


class _FromLogs:
    """All that still matters in all logs of a Snapshot.

    Three ask for it, and to read the logs takes longer than all the rest of a
    diagnosis: so it is kept for the Snapshot that was asked about last.
    """

    def __init__(self) -> None:
        self._of: Snapshot | None = None
        self._said: tuple[Said, ...] = ()

    def __call__(self, snap: Snapshot) -> tuple[Said, ...]:
        if self._of is not snap:
            self._said, self._of = tuple(_read_logs(snap)), snap
        return self._said


_from_logs = _FromLogs()


def _read_logs(snap: Snapshot) -> Iterator[Said]:
    for log in snap.logs or ():
        role = role_of(snap, log.service)
        window = relevance.window(snap, log)
        for event in events(log.text, log.service):
            # What our own probe provoked is no failure of the stack's.
            said = Said(log.service, log.container, role, event)
            if said.at[:19] >= window and PROBE_MARK not in event.text:
                yield said


def _from_probes(snap: Snapshot) -> Iterator[Said]:
    """Yield what the engine, Compose, the database and redis answered."""

    def one(service: str, where: str, role: Role, text: str) -> Iterator[Said]:
        if text.strip():
            event = LogEvent(service, None, "error", text.strip(), 0, 1)
            yield Said(service, where, role, event, fact=True)

    if snap.engine and not snap.engine.reachable:
        yield from one("", "engine", "engine", snap.engine.error)
    if snap.model:
        yield from one("", "docker compose", "engine", snap.model.error)
    for container in snap.containers or ():
        if container.status != "running" and not container.one_off:
            yield from one(container.service, container.name, "engine", container.error)
    inside, db, redis = snap.inside, snap.database, snap.redis
    for error in inside.imports.values() if inside else ():
        yield from one(inside.service if inside else "", "import", "backend", error)
    if db:
        yield from one(db.service, db.service, "db", db.error)
        for service, refusal in db.credentials.items():
            yield from one(service, f"{db.service} to {service}", "db", refusal)
    if redis:
        yield from one(redis.service, redis.service, "redis", redis.error)


def role_of(snap: Snapshot, service: str) -> Role:
    """Return the kind of service, as signatures name kinds."""
    model = snap.model
    if model is None:
        return "any"
    if service in model.workers:
        return "worker"
    known: dict[str, Role] = {
        "backend": "backend",
        "frontend": "frontend",
        "db": "db",
        "redis": "redis",
    }
    return next((known[r] for r, s in model.roles.items() if s == service), "any")


def by_service(snap: Snapshot) -> dict[str, list[LogEvent]]:
    """Return what each service said in its logs, as far as it still matters."""
    found: dict[str, list[LogEvent]] = {}
    for said in _from_logs(snap):
        found.setdefault(said.service, []).append(said.event)
    return found
