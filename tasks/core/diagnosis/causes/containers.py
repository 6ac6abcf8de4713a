"""Causes in the state of containers: stopped, paused, out of memory, looping."""

from __future__ import annotations

from collections.abc import Iterator

from ...snapshot import Container, Service, Snapshot
from ...states import age, failed_with, looping, meaning, seconds_between
from ..clues import Found, found, rule

#: Exit codes of a container that was stopped rather than broke: a clean end,
#: Ctrl-C, ``docker stop`` (SIGTERM, and SIGKILL when that took too long).
STOPPED_CODES = (0, 130, 137, 143)


def expected(snap: Snapshot) -> Iterator[Service]:
    """Yield the services that ``up`` would start."""
    if snap.model and snap.containers is not None:
        yield from (s for s in snap.model.services.values() if not s.profiles)


def alive(snap: Snapshot) -> bool:
    """Tell whether any service has a container: the stack was started."""
    return any(snap.of(service.name) for service in expected(snap))


@rule("stack-not-started", "engine", 93, checks=("containers", "health"))
def not_started(snap: Snapshot) -> Iterator[Found]:
    """No service has a container."""
    services = list(expected(snap))
    if services and not alive(snap):
        yield found(
            "The stack is not started: no service has a container",
            f"project {snap.model.project}" if snap.model else "",
            fix="fix.start",
        )


@rule("service-not-created", "engine", 92, takes_away=True, checks=("containers",))
def not_created(snap: Snapshot) -> Iterator[Found]:
    """A service has no container while others of the stack do."""
    if not alive(snap):
        return
    for service in expected(snap):
        if not snap.of(service.name):
            yield found(
                f"{service.name} has no container: it was never created, or removed",
                service=service.name,
                fix="fix.start",
            )


@rule("container-paused", "engine", 93, takes_away=True, checks=("containers",))
def paused(snap: Snapshot) -> Iterator[Found]:
    """A container is frozen: it accepts connections and answers nothing."""
    for container in _own(snap):
        if container.status == "paused":
            yield found(
                f"{container.service} is paused: it answers nothing until it is "
                "unpaused",
                f"{container.name}: paused",
                service=container.service,
                fix="fix.unpause",
            )


@rule("out-of-memory", "resource", 91, takes_away=True, checks=("containers",))
def out_of_memory(snap: Snapshot) -> Iterator[Found]:
    """The kernel killed a container for want of memory."""
    for container in _own(snap):
        unwell = container.status != "running" or looping(container)
        # Killed again and again, and nobody kills by hand so often.
        killed = looping(container) and failed_with(container) == 137
        if unwell and (container.oom_killed or killed):
            yield found(
                f"{container.service} was killed for want of memory (OOM)",
                _ended(container),
                service=container.service,
                confidence="certain" if container.oom_killed else "likely",
                since=container.finished,
                explains=("memory-exhausted", "worker-timeout", "js-heap-exhausted"),
                advice="Give it more: mem_limit in the Compose file, or the "
                "engine's memory (Docker Desktop: Settings, Resources)",
            )


@rule(
    "service-stopped",
    "engine",
    90,
    takes_away=True,
    state=True,
    checks=("containers",),
)
def stopped(snap: Snapshot) -> Iterator[Found]:
    """A container was stopped, and nothing in it says why."""
    for container in _own(snap):
        if container.status != "exited" or container.oom_killed or container.done:
            continue
        if container.exit_code in STOPPED_CODES and not looping(container):
            yield found(
                f"{container.service} is stopped",
                _ended(container),
                service=container.service,
                since=container.finished,
                fix="fix.start",
            )


@rule(
    "service-not-started",
    "engine",
    60,
    takes_away=True,
    state=True,
    checks=("containers",),
)
def created_only(snap: Snapshot) -> Iterator[Found]:
    """A container exists and was never started."""
    for container in _own(snap):
        if container.status == "created":
            yield found(
                f"{container.service} was created and never started",
                f"{container.name}: created"
                + (f": {container.error}" if container.error else ""),
                service=container.service,
                fix="fix.start",
            )


@rule(
    "service-hung",
    "engine",
    70,
    takes_away=True,
    state=True,
    checks=("containers", "health"),
)
def hung(snap: Snapshot) -> Iterator[Found]:
    """A container runs and its process does nothing: no answer, no exit."""
    for container in _own(snap):
        if container.status != "running" or looping(container):
            continue
        timed_out = "exceeded timeout" in container.health_output
        silent = _silent(snap, container.service)
        if _answers(snap, container.service):
            continue  # its healthcheck was too slow for this machine, no more
        if silent or (container.health == "unhealthy" and timed_out):
            last = (container.health_output.splitlines() or [""])[-1]
            yield found(
                f"{container.service} runs, but answers nothing",
                f"{container.name}: running, {container.health or 'no healthcheck'}",
                f"healthcheck: {last}" if last else "",
                *silent,
                service=container.service,
                confidence="likely",
                fix="fix.restart",
            )


@rule(
    "service-unhealthy",
    "engine",
    25,
    takes_away=True,
    state=True,
    checks=("containers", "health"),
)
def unhealthy(snap: Snapshot) -> Iterator[Found]:
    """A healthcheck fails; by itself that says little."""
    for container in _own(snap):
        if container.status == "running" and container.health == "unhealthy":
            yield found(
                f"{container.service} runs, and its healthcheck fails",
                *(
                    f"{container.name}: {line}"
                    for line in container.health_output.splitlines()[-2:]
                ),
                service=container.service,
                confidence="possible",
                advice=f"Read its log: inv logs {container.service}",
            )


@rule(
    "service-starting",
    "engine",
    24,
    state=True,
    warns=True,
    checks=("containers", "health"),
)
def starting(snap: Snapshot) -> Iterator[Found]:
    """A container was started a moment ago and is not ready yet."""
    for container in _own(snap):
        if container.health == "starting" and container.status == "running":
            up = seconds_between(container.started, snap.taken) or 0.0
            yield found(
                f"{container.service} is still starting",
                f"{container.name}: up for {age(max(up, 0.0))}, its healthcheck has "
                "not passed yet",
                service=container.service,
                confidence="likely",
                advice="Wait for it: inv check.all --watch",
            )


def broken(snap: Snapshot) -> Iterator[Container]:
    """Yield the containers that ended by themselves or keep doing so."""
    for container in _own(snap):
        if looping(container) or (
            container.status in ("exited", "dead")
            and container.exit_code not in STOPPED_CODES
        ):
            yield container


def _own(snap: Snapshot) -> Iterator[Container]:
    for service in expected(snap):
        yield from snap.of(service.name)


def _ended(container: Container) -> str:
    code = failed_with(container) or 0
    since = f" at {container.finished[:19]}Z" if container.finished else ""
    return f"{container.name}: exit code {code}{since} ({meaning(code)})"


def _answers(snap: Snapshot, service: str) -> bool:
    """Tell whether a service answered when it was asked over HTTP."""
    if snap.model is None:
        return False
    health = [r.error for r in snap.http or () if r.name.startswith("health:")]
    errors = {
        "frontend": [snap.served.error] if snap.served else [],
        "backend": health,
    }
    roles = [role for role, name in snap.model.roles.items() if name == service]
    return any(not error for role in roles for error in errors.get(role, ()))


def _silent(snap: Snapshot, service: str) -> tuple[str, ...]:
    """Return the requests that a service took and never answered."""
    if snap.model is None or snap.model.roles.get("backend") != service:
        return ()
    answers = [r for r in snap.http or () if r.name.startswith("health:")]
    if not answers or not all(r.error.startswith("no answer within") for r in answers):
        return ()
    return tuple(f"{r.url}: {r.error}" for r in answers)
