"""What the fixes of `tasks.fixes` share: which services, which steps."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import WrongUsage
from ..model import Step
from ..sources.staleness import drift
from ..states import looping
from .fix import Blocked, Facts, Healthy, Keeps, Next, Note, Parts

#: A database whose connections are so far used up lets nobody in; as the check.
CROWDED = 0.9


def names(values: Iterable[str]) -> str:
    """Return names as words: ``a, b and c``."""
    listed = list(values)
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if listed[1:] else listed)


def expected(facts: Facts) -> tuple[str, ...]:
    """Return the services that should run."""
    model = facts.snapshot.model
    if model is None:
        return ()
    return tuple(n for n, service in model.services.items() if not service.profiles)


def named(facts: Facts) -> tuple[str, ...]:
    """Return the services that the option ``--service`` names.

    Raises:
        WrongUsage: the stack has no such service; the hint lists those it has.
    """
    said = facts.options.get("service", "")
    listed = tuple(name.strip() for name in said.split(",") if name.strip())
    known = expected(facts)
    if wrong := [name for name in listed if name not in known]:
        raise WrongUsage(
            f"the stack has no service {names(wrong)}", f"it has {names(known)}"
        )
    return listed


def in_state(facts: Facts, *states: str) -> tuple[str, ...]:
    """Return the services with a container in one of some states."""
    return tuple(
        name
        for name in expected(facts)
        if any(c.status in states and not c.done for c in facts.snapshot.of(name))
    )


def not_running(facts: Facts) -> tuple[str, ...]:
    """Return the services without a container, or with one that has stopped."""
    missing = {name for name in expected(facts) if not facts.snapshot.of(name)}
    stopped = {*in_state(facts, "exited", "dead", "created")}
    return tuple(name for name in expected(facts) if name in missing | stopped)


def hanging(facts: Facts) -> tuple[str, ...]:
    """Return the services that a restart may help."""
    found = {
        c.service
        for name in expected(facts)
        for c in facts.snapshot.of(name)
        if c.health == "unhealthy" or looping(c)
    }
    db = facts.snapshot.database
    if db and db.max_connections and db.connections >= db.max_connections * CROWDED:
        # Whoever holds them must let go; the database itself is well.
        found |= {service for service in db.credentials if service != db.service}
    return tuple(name for name in expected(facts) if name in found)


def drifted(facts: Facts) -> dict[str, list[str]]:
    """Return the services whose container's environment is old, and its keys."""
    model = facts.snapshot.model
    found: dict[str, list[str]] = {}
    for service in model.services.values() if model else ():
        for container in facts.snapshot.of(service.name):
            if keys := drift(service, container):
                found[service.name] = keys
    return found


def held_ports(facts: Facts) -> Parts:
    """Yield who holds the ports that the stack needs; a program must not end them."""
    held = [p for p in facts.snapshot.ports or () if p.open and not p.ours]
    for port in held:
        yield Note(f"port {port.port} of {port.service} is held by {port.holder}")
    if not held:
        return
    first = held[0]
    yield Blocked(
        f"port {first.port} of {first.service} is held by {first.holder}: "
        "what it is for, only you can tell"
    )
    for port in held:
        yield Next(f"end {port.holder}, or give {port.service} another port in .env")


def rebuild(facts: Facts, role: str, *others: str) -> Parts:
    """Yield the steps that build a role's image and run it.

    Args:
        facts: what is decided from.
        role: ``backend`` or ``frontend``.
        others: services that run on that image without building it.
    """
    model = facts.snapshot.model
    service = model.role(role) if model else None
    if service is None:
        yield Blocked(f"the stack has no {role}")
        return
    if not service.context:
        yield Blocked(f"{service.name} is not built here: it runs {service.image}")
        return
    fresh = ("--no-cache",) if facts.options.get("no-cache") else ()
    yield facts.run(f"build the image of {service.name}", "build", *fresh, service.name)
    # Only those that are expected: a worker of an inactive profile stays away.
    running = [name for name in others if name in expected(facts)]
    yield facts.run(
        f"run {names([service.name, *running])} on it",
        *("up", "--detach", service.name, *running),
        destroys=tuple(f"container of {n}" for n in (service.name, *running)),
    )
    yield Keeps("volumes, and every other service's container")
    yield Healthy((service.name, *running))
    if "no-cache" not in facts.options:
        yield Next(f"inv fix.rebuild-{role} --no-cache")


def restart_docker(facts: Facts) -> Parts:
    """Yield the restart of Docker Desktop, or what to type elsewhere."""
    engine = facts.snapshot.engine
    if engine is not None and engine.reachable and not engine.local:
        yield Blocked(f"the engine is not on this machine: {engine.endpoint}")
        yield Next("restart Docker there")
        return
    if facts.platform == "darwin":
        yield from _desktop(facts)
        return
    yield Blocked("the engine is a service of this machine; restarting it is yours")
    if engine is not None and engine.desktop:
        yield Next("systemctl --user restart docker-desktop")
    else:
        yield Next("sudo systemctl restart docker (or: sudo service docker restart)")
    yield Next("inv fix.start")


def _desktop(facts: Facts) -> Parts:
    yield Note("Docker Desktop stops every container of every project meanwhile")
    yield Keeps("volumes and images; containers come back as they are")
    yield Step(
        why="quit Docker Desktop",
        argv=("osascript", "-e", 'quit app "Docker"'),
        destroys=("what containers hold in memory",),
        timeout=60,
    )
    yield Step(
        why="wait until it has quit",
        argv=("pgrep", "-x", "Docker Desktop"),
        action="await-exit",
        args={"process": "Docker Desktop"},
        timeout=120,
    )
    yield Step(why="open Docker Desktop", argv=("open", "-ga", "Docker"), timeout=60)
    yield Step(
        why="wait for the engine",
        argv=("docker", "version"),
        action="await-engine",
        timeout=300,
    )
    yield facts.run("start the stack", "up", "--detach")
    yield Healthy(expected(facts))
