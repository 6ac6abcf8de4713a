"""Is there an engine, which one, and does it have room?"""

from __future__ import annotations

import time
from datetime import datetime

from ...core import snapshot
from ...core.errors import EngineUnavailable
from .. import engine as door
from ..docker.wire import WireError
from ..look import Look, Unseen


def client(look: Look) -> door.Engine:
    """Return the engine's client for the other probes.

    They all fail for the same reason, which the engine's own facts tell whole.
    """
    try:
        return door.connect(min(look.timeout, 5.0))
    except EngineUnavailable as error:
        raise Unseen("no Docker Engine answers") from error


def engine(look: Look) -> snapshot.Engine:
    """Look at the engine; that none answers is a fact as well."""
    full_version, compose_error = look.get("compose_version")
    compose_version = full_version.partition("-")[0]
    try:
        found: door.Engine = look.get("client")
    except Unseen:
        return snapshot.Engine(
            error=why_none(),
            compose=compose_version,
            compose_error=compose_error,
            configured=door.configured(),
        )
    info = found.get("/info")
    return snapshot.Engine(
        reachable=True,
        context=found.endpoint.context,
        endpoint=found.endpoint.url,
        local=found.endpoint.local,
        # Without what a distribution appends: 26.1.5+dfsg1
        version=str(info.get("ServerVersion", "")).partition("+")[0],
        api=found.api,
        os=str(info.get("OperatingSystem", "")),
        arch=str(info.get("Architecture", "")),
        desktop="Docker Desktop" in str(info.get("OperatingSystem", "")),
        cpus=int(info.get("NCPU", 0)),
        memory=int(info.get("MemTotal", 0)),
        root=str(info.get("DockerRootDir", "")),
        disk_free=disk_free(look, found, str(info.get("DockerRootDir", ""))),
        clock_offset=clock_offset(info),
        compose=compose_version,
        compose_error=compose_error,
    )


def confirm(seen: snapshot.Snapshot, look: Look) -> snapshot.Snapshot:
    """Return the Snapshot with the engine marked as lost if it went while asked.

    What was seen before stays; the rest was skipped for a reason that only
    this tells.
    """
    from msgspec.structs import replace

    found: door.Engine | None = look.maybe("client")
    if found is None or not look.failed_with(WireError):
        return seen
    try:
        found.get("/version", timeout=2.0)
    except (WireError, door.EngineError) as error:
        words = f"the engine at {found.endpoint.url} stopped answering: {error}"
        engine = seen.engine or snapshot.Engine(context=found.endpoint.context)
        return replace(seen, engine=replace(engine, reachable=False, error=words))
    return seen


def why_none() -> str:
    """Return why no engine answers, in whole."""
    try:
        door.connect(1.0)
    except EngineUnavailable as error:
        return error.message
    return "the engine did not answer, and does now: look again"


def disk_free(look: Look, found: door.Engine, root: str) -> int | None:
    """Return the bytes left on the engine's own disk, None if it can't be told.

    On this machine the data directory tells. Inside Docker Desktop's virtual
    machine, or far away, a running container does: its root file system lies
    on that disk.
    """
    from .disk import free_in_container, free_on_host

    if found.endpoint.local and (free := free_on_host(root)) is not None:
        return free
    for document in look.maybe("documents") or ():
        if document["State"]["Status"] == "running":
            return free_in_container(found, document["Id"], "/")
    return None


def clock_offset(info: door.Json) -> float | None:
    """Return how many seconds the engine's clock is ahead of this machine's."""
    said = str(info.get("SystemTime", ""))
    try:
        there = datetime.fromisoformat(said)
    except ValueError:
        return None
    return round(there.timestamp() - time.time(), 1)
