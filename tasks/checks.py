"""Every check: one pure function over one Snapshot each.

To add one, write a function here that yields verdicts, declare it with the id
that is typed after ``check.`` and the probes whose facts it reads. A check that
could not look says so with `skipped`; it never says `passed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .core.verdict import Verdicts, check, failed, passed, skipped, warned

if TYPE_CHECKING:
    from .core.snapshot import Snapshot


@check("engine", probes=("engine",))
def engine(snap: Snapshot) -> Verdicts:
    """Docker Engine and Compose v2: reachable, room on disk, memory."""
    from .core.states import size

    seen = snap.engine
    if seen is None:
        yield skipped(f"the engine was not looked at: {snap.why_not('engine')}")
        return
    if not seen.reachable and seen.configured:
        yield failed(seen.error, f"set by you: {seen.configured}")
    elif not seen.reachable:
        yield failed(seen.error, fix="fix.restart-docker")
    if seen.compose_error:
        yield failed(seen.compose_error)
    if not seen.reachable:
        return
    room = "" if seen.disk_free is None else f", {size(seen.disk_free)} free"
    yield passed(f"Engine {seen.version}, Compose {seen.compose}{room}")
    if seen.disk_free is None:
        yield skipped("disk: nothing runs on the engine that could tell")
    elif seen.disk_free < snap.settings.min_free_bytes // 10:
        yield failed(
            f"the engine's disk is full: {size(seen.disk_free)} left on {seen.root}",
            fix="fix.prune",
        )
    elif seen.disk_free < snap.settings.min_free_bytes:
        yield warned(
            f"only {size(seen.disk_free)} left on the engine's disk ({seen.root})",
            fix="fix.prune",
        )
    if seen.memory and seen.memory < snap.settings.min_memory_bytes:
        yield warned(
            f"the engine has only {size(seen.memory)} of memory",
            "Docker Desktop: Settings, Resources",
        )
    if seen.clock_offset is not None and abs(seen.clock_offset) > 30:
        yield warned(
            f"the engine's clock is off by {seen.clock_offset:+.0f} s",
            "tokens and certificates are judged by it",
            fix="fix.restart-docker",
        )


@check("compose", probes=("model",))
def compose(snap: Snapshot) -> Verdicts:
    """The Compose files resolve, and every variable in them is set."""
    model = snap.model
    if model is None:
        yield skipped(f"the Compose files were not read: {snap.why_not('model')}")
        return
    if model.error:
        yield failed(f"the Compose files don't resolve: {model.error}", *model.files)
    for unset in model.unset:
        where = f"{unset.file}:{unset.line}"
        if unset.required:
            yield failed(f"{unset.name} must be set in .env", where, fix="fix.env")
        else:
            yield warned(f"{unset.name} is not set; it is empty", where, fix="fix.env")
    if not model.error:
        how = " (read without Compose)" if model.approximate else ""
        yield passed(f"{len(model.services)} services in {_names(model.files)}{how}")


@check("env", probes=("env",))
def env(snap: Snapshot) -> Verdicts:
    """.env against .env.example: missing, empty and unknown keys."""
    seen = snap.env
    if seen is None:
        yield skipped(f".env was not read: {snap.why_not('env')}")
        return
    if not seen.example_exists and not seen.exists:
        yield skipped(f"the stack has neither {seen.path} nor {seen.example}")
        return
    if not seen.exists:
        yield failed(f"{seen.path} is missing", seen.example, fix="fix.env")
        return
    for line in seen.invalid:
        yield failed(f"{seen.path}:{line} is not KEY=value")
    if not seen.example_exists:
        yield skipped(f"no {seen.example} to hold {seen.path} against")
        return
    have = {key.name: key for key in seen.keys}
    known = {key.name for key in seen.example_keys}
    for key in seen.example_keys:
        where = f"{seen.example}:{key.line}"
        if key.name not in have and not key.optional:
            yield failed(f"{key.name} is missing in {seen.path}", where, fix="fix.env")
        elif not key.optional and have[key.name].empty:
            line = have[key.name].line
            yield failed(
                f"{key.name} is empty", f"{seen.path}:{line}", where, fix="fix.env"
            )
    unknown = [key for key in seen.keys if key.name not in known]
    if unknown:
        yield warned(
            f"{_names(k.name for k in unknown)} not in {seen.example}: a typing error?",
            *(f"{seen.path}:{key.line} {key.name}" for key in unknown),
        )
    if seen.mode & 0o044:
        yield warned(
            f"{seen.path} can be read by every user (mode {seen.mode:03o})",
            f"chmod 600 {seen.path}",
        )
    yield passed(f"{len(have)} keys, none missing or empty")


@check("containers", probes=("containers",))
def containers(snap: Snapshot) -> Verdicts:
    """State, health, restarts, exit codes and OOM kills of every container."""
    from .core import containers as states

    model = snap.model
    if snap.containers is None or model is None:
        yield skipped(f"containers were not seen: {snap.why_not('containers')}")
        return
    if model.error and not model.services:
        yield skipped("which services there should be is not known (check.compose)")
        return
    # Services of inactive profiles are not in the model: nobody expects them.
    expected = model.services
    if expected and not any(snap.of(name) for name in expected):
        yield failed("nothing is started: no service has a container", fix="fix.start")
        return
    found = [container for name in expected for container in snap.of(name)]
    yield from states.loops(found)
    # What was never started waits for something that is worse.
    for container in sorted(found, key=lambda one: one.status == "created"):
        yield from states.state(container)
    for name in expected:
        if not snap.of(name):
            yield failed(f"{name} has no container", fix="fix.start")
    done = [name for name in expected if all(c.done for c in snap.of(name))]
    up = len(expected) - len(done)
    which = f"{up} up, {_names(done)} done" if done else f"{up} of {up} services up"
    yield passed(f"{which}, none restarting or unhealthy")


@check("ports", probes=("ports",))
def ports(snap: Snapshot) -> Verdicts:
    """Published ports that something else holds, and who."""
    if snap.ports is None:
        yield skipped(f"ports were not looked at: {snap.why_not('ports')}")
        return
    if snap.model and snap.model.error and not snap.model.services:
        yield skipped("which ports there should be is not known (check.compose)")
        return
    for port in snap.ports:
        if port.open and not port.ours:
            yield failed(
                f"port {port.port} of {port.service} is held by {port.holder}",
                fix="fix.ports",
            )
    yield passed(f"{_names(p.port for p in snap.ports) or 'none'} published")


@check("deps", probes=("requirements", "inside"))
def deps(snap: Snapshot) -> Verdicts:
    """Pins in the requirements against versions and imports in the image."""
    from .core.sources import pins

    lines, inside = snap.requirements, snap.inside
    if not snap.settings.pins:
        yield skipped("no pins are set (UNSTUCK_PINS)")
        return
    if lines is None or lines.error:
        reason = lines.error if lines else snap.why_not("requirements")
        yield skipped(f"requirements: {reason}")
    else:
        for wrong in pins.wrong(snap.settings.pins, lines):
            yield failed(wrong.summary, wrong.where, fix="fix.pins")
    if inside is None:
        yield skipped(f"the image: {snap.why_not('inside')}")
    else:
        known = lines is not None and not lines.error
        yield from pins.in_image(snap.settings.pins, inside, required=known)
    if lines is not None and not lines.error:
        state = "pinned, installed and importable" if inside else "pinned"
        yield passed(f"{_names(snap.settings.pins)} {state}")


@check("migrations", probes=("migrations", "database"))
def migrations(snap: Snapshot) -> Verdicts:
    """Alembic heads of the version files against the database's revision."""
    from .core.sources import migrations as graph

    files, db = snap.migrations, snap.database
    if files is None:
        yield skipped(f"version files: {snap.why_not('migrations')}")
        return
    for error in files.errors:
        yield failed(f"a migration can't be read: {error}")
    heads = graph.heads(files)
    if len(heads) > 1:
        yield failed(
            f"the revisions have {len(heads)} heads: {_names(r.id for r in heads)}",
            *(r.file for r in heads),
            "alembic merge heads",
        )
    if db is None or not db.reachable:
        reason = db.error if db else snap.why_not("database")
        yield skipped(f"database: {reason}")
        if len(heads) == 1:
            yield passed(f"one head: {heads[0].id}")
        return
    if db.revisions is None:
        yield failed(
            "the database has no alembic_version table: nothing was ever migrated",
            f"head is {_names(r.id for r in heads)}",
            fix="fix.migrate",
        )
        return
    known = {revision.id for revision in files.revisions}
    for current in db.revisions:
        if current not in known:
            yield failed(
                f"the database is at revision {current}, which no version file has",
                f"looked in {files.directory}",
                "another branch, or a deleted migration",
            )
    behind = graph.behind(files, db.revisions)
    if behind and set(db.revisions) <= known:
        yield failed(
            f"the database is {len(behind)} revision{'s'[: len(behind) > 1]} behind",
            f"current {_names(db.revisions) or 'none'}, head "
            f"{_names(r.id for r in heads)}",
            *(f"missing: {r.file} {r.message}".rstrip() for r in behind),
            fix="fix.migrate",
        )
    yield passed(f"the database is at head {_names(db.revisions)}")


@check("api-url", probes=("model", "api_source", "http", "served"))
def api_url(snap: Snapshot) -> Verdicts:
    """The API base URL: in Compose, in the source, as served, as a browser goes."""
    from .core.sources import apiurl

    yield from apiurl.verdicts(snap)


@check("cookies", probes=("api_source", "login"))
def cookies(snap: Snapshot) -> Verdicts:
    """Credentials sent by the frontend; the login's cookie comes back."""
    from .core import endpoints

    source, login = snap.api_source, snap.login
    if source is None or not source.exists:
        reason = f"no {source.path}" if source else snap.why_not("api_source")
        yield skipped(f"the frontend's source: {reason}")
    elif source.credentials is False:
        yield failed(
            "withCredentials is false: the browser sends no cookies",
            f"{source.path}:{source.credentials_line}",
            fix="fix.cookies",
        )
    elif source.credentials is None:
        yield failed(
            "withCredentials is not set: the browser sends no cookies",
            source.path,
            fix="fix.cookies",
        )
    else:
        yield passed("withCredentials is true")
    if login is None:
        yield skipped(f"live login: {snap.why_not('login')}")
    else:
        yield from endpoints.login(login)


@check("data", probes=("database",))
def data(snap: Snapshot) -> Verdicts:
    """The tables that the application cannot work without have rows."""
    db = snap.database
    if not snap.settings.tables:
        yield skipped("no tables are set (UNSTUCK_TABLES)")
        return
    if db is None or not db.reachable:
        yield skipped(f"database: {db.error if db else snap.why_not('database')}")
        return
    for table in snap.settings.tables:
        rows = db.rows.get(table)
        if table not in db.rows:
            yield skipped(f"{table} could not be counted in time: is it locked?")
        elif rows is None:
            yield failed(f"there is no table {table}", fix="fix.migrate")
        elif rows == 0:
            yield failed(f"{table} is empty: 0 rows", fix="fix.seed")
    if counted := [f"{db.rows[t]} {t}" for t in snap.settings.tables if t in db.rows]:
        yield passed(", ".join(counted))


@check(
    "stale",
    probes=(
        *("inside", "host_files", "requirements", "containers"),
        *("images", "dockerfiles"),
    ),
)
def stale(snap: Snapshot) -> Verdicts:
    """Host source against the container's; environment and image up to date."""
    from .core.sources import staleness

    yield from staleness.verdicts(snap)


@check("database", probes=("database",))
def database(snap: Snapshot) -> Verdicts:
    """The database answers, lets each service in, has connections and room left."""
    from .core import sessions
    from .core.states import age, size

    db = snap.database
    if db is None:
        yield skipped(snap.why_not("database"))
        return
    if not db.reachable:
        if sessions.shuts_out(db):
            yield failed(f"{db.service} refuses its own user: {db.error}")
        else:
            yield failed(f"{db.service} does not answer: {db.error}", fix="fix.restart")
        return
    for service, refusal in db.credentials.items():
        if refusal:
            fix = "fix.password" if sessions.REFUSED in refusal else None
            yield failed(f"{db.service} refuses {service}: {refusal}", fix=fix)
    used, most = db.connections, db.max_connections
    if most and used >= most * 0.9:
        yield failed(f"{used} of {most} connections are taken", fix="fix.restart")
    elif most and used >= most * 0.75:
        yield warned(f"{used} of {most} connections are taken")
    for lock in sorted(db.locks, key=lambda lock: not lock.waiting_for):
        what = (
            f"waits for pid {_names(lock.waiting_for)}"
            if lock.waiting_for
            else f"is {lock.state or 'blocked'}"
        )
        fix = "fix.locks" if lock.waiting_for else None
        words = f"session {lock.pid} {what} for {age(lock.seconds)}"
        yield warned(words, lock.query, fix=fix)
    if db.disk_free is not None and db.disk_free < 500_000_000:
        yield failed(
            f"{size(db.disk_free)} left on the database's disk", fix="fix.prune"
        )
    version = db.version.split()[0]
    yield passed(f"PostgreSQL {version}, {used} of {most} connections, {size(db.size)}")


@check("redis", probes=("redis",))
def redis(snap: Snapshot) -> Verdicts:
    """Redis answers, lets each service in, takes writes, has room left."""
    from .core.states import size

    seen = snap.redis
    if seen is None:
        yield skipped(snap.why_not("redis"))
        return
    if not seen.reachable:
        words = f"{seen.service} does not answer: {seen.error}"
        yield failed(words, fix="fix.restart")
        return
    for service, refusal in seen.credentials.items():
        if refusal:
            yield failed(
                f"{seen.service} refuses {service}: {refusal}", fix="fix.recreate"
            )
    if seen.write_error:
        yield failed(f"{seen.service} takes no writes: {seen.write_error}")
    if seen.max_memory and seen.memory > seen.max_memory * 0.95:
        yield failed(f"{size(seen.memory)} of {size(seen.max_memory)} memory used")
    if seen.max_clients and seen.clients >= seen.max_clients * 0.9:
        yield failed(f"{seen.clients} of {seen.max_clients} clients connected")
    yield passed(
        f"Redis {seen.version}, "
        f"{seen.clients} client{'s'[: seen.clients != 1]}, {size(seen.memory)}"
    )


@check("health", probes=("http",))
def health(snap: Snapshot) -> Verdicts:
    """The health endpoints, parsed as JSON."""
    from .core import endpoints

    if snap.http is None:
        yield skipped(snap.why_not("http"))
        return
    answers = [r for r in snap.http if r.name.startswith("health:")]
    if not answers:
        yield skipped("no health endpoints are set (UNSTUCK_HEALTH_PATHS)")
        return
    for answer in answers:
        yield from endpoints.health(answer)
    yield passed(f"{len(answers)} endpoints answer 200 and say healthy")


def _names(values: object) -> str:
    return ", ".join(str(value) for value in values)  # type: ignore[attr-defined]
