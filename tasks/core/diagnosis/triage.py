"""The one screen: which container restarts, its last words, the root cause."""

from __future__ import annotations

import msgspec

from ..model import Diagnosis, Report, StackId
from ..needs import Needs
from ..snapshot import Container, Snapshot
from ..states import failed_with, looping, meaning
from .lastwords import last
from .logclues import by_service


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A container that is not as it should be.

    Attributes:
        state: ``restarting`` for a crash loop, else the engine's word, or
            ``unhealthy``; ``missing`` where there is no container.
        exit_code: of its last run that failed; None if none did.
        since: engine time at which it last ended, or started.
    """

    service: str
    container: str = ""
    state: str = ""
    restarts: int = 0
    exit_code: int | None = None
    meaning: str = ""
    since: str = ""


class LastException(msgspec.Struct, frozen=True, kw_only=True):
    """The last exception of a service that is not as it should be.

    Attributes:
        frame: innermost place in the project's own code, ``file:line``.
        root: the exception that it came of, if that says something else.
    """

    service: str
    type: str
    message: str = ""
    frame: str = ""
    root: str = ""
    time: str = ""


class Triage(msgspec.Struct, frozen=True, kw_only=True):
    """What ``inv triage`` says; ``--json`` prints it."""

    stack: StackId
    containers: tuple[State, ...] = ()
    exception: LastException | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    services: int = 0
    seconds: float = 0.0
    exit_code: int = 0


def triage(snap: Snapshot, report: Report, service: str = "") -> Triage:
    """Return the one screen of a look.

    Args:
        snap: what was seen.
        report: what was judged of it.
        service: only this service, and the causes in what it needs.
    """
    diagnoses = report.diagnoses
    if service:
        concerned = {service, None, *Needs(snap.model).of(service)}
        diagnoses = tuple(d for d in diagnoses if d.service in concerned)
    states = tuple(s for s in states_of(snap) if service in ("", s.service))
    names = [d.service for d in diagnoses if d.service]
    unwell = [service] if service else [*(s.service for s in states), *names]
    bad = bool(states) or bool(diagnoses)
    return Triage(
        stack=report.stack,
        containers=states,
        exception=exception(snap, list(dict.fromkeys(unwell))),
        diagnoses=diagnoses,
        services=len(snap.model.services) if snap.model else 0,
        seconds=snap.seconds,
        exit_code=3 if report.exit_code == 3 else int(bad),
    )


#: Who has to have answered before a cause of a kind is what it seems to be.
WITNESSES: dict[str, tuple[str, ...]] = {
    "schema": ("database",),
    "data": ("database",),
    "network": ("database", "redis"),
    "auth": ("database", "redis"),
    "resource": ("database", "redis"),
}


def decided(report: Report, snap: Snapshot) -> bool:
    """Tell whether a quick look is enough: what is broken has a known cause.

    Facts that are still to come must not be able to make it another one.
    """
    if not report.diagnoses:
        return False
    first = report.diagnoses[0]
    pending = {run.name for run in snap.probes if run.timed_out}
    witnesses = WITNESSES.get(first.category, ())
    return first.confidence != "possible" and not pending.intersection(witnesses)


def unanswered(snap: Snapshot) -> bool:
    """Tell whether a probe has not answered yet."""
    return any(run.timed_out for run in snap.probes)


def states_of(snap: Snapshot) -> tuple[State, ...]:
    """Return the containers that are not as they should be, loops first."""
    if snap.model is None or snap.containers is None:
        return ()
    found = []
    for service in snap.model.services.values():
        containers = snap.of(service.name)
        if not containers and not service.profiles:
            found.append(State(service=service.name, state="missing"))
        found += [state for c in containers if (state := _state(c))]
    return tuple(sorted(found, key=lambda s: (s.state != "restarting", s.service)))


def exception(snap: Snapshot, services: list[str]) -> LastException | None:
    """Return the last exception of the first of some services that has one."""
    said = by_service(snap)
    for service in services:
        words = last(said.get(service, ()))
        if words:
            return LastException(
                service=service,
                type=words.type,
                message=words.message,
                frame=words.frame,
                root=words.root,
                time=words.at,
            )
    return None


def _state(container: Container) -> State | None:
    loops = looping(container)
    well = container.status == "running" and container.health != "unhealthy"
    if container.done or (well and not loops):
        return None
    failed = failed_with(container)
    ended = container.status in ("exited", "dead") or loops
    # While a run of a crash loop lasts, 0 is not what the last one ended with.
    at_rest = container.status in ("exited", "dead", "restarting")
    code = failed if failed is not None else container.exit_code if at_rest else None
    word = "restarting" if loops else container.status
    since = container.finished if ended else container.started
    return State(
        service=container.service,
        container=container.name,
        state="unhealthy" if word == "running" else word,
        restarts=container.restarts,
        exit_code=code,
        meaning=meaning(code) if code is not None else "",
        since="" if since.startswith("0001") else since,
    )
