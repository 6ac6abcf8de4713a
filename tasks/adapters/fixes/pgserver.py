"""A PostgreSQL server that can be spoken to, whatever state its container is in.

Running: its own container. Paused: unpaused meanwhile. Stopped or gone: a
one-off container on the same data, so that a backup needs no running stack.
Two servers on the same files would ruin them, so the one-off is started only
where nothing else has them open.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import quote

from ...core.fixes import stakes
from ...core.fixes.nuking import PGDATA
from .. import engine as door
from .. import runner
from ..docker.wire import WireError
from .doing import Doing, StepFailed
from .stakes import users_of_volume

#: Seconds that a server gets to answer: it may have a crash to recover from.
READY_SECONDS = 90.0

# The password, if one is needed even on the socket, never leaves the container.
_SCRIPT = (
    'export PGPASSWORD="${PGPASSWORD-${POSTGRES_PASSWORD-}}"; '
    '[ -n "$PGPASSWORD" ] || PGPASSWORD=$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}"); '
    'exec "$@"'
)


class NoServer(StepFailed):
    """There is data, but no server comes up on it."""


class NoData(StepFailed):
    """There is no database: no container, no volume, or an empty one."""


class Server(NamedTuple):
    """A server that answers.

    Attributes:
        engine: the engine its container runs on.
        container: that container's id.
        service: its Compose service.
        user: a superuser of it.
        database: the database of the official image's variables.
    """

    engine: door.Engine
    container: str
    service: str
    user: str
    database: str

    def argv(self, *command: str, database: str = "", stdin: bool = True) -> list[str]:
        """Return the argv that runs a client program in the container."""
        env = {
            "PGUSER": self.user,
            "PGDATABASE": database or self.database,
            "PGCONNECT_TIMEOUT": "5",
        }
        pairs = [part for k, v in env.items() for part in ("--env", f"{k}={v}")]
        flags = ["--interactive"] if stdin else []
        script = ["sh", "-c", _SCRIPT, "unstuck", *command]
        return ["docker", "exec", *flags, *pairs, self.container, *script]

    def ask(self, sql: str, *, database: str = "", timeout: float = 30.0) -> list[str]:
        """Run statements and return the answer's lines.

        Raises:
            StepFailed: the server refused; the message is its own.
        """
        argv = self.argv(
            *("psql", "-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", sql),
            database=database,
            stdin=False,
        )
        said = runner.run(argv, timeout=timeout)
        if not said.ok:
            raise StepFailed(f"{self.service}: {refusal(said)}")
        return said.out.splitlines()

    def databases(self) -> list[str]:
        """Return the databases that hold tables."""
        from ...core.fixes.pgsql import DATABASES, IS_EMPTY

        return [
            name
            for name in self.ask(DATABASES)
            if name == self.database or self.ask(IS_EMPTY, database=name) != ["0"]
        ]


def refusal(said: runner.Result) -> str:
    """Return why a client program failed, in the server's words."""
    for line in reversed(said.err.splitlines()):
        for mark in ("FATAL:", "ERROR:", "error:"):
            if mark in line:
                return line.partition(mark)[2].strip()
    return said.last_error


@contextmanager
def serving(doing: Doing, *, stop: bool = False) -> Iterator[Server]:
    """Give a server on the stack's database, for as long as the block lasts.

    Args:
        doing: the run it is for.
        stop: whether a server that hangs or loops may be stopped, as what
            follows removes it anyway.

    Raises:
        NoData: there is no database.
        NoServer: there is one, and no server comes up on it.
    """
    service = doing.model.role("db")
    if service is None:
        raise NoData("the stack has no database")
    documents = [
        d
        for d in doing.engine.containers(doing.project)
        if _labels(d).get(door.SERVICE) == service.name
        and _labels(d).get(door.ONE_OFF) != "True"
    ]
    document = documents[0] if documents else None
    status = document["State"]["Status"] if document else ""
    if document and status in ("running", "paused"):
        with _unpaused(doing, document):
            server = _answering(doing, document, service.name, patient=not stop)
            if server:
                yield server
                return
    elif document and status == "restarting" and not stop:
        raise NoServer(f"{service.name} is in a crash loop", "inv triage")
    if document and status in ("running", "paused", "restarting"):
        doing.say(f"{service.name} does not answer; stopping it")
        doing.engine.send("POST", f"/containers/{document['Id']}/stop", timeout=40)
    with _one_off(doing, service.name, document) as server:
        yield server


#: How long after its server answers an image may take to make its database.
INITIALISING_SECONDS = 5.0


def ready(
    doing: Doing, document: door.Json, service: str, patience: float = 20.0
) -> Server:
    """Return the server in a container as soon as it answers.

    Raises:
        NoServer: it does not within ``patience`` seconds, or its container ends.
    """
    env = dict(p.partition("=")[::2] for p in document["Config"]["Env"] or ())
    user = env.get("POSTGRES_USER") or "postgres"
    database = env.get("POSTGRES_DB") or user
    server = Server(doing.engine, document["Id"], service, user, database)
    deadline = time.monotonic() + patience
    why = "it does not answer"
    lacking: float | None = None
    while time.monotonic() < deadline:
        state = doing.engine.inspect(document["Id"])["State"]
        if state["Status"] not in ("running", "created"):
            raise NoServer(f"{service} ended: {_last_words(doing, document['Id'])}")
        try:
            # Over TCP: while an image initialises, only the socket answers.
            if server.ask("select 1", timeout=8) == ["1"]:
                return server
        except StepFailed as error:
            why = error.message
            if "does not exist" in why and "database" in why:
                # An image that initialises makes it in a moment; one that stays
                # away is for whoever asks to see.
                lacking = lacking or time.monotonic()
                if time.monotonic() - lacking > INITIALISING_SECONDS:
                    return server
        time.sleep(0.3)
    raise NoServer(f"{service} has no working server: {why}")


@contextmanager
def _unpaused(doing: Doing, document: door.Json) -> Iterator[None]:
    """Let a paused container go on for as long as the block lasts."""
    path = f"/containers/{document['Id']}"
    if document["State"]["Status"] != "paused":
        yield
        return
    doing.engine.send("POST", f"{path}/unpause")
    try:
        yield
    finally:
        with suppress(door.EngineError, WireError):
            doing.engine.send("POST", f"{path}/pause")


def _answering(
    doing: Doing, document: door.Json, service: str, *, patient: bool
) -> Server | None:
    """Return the server of a running container, None if another way is open.

    Raises:
        NoServer: it does not answer, and nothing else may be tried.
    """
    try:
        return ready(doing, document, service)
    except NoServer:
        if patient:
            raise
        return None


@contextmanager
def _one_off(
    doing: Doing, service: str, document: door.Json | None
) -> Iterator[Server]:
    """Start a server of its own on the data, and end it properly afterwards."""
    mount = data_mount(doing, service, document)
    if mount is None:
        raise NoData(f"{service} has no container and no data")
    if holder := _open_elsewhere(doing, mount, document):
        raise NoServer(f"{holder} has the database's files open")
    if not has_database(doing, service, mount):
        raise NoData(f"there is no database on {mount[0]}")
    doing.say(f"starting {service} in a one-off container")
    argv = doing.compose.argv(
        *("run", "--detach", "--no-deps", "--no-TTY"),
        *("--label", f"{door.OURS}={os.getpid()}"),
        *([] if mount[2] else ["--volume", f"{mount[0]}:{mount[1]}"]),
        service,
    )
    said = runner.run(argv, timeout=120, cwd=doing.compose.cwd)
    if not said.ok:
        raise NoServer(f"{service} can't be started: {said.last_error}")
    container = said.out.strip().splitlines()[-1]
    try:
        made = doing.engine.inspect(container)
        yield ready(doing, made, service, READY_SECONDS)
    finally:
        with suppress(door.EngineError, WireError):
            path = f"/containers/{quote(container)}/stop"
            doing.engine.send("POST", path, timeout=60)
        doing.engine.remove(container)


class Mount(NamedTuple):
    """Where the database's files are.

    Attributes:
        source: volume or directory.
        target: where the container has it.
        declared: whether the Compose files declare it, so that Compose mounts
            it by itself.
    """

    source: str
    target: str
    declared: bool


def data_mount(doing: Doing, service: str, document: door.Json | None) -> Mount | None:
    """Return the mount that holds a database's files, None if there is none."""
    model = doing.model
    pgdata = model.services[service].environment.get("PGDATA") or PGDATA
    for mount in model.services[service].mounts:
        name = model.volumes.get(mount.source, mount.source)
        if mount.type in ("volume", "bind") and _covers(mount.target, pgdata):
            return Mount(name, mount.target, declared=True)
    for mounted in document["Mounts"] if document else ():
        if _covers(mounted["Destination"], pgdata):
            source = mounted.get("Name") or mounted["Source"]
            return Mount(source, mounted["Destination"], declared=False)
    return None


def has_database(doing: Doing, service: str, mount: Mount) -> bool:
    """Whether a PostgreSQL cluster lies on a mount.

    Raises:
        StepFailed: that can't be told.
    """
    if not mount.source.startswith("/") and not volume_exists(doing, mount.source):
        return False
    find = 'find "$1" -maxdepth 3 -name PG_VERSION -size +0 | head -n 1'
    said = look_inside(doing, service, mount, ["sh", "-c", find, "unstuck", "/data"])
    return bool(said.strip())


def look_inside(doing: Doing, service: str, mount: Mount, argv: Sequence[str]) -> str:
    """Run a command on a mount, read-only at ``/data``, and return what it says.

    Raises:
        StepFailed: it can't be run.
    """
    image = doing.model.services[service].image
    try:
        said = doing.engine.one_off(
            image, argv, binds=[f"{mount.source}:/data:ro"], timeout=60
        )
    except (door.EngineError, WireError) as error:
        raise StepFailed(f"{mount.source} can't be looked at: {error}") from error
    if said.code:
        raise StepFailed(f"{mount.source} can't be looked at: {said.err.strip()}")
    return said.out


def _open_elsewhere(doing: Doing, mount: Mount, document: door.Json | None) -> str:
    """Return which running container has a volume mounted, empty if none has."""
    if mount.source.startswith("/"):
        rows = [
            row
            for row in doing.engine.get("/containers/json")
            if any(m.get("Source") == mount.source for m in row.get("Mounts") or ())
        ]
    else:
        rows = users_of_volume(doing.engine, mount.source)
    own = document["Id"] if document else ""
    for row in rows:
        if row["Id"] != own and row["State"] in ("running", "restarting", "paused"):
            return str(row["Names"][0]).lstrip("/")
    return ""


def sweep(doing: Doing) -> None:
    """Remove one-off containers of this project that a killed run left behind.

    Call it under the project's lock: what another run uses is not left behind.
    """
    filters = json.dumps({"label": [f"{door.PROJECT}={doing.project}", door.OURS]})
    for row in doing.engine.get("/containers/json", all=1, filters=filters):
        doing.say(f"removing {row['Names'][0].lstrip('/')}, left by a killed run")
        with suppress(door.EngineError, WireError):
            doing.engine.send("POST", f"/containers/{row['Id']}/stop", timeout=60)
        doing.engine.remove(row["Id"])


def _last_words(doing: Doing, container: str) -> str:
    try:
        pieces = doing.engine.logs(container, tail=5, timestamps=0)
        text = b"".join(pieces).decode(errors="replace")
    except (door.EngineError, WireError):
        return "it says nothing"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (telling or lines or ["it says nothing"])[-1]


def volume_exists(doing: Doing, name: str) -> bool:
    """Whether the engine has a volume of that name."""
    try:
        doing.engine.get(f"/volumes/{quote(name)}")
    except door.EngineError as error:
        if error.status == 404:
            return False
        raise
    return True


def _covers(target: str, pgdata: str) -> bool:
    bind = stakes.Bind(service="", source="", target=target)
    return stakes.Stakes(binds=(bind,)).data_bind("", pgdata) is not None


def _labels(document: door.Json) -> dict[str, str]:
    return document["Config"]["Labels"] or {}
