"""Every fix: one pure function each, from facts to the steps it would take.

To add one, write a function here that yields steps and remarks, declare it with
the id that is typed after ``fix.`` and the checks that prove it worked. It
touches nothing: `tasks.fixing` guards and asks, `tasks.mending` runs it,
`tasks.proving` verifies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .core.fixes.fix import Healthy, Keeps, Next, Note, fix

if TYPE_CHECKING:
    from .core.fixes.fix import Facts, Parts

_BACKEND = ("inside", "host_files", "requirements", "containers", "images")


@fix(
    "start",
    own=("containers", "database", "redis"),
    probes=("containers", "ports"),
)
def start(facts: Facts) -> Parts:
    """Start what is stopped or was never started."""
    from .core.fixes import remedies

    yield from remedies.held_ports(facts)
    down = remedies.not_running(facts)
    if not down:
        yield Note("every service has a container that was started")
        return
    everything = len(down) == len(remedies.expected(facts))
    names = () if everything else down
    yield facts.run(f"start {remedies.names(down)}", "up", "--detach", *names)
    yield Healthy(down)


@fix("unpause", own=("containers",), probes=("containers",))
def unpause(facts: Facts) -> Parts:
    """Let paused containers go on."""
    from .core.fixes import remedies

    paused = remedies.in_state(facts, "paused")
    if not paused:
        yield Note("nothing is paused")
        return
    yield facts.run(f"unpause {remedies.names(paused)}", "unpause", *paused)
    yield Healthy(paused)


@fix(
    "restart",
    own=("containers", "database"),
    probes=("containers", "database"),
    options={"service": "=restart these, by commas, whatever state they are in"},
    positional="service",
)
def restart(facts: Facts) -> Parts:
    """Restart what hangs: unhealthy services, and holders of all connections."""
    from .core.fixes import remedies

    hanging = remedies.named(facts) or remedies.hanging(facts)
    if not hanging:
        yield Note("no service is unhealthy, looping or hogging connections")
        yield Next("inv fix.restart --service NAME")
        return
    yield facts.run(f"restart {remedies.names(hanging)}", "restart", *hanging)
    yield Healthy(hanging)


@fix("recreate", own=("stale", "redis", "api-url"), probes=_BACKEND)
def recreate(facts: Facts) -> Parts:
    """Make containers anew whose environment is not what the files say."""
    from .core.fixes import remedies

    drifted = remedies.drifted(facts)
    redis = facts.snapshot.redis
    if not drifted and redis and any(redis.credentials.values()):
        yield Note(f"{redis.service} has another password than the files say")
        drifted = {redis.service: []}
    if not drifted:
        yield Note("every container has the environment that the files say")
        yield facts.run("recreate what else differs", "up", "--detach")
        yield Healthy(remedies.expected(facts))
        return
    for service, keys in drifted.items():
        if keys:
            yield Note(f"{service}: {remedies.names(keys)} differ")
    yield facts.run(
        f"recreate {remedies.names(drifted)}",
        *("up", "--detach", "--no-deps", "--force-recreate", *drifted),
        destroys=tuple(f"container of {service}" for service in drifted),
    )
    yield Keeps("volumes: a new container mounts those of the old one")
    yield Healthy(tuple(drifted))


@fix(
    "rebuild-backend",
    verify=("deps",),
    own=("stale",),
    probes=_BACKEND,
    options={"no-cache": "build without the builder cache"},
)
def rebuild_backend(facts: Facts) -> Parts:
    """Build the backend's image and run it; workers on that image as well."""
    from .core.fixes import remedies

    yield from remedies.rebuild(facts, "backend", *facts.workers)


@fix(
    "rebuild-frontend",
    verify=("api-url",),
    own=("stale",),
    probes=("containers",),
    options={"no-cache": "build without the builder cache"},
)
def rebuild_frontend(facts: Facts) -> Parts:
    """Build the frontend's image, and with it what the browser is served."""
    from .core.fixes import remedies

    yield from remedies.rebuild(facts, "frontend")


@fix("pins", verify=("deps",), exempt=("pins",), probes=("inside", "containers"))
def pins(facts: Facts) -> Parts:
    """Put the pins back into the requirements and build the backend."""
    from .core.fixes import configuring, remedies

    yield from configuring.pins(facts)
    yield from remedies.rebuild(facts, "backend", *facts.workers)


@fix("api-url", verify=("api-url",), exempt=("api-url",), probes=("containers",))
def api_url(facts: Facts) -> Parts:
    """Point the frontend at the API's real address and build it."""
    from .core.fixes import configuring, remedies

    yield from configuring.api(facts)
    yield from remedies.rebuild(facts, "frontend")


@fix("cookies", verify=("cookies",), probes=("containers",))
def cookies(facts: Facts) -> Parts:
    """Make the frontend send cookies, and the backend set ones a browser keeps."""
    from .core.fixes import configuring

    yield from configuring.cookies(facts)


@fix("env", verify=("env", "compose"), probes=("containers",), offline=True)
def env(facts: Facts) -> Parts:
    """Complete .env from .env.example; never change a value that is there."""
    from .core.fixes import configuring

    yield from configuring.env(facts)


@fix(
    "migrate",
    verify=("database", "migrations"),
    must=("database", "migrations"),
    probes=(*_BACKEND, "logs"),
    options={"missing": "=name the migration that holds this column or table"},
)
def migrate(facts: Facts) -> Parts:
    """Bring the database to the newest revision; it is backed up first."""
    from .core.fixes import schema

    yield from schema.migrate(facts)


@fix(
    "seed",
    verify=("data",),
    must=("data",),
    probes=("containers", "inside", "host_files"),
)
def seed(facts: Facts) -> Parts:
    """Fill required tables that are empty, only those."""
    from .core.fixes import schema

    yield from schema.seed(facts)


@fix(
    "password",
    verify=("database",),
    must=("database",),
    exempt=("pins", "api-url"),
    probes=("containers",),
)
def password(facts: Facts) -> Parts:
    """Let services in again whose password the database does not know."""
    from .core.fixes import letting

    yield from letting.password(facts)


@fix(
    "locks",
    verify=("database",),
    must=("database",),
    exempt=("pins", "api-url"),
    # What a session has not committed may be somebody's work.
    auto=False,
)
def locks(facts: Facts) -> Parts:
    """End the sessions that others wait for; committed rows stay."""
    from .core.fixes import letting

    yield from letting.locks(facts)


@fix(
    "nuke",
    verify=("deps", "database", "migrations"),
    must=("database",),
    probes=(*_BACKEND, "database"),
    stakes=True,
    auto=False,
    patience=300.0,
    options={
        "data": "reset the database, too; it is backed up first",
        "keep-cache": "leave the builder cache, which every project shares, alone",
    },
)
def nuke(facts: Facts) -> Parts:
    """Remove containers and images of this project, then build it all anew."""
    from .core.fixes import nuking

    yield from nuking.nuke(facts)


@fix(
    "prune",
    verify=("engine",),
    must=("engine",),
    stakes=True,
    options={
        "keep-cache": "leave the builder cache, which every project shares, alone"
    },
)
def prune(facts: Facts) -> Parts:
    """Free disk: images without a name and the builder cache, nothing else."""
    from .core.states import size

    cache = facts.stakes.cache if facts.stakes else None
    yield Note("the engine's images and cache are shared by every project on it")
    yield Keeps("volumes, containers and every image that has a name")
    yield _engine_step(
        "remove images without a name",
        *("image", "prune", "--force"),
        destroys=("images without a name, of every project",),
    )
    if not facts.options.get("keep-cache"):
        much = size(cache) if cache is not None else "size unknown"
        yield _engine_step(
            "empty the builder cache",
            *("builder", "prune", "--force"),
            destroys=(f"the builder cache of every project, up to {much}",),
        )
    yield Next("docker system df")


@fix("ports", verify=("ports",), probes=("containers",))
def ports(facts: Facts) -> Parts:
    """Name what holds a published port; never kill it."""
    from .core.fixes import remedies

    yield from remedies.held_ports(facts)
    waiting = remedies.not_running(facts)
    if waiting:
        why = f"start {remedies.names(waiting)}, whose ports are free"
        yield facts.run(why, "up", "--detach", *waiting)
        yield Healthy(waiting)
    else:
        yield Note("no published port is held by anything else")


@fix("restart-docker", verify=("engine",), must=("engine",), auto=False, offline=True)
def restart_docker(facts: Facts) -> Parts:
    """Restart Docker Desktop; on Linux say what to do."""
    from .core.fixes import remedies

    yield from remedies.restart_docker(facts)


@fix(
    "db.restore",
    verify=("database",),
    # Shown only: a backup may be of an older revision, or of empty tables.
    own=("migrations", "data"),
    must=("database",),
    # What is restored depends on neither, and it may be what is needed most.
    exempt=("pins", "api-url"),
    probes=("containers",),
    auto=False,
    options={"file": "=the backup; see inv db.list"},
    positional="file",
)
def restore(facts: Facts) -> Parts:
    """Put a backup in the place of the database; all of it or nothing."""
    from .core.fixes import schema

    yield from schema.restore(facts)


def _engine_step(why: str, *args: str, **more: object):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Step, imported late
    from .core.fixes.fix import step

    return step(why, "docker", *args, **more)
