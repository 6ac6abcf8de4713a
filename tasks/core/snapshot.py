"""Everything the probes saw, as plain data that round-trips through JSON.

Checks, diagnosis, rendering and the bundle read a Snapshot and nothing else.
A Snapshot is born redacted: no field ever holds a secret (equal secrets hold
equal tokens, so a drift between two places still shows). Sizes are bytes,
durations seconds, times ISO 8601 in UTC.

A part that is None was not probed or could not be: `Snapshot.why_not` says
which. New fields need a default, so that older bundles can still be replayed.
"""

from __future__ import annotations

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every part: frozen, made with keywords."""


class ProbeRun(Facts, frozen=True, kw_only=True):
    """One probe's run: what it cost, and why it saw nothing if it did not."""

    name: str
    seconds: float = 0.0
    error: str = ""
    timed_out: bool = False


class Settings(Facts, frozen=True, kw_only=True):
    """The settings that checks need; see `tasks.core.config` for each meaning.

    Attributes:
        signatures: absolute paths of the user's own failure signatures.
    """

    pins: tuple[str, ...] = ()
    api_url_variable: str = "NEXT_PUBLIC_API_URL"
    api_prefix: str = "/api/v1"
    api_source: str = ""
    tables: tuple[str, ...] = ()
    min_free_bytes: int = 0
    min_memory_bytes: int = 0
    lock_seconds: float = 30.0
    signatures: tuple[str, ...] = ()


class Engine(Facts, frozen=True, kw_only=True):
    """The engine and the tools that reach it.

    Attributes:
        configured: what names another engine than the default one, if anything.
    """

    reachable: bool = False
    error: str = ""
    context: str = ""
    endpoint: str = ""
    local: bool = True
    configured: str = ""
    version: str = ""
    api: str = ""
    os: str = ""
    arch: str = ""
    desktop: bool = False
    cpus: int = 0
    memory: int = 0
    root: str = ""
    disk_free: int | None = None
    clock_offset: float | None = None
    compose: str = ""
    compose_error: str = ""


class Port(Facts, frozen=True, kw_only=True):
    """A published port of the Compose model and who listens on it now."""

    service: str
    port: int
    target: int
    host_ip: str = ""
    protocol: str = "tcp"
    open: bool = False
    ours: bool = False
    holder: str = ""


class Mount(Facts, frozen=True, kw_only=True):
    """A bind mount or a volume of a service."""

    type: str
    source: str
    target: str
    exists: bool | None = None


class Service(Facts, frozen=True, kw_only=True):
    """One service of the resolved Compose model, values redacted."""

    name: str
    image: str = ""
    context: str = ""
    dockerfile: str = ""
    environment: dict[str, str | None] = {}
    build_args: dict[str, str | None] = {}
    depends_on: dict[str, str] = {}
    mounts: tuple[Mount, ...] = ()
    healthcheck: bool = False
    restart: str = ""
    profiles: tuple[str, ...] = ()


class Unset(Facts, frozen=True, kw_only=True):
    """A variable that a Compose file uses and nothing sets."""

    name: str
    file: str
    line: int
    required: bool = False


class Model(Facts, frozen=True, kw_only=True):
    """The Compose model: what should run.

    Attributes:
        error: why it doesn't resolve, in Compose's words; empty if it does.
        approximate: read without Compose, so merged files may differ.
        roles: which service plays which part: ``backend``, ``frontend``,
            ``db``, ``redis``; absent if the stack has none.
        workers: services on the backend's image, other than the backend.
        volumes: the named volumes' keys and their names on the engine.
        locations: where a value stands in the files, as ``file:line``, by
            ``service.environment.KEY`` and the like.
    """

    project: str = ""
    files: tuple[str, ...] = ()
    error: str = ""
    approximate: bool = False
    services: dict[str, Service] = {}
    roles: dict[str, str] = {}
    workers: tuple[str, ...] = ()
    volumes: dict[str, str] = {}
    unset: tuple[Unset, ...] = ()
    locations: dict[str, str] = {}

    def role(self, role: str) -> Service | None:
        """Return the service that plays ``role``, or None."""
        return self.services.get(self.roles.get(role, ""))


class Sample(Facts, frozen=True, kw_only=True):
    """One look at a container's state; a crash loop needs several."""

    at: str
    status: str
    restarts: int
    exit_code: int = 0


class Container(Facts, frozen=True, kw_only=True):
    """One container of the project, with its samples oldest first.

    Attributes:
        exit_code: as the engine has it now: 0 while a run of a crash loop lasts.
        last_exit: of the last run that ended, by the engine's events; None if it
            has forgotten, or none ended.
        oom_killed: a run was killed for want of memory, this one or, in a crash
            loop, one before.
    """

    service: str
    name: str
    id: str = ""
    number: int = 1
    image: str = ""
    image_id: str = ""
    status: str = ""
    health: str = ""
    health_output: str = ""
    exit_code: int = 0
    last_exit: int | None = None
    oom_killed: bool = False
    error: str = ""
    restarts: int = 0
    created: str = ""
    started: str = ""
    finished: str = ""
    environment: dict[str, str] = {}
    samples: tuple[Sample, ...] = ()
    one_off: bool = False
    config_hash: str = ""


class Image(Facts, frozen=True, kw_only=True):
    """The image a service's container would start from."""

    service: str
    reference: str
    id: str = ""
    created: str = ""
    arch: str = ""
    size: int = 0
    history: tuple[str, ...] = ()


class EnvKey(Facts, frozen=True, kw_only=True):
    """A key of an env file; its value stays where it is."""

    name: str
    line: int
    empty: bool = False
    optional: bool = False


class EnvFiles(Facts, frozen=True, kw_only=True):
    """``.env`` and the example it is held against."""

    path: str
    exists: bool = False
    mode: int = 0
    keys: tuple[EnvKey, ...] = ()
    invalid: tuple[int, ...] = ()
    example: str = ""
    example_exists: bool = False
    example_keys: tuple[EnvKey, ...] = ()


class Requirement(Facts, frozen=True, kw_only=True):
    """One line of a requirements file."""

    name: str
    specifier: str
    file: str
    line: int
    text: str


class Requirements(Facts, frozen=True, kw_only=True):
    """The requirements of the backend's build context."""

    path: str
    lines: tuple[Requirement, ...] = ()
    error: str = ""


class Revision(Facts, frozen=True, kw_only=True):
    """One Alembic revision, read without importing it.

    Attributes:
        down: its parents.
        depends: revisions of other branches that must be applied first.
        names: the string constants in it: the tables and columns it mentions.
    """

    id: str
    down: tuple[str, ...]
    file: str
    depends: tuple[str, ...] = ()
    message: str = ""
    names: tuple[str, ...] = ()


class Migrations(Facts, frozen=True, kw_only=True):
    """The revision graph as its files tell it."""

    directory: str
    revisions: tuple[Revision, ...] = ()
    errors: tuple[str, ...] = ()


class ApiSource(Facts, frozen=True, kw_only=True):
    """What the frontend's API module says.

    Attributes:
        base: the default base URL in it, or None if none was recognised.
        credentials: the value of ``withCredentials``, None where it isn't set.
    """

    path: str
    exists: bool = False
    base: str | None = None
    base_line: int = 0
    uses_variable: bool = False
    credentials: bool | None = None
    credentials_line: int = 0


class Inside(Facts, frozen=True, kw_only=True):
    """What the backend's own Python says, asked inside its image.

    Attributes:
        via: ``exec`` in the running container, or ``one-off`` container of the
            same image when it can't be entered.
        imports: package to error, empty when its import works.
        versions: package to installed version.
        files: path below the working directory to a digest of its content.
        tried: when the imports were tried, if that was in an earlier look;
            every file that they loaded is unchanged since.
    """

    service: str
    via: str
    python: str = ""
    arch: str = ""
    workdir: str = ""
    versions: dict[str, str] = {}
    imports: dict[str, str] = {}
    files: dict[str, str] = {}
    tried: str = ""


class HostFiles(Facts, frozen=True, kw_only=True):
    """The same digests of the files in the backend's build context."""

    root: str
    files: dict[str, str] = {}


class Dockerfile(Facts, frozen=True, kw_only=True):
    """The Dockerfile that a service is built from, and when it last changed."""

    service: str
    path: str
    text: str = ""
    changed: str = ""


class Lock(Facts, frozen=True, kw_only=True):
    """A session that has waited for a lock, or held one, for long."""

    pid: int
    seconds: float
    state: str
    waiting_for: tuple[int, ...] = ()
    query: str = ""


class Database(Facts, frozen=True, kw_only=True):
    """What the database itself answers, asked in its own container.

    Attributes:
        revisions: the rows of the version table; None if there is no table.
        rows: table to number of rows; None if the table does not exist; one
            that could not be counted in time is left out.
        columns: table to its columns, for all tables outside system schemas.
        credentials: service to the server's refusal of what that service
            would log in with; empty when it is let in.
    """

    service: str
    reachable: bool = False
    error: str = ""
    version: str = ""
    revisions: tuple[str, ...] | None = None
    rows: dict[str, int | None] = {}
    columns: dict[str, tuple[str, ...]] = {}
    connections: int = 0
    max_connections: int = 0
    locks: tuple[Lock, ...] = ()
    size: int = 0
    disk_free: int | None = None
    credentials: dict[str, str] = {}


class Redis(Facts, frozen=True, kw_only=True):
    """What redis answers, asked in its own container."""

    service: str
    reachable: bool = False
    error: str = ""
    version: str = ""
    clients: int = 0
    max_clients: int = 0
    memory: int = 0
    max_memory: int = 0
    write_error: str = ""
    disk_free: int | None = None
    credentials: dict[str, str] = {}


class Response(Facts, frozen=True, kw_only=True):
    """One HTTP answer; redirects are not followed."""

    name: str
    url: str
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""
    error: str = ""
    seconds: float = 0.0


class Served(Facts, frozen=True, kw_only=True):
    """What the frontend really serves.

    Attributes:
        bases: API base URLs found in its JavaScript, with the file of each.
        scripts: how many files were read.
    """

    url: str
    scripts: int = 0
    bases: dict[str, str] = {}
    error: str = ""


class Login(Facts, frozen=True, kw_only=True):
    """A live login with the credentials of the settings.

    Attributes:
        skipped: why none was tried; empty if one was.
        cookie: attributes of the cookie that was set, values left out.
        next_status: the answer to the next request, sent with the cookie as a
            browser would.
    """

    skipped: str = ""
    url: str = ""
    status: int = 0
    cookie: str = ""
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    next_url: str = ""
    next_status: int = 0
    error: str = ""


class Log(Facts, frozen=True, kw_only=True):
    """The end of one service's log, oldest line first, with timestamps.

    Attributes:
        text: lines as the engine gives them, each with its RFC 3339 time.
    """

    service: str
    container: str
    text: str = ""
    truncated: bool = False


class Snapshot(Facts, frozen=True, kw_only=True):
    """One look at one stack."""

    version: int = 1
    taken: str = ""
    seconds: float = 0.0
    settings: Settings = Settings()
    probes: tuple[ProbeRun, ...] = ()
    engine: Engine | None = None
    model: Model | None = None
    ports: tuple[Port, ...] | None = None
    containers: tuple[Container, ...] | None = None
    images: tuple[Image, ...] | None = None
    env: EnvFiles | None = None
    requirements: Requirements | None = None
    migrations: Migrations | None = None
    api_source: ApiSource | None = None
    inside: Inside | None = None
    host_files: HostFiles | None = None
    dockerfiles: tuple[Dockerfile, ...] | None = None
    database: Database | None = None
    redis: Redis | None = None
    http: tuple[Response, ...] | None = None
    served: Served | None = None
    login: Login | None = None
    logs: tuple[Log, ...] | None = None

    def seconds_of(self, probe: str) -> float:
        """Return the seconds the probe took, 0 if it did not run."""
        return next((run.seconds for run in self.probes if run.name == probe), 0.0)

    def why_not(self, probe: str) -> str:
        """Return why a probe saw nothing, as words to skip a check with."""
        for run in self.probes:
            if run.name == probe:
                if run.timed_out:
                    return f"no answer within {run.seconds:.0f} s"
                return run.error or "nothing to look at"
        return "not probed"

    def of(self, service: str) -> tuple[Container, ...]:
        """Return the service's own containers, without one-off ones."""
        return tuple(
            container
            for container in self.containers or ()
            if container.service == service and not container.one_off
        )


def encode(snapshot: Snapshot) -> bytes:
    """Return the snapshot as JSON."""
    return msgspec.json.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Return the snapshot that `encode` wrote, by this or an older version.

    Raises:
        msgspec.DecodeError: it is not such a document.
    """
    return msgspec.json.decode(data, type=Snapshot)


def builtins(value: object) -> object:
    """Return a value of plain dicts, lists and scalars, ready for JSON."""
    return msgspec.to_builtins(value)
