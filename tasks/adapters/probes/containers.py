"""The project's containers, the images behind them and its published ports."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from ...core import snapshot
from ...core.states import runs_once
from .. import engine as door
from .. import http, processes
from ..docker.wire import WireError
from ..look import Look, Unseen

#: Deaths in so many of the last seconds tell of the crash loop that goes on.
LOOP_SECONDS = 600
#: The process by which the engine publishes a container's port.
PROXY = "docker-proxy"
#: Seconds between the first and the last sample of a container's state.
SAMPLE_SECONDS = 0.25


def documents(look: Look) -> list[door.Json]:
    """Return the inspect documents of the project's containers."""
    found: door.Engine = look.get("client")
    listed: list[door.Json] = found.containers(look.get("model").project)
    return listed


def containers(look: Look) -> tuple[snapshot.Container, ...]:
    """Look at each container's state; again at one that is between two states."""
    first = look.get("documents")
    found: door.Engine = look.get("client")
    samples = {d["Id"]: [_sample(d)] for d in first}
    restarted = [document["Id"] for document in first if _restarted(document)]
    deaths = _deaths(found, restarted) if restarted else {}
    if passing := [document["Id"] for document in first if _passing(document)]:
        time.sleep(SAMPLE_SECONDS)
        for container in passing:
            try:
                samples[container].append(_sample(found.inspect(container)))
            except door.EngineError:
                continue  # removed meanwhile
    return tuple(
        _done(
            _container(d, tuple(samples[d["Id"]]), deaths.get(d["Id"], Deaths())),
            look.get("model"),
        )
        for d in first
    )


def _done(container: snapshot.Container, model: snapshot.Model) -> snapshot.Container:
    """Mark a container that was to run once and has, for all who read states."""
    from msgspec.structs import replace

    ended = container.status == "exited" and container.exit_code == 0
    return replace(container, done=ended and runs_once(model, container.service))


class Deaths(NamedTuple):
    """How a container's earlier runs ended.

    Attributes:
        code: exit code of the last of them, None if it isn't known.
        oom: one was killed for want of memory.
    """

    code: int | None = None
    oom: bool = False


def _deaths(found: door.Engine, ids: list[str]) -> dict[str, Deaths]:
    """Read from the engine's events how earlier runs of containers ended.

    While the next run lasts, the state itself says 0. The engine remembers few
    events, but a crash loop makes new ones.
    """
    now = int(time.time())
    filters = json.dumps({"container": ids, "event": ["die", "oom"]})
    known: dict[str, Deaths] = {}
    window = {"since": now - LOOP_SECONDS, "until": now}
    try:
        for event in found.events(1.0, filters=filters, **window):
            key = event["Actor"]["ID"]
            before = known.get(key, Deaths())
            if event["Action"] == "oom":
                known[key] = before._replace(oom=True)
            else:
                code = event["Actor"]["Attributes"].get("exitCode", "")
                known[key] = before._replace(code=int(code) if code else None)
    except (door.EngineError, WireError, ValueError, KeyError):
        pass  # what was read by then counts
    return known


def images(look: Look) -> tuple[snapshot.Image, ...]:
    """Look at the image that each service would start from."""
    found: door.Engine = look.get("client")
    services = look.get("model").services.values()
    # Several may start from one: x-backend, say, under three commands.
    documents = {
        name: found.image(name) for name in {s.image for s in services} if name
    }
    seen = []
    for service in services:
        document = documents.get(service.image)
        seen.append(
            snapshot.Image(
                service=service.name,
                reference=service.image,
                id=document["Id"] if document else "",
                created=document.get("Created", "") if document else "",
                arch=document.get("Architecture", "") if document else "",
                size=document.get("Size", 0) if document else 0,
                history=_history(found, service) if document else (),
            )
        )
    return tuple(seen)


def ports(look: Look) -> tuple[snapshot.Port, ...]:
    """Look at who listens on each port that the model publishes."""
    found: door.Engine = look.get("client")
    ours = {
        (int(binding["HostPort"]))
        for document in look.get("documents")
        if document["State"]["Running"]
        for bindings in (document["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or ()
    }
    seen = []
    for port in look.get("compose").ports:
        if port.port in ours:
            seen.append(_with(port, open=True, ours=True))
            continue
        host = look.settings.host or found.endpoint.host
        if not http.port_open(host, port.port):
            seen.append(port)
            continue
        who = holder(look, found, port.port)
        # A crash loop came up since it was inspected, and is down again by now.
        passing = PROXY in who and port.port in _looping_ports(look)
        seen.append(_with(port, open=True, ours=passing, holder="" if passing else who))
    return tuple(seen)


def _looping_ports(look: Look) -> set[int]:
    """Return the ports that restarted containers of the project publish when up."""
    return {
        int(binding["HostPort"])
        for document in look.get("documents")
        if _restarted(document)
        for bindings in (document["HostConfig"]["PortBindings"] or {}).values()
        for binding in bindings or ()
        if binding["HostPort"].isdecimal()
    }


def holder(look: Look, found: door.Engine, port: int) -> str:
    """Name what holds a port: another container, or a process of this machine."""
    project = look.get("model").project
    for row in found.get("/containers/json"):
        if any(p.get("PublicPort") == port for p in row.get("Ports", ())):
            labels = row.get("Labels") or {}
            name = row["Names"][0].lstrip("/")
            other = labels.get(door.PROJECT, "")
            if other and other != project:
                return f"container {name} of the project {other}"
            return f"container {name}"
    if not found.endpoint.local:
        return "something on the engine's machine"
    return processes.listener(port)


def running(look: Look, service: str) -> door.Json:
    """Return the inspect document of a service's running container.

    Raises:
        Unseen: it has none that a command can be run in; says which state.
    """
    states = []
    for document in look.get("documents"):
        labels = document["Config"]["Labels"] or {}
        if labels.get(door.SERVICE) != service or labels.get(door.ONE_OFF) == "True":
            continue
        if document["State"]["Status"] == "running":
            found: door.Json = document
            return found
        states.append(document["State"]["Status"])
    raise Unseen(f"{service} is {states[0] if states else 'not created'}")


def variable(document: door.Json, name: str) -> str:
    """Return the value of one of the container's variables, empty if it isn't set."""
    head = f"{name}="
    values = (p for p in document["Config"]["Env"] or () if p.startswith(head))
    return str(next(values, head)).removeprefix(head)


def _history(found: door.Engine, service: snapshot.Service) -> tuple[str, ...]:
    """Return the commands an own image was built by; others' don't matter."""
    if not service.context:
        return ()
    rows = found.get(f"/images/{quote(service.image, safe='/:')}/history")
    return tuple(row.get("CreatedBy", "") for row in rows)


def _with(port: snapshot.Port, **changes: object) -> snapshot.Port:
    import msgspec

    return msgspec.structs.replace(port, **changes)


def _restarted(document: door.Json) -> bool:
    return bool(document["RestartCount"] or document["State"]["Restarting"])


def _passing(document: door.Json) -> bool:
    """Tell whether a restarted container is neither up nor waiting for its start.

    In a crash loop that lasts for a moment only. Of the other two, the time of
    its start or the state itself tells whether it loops: see `states.looping`.
    """
    settled = document["State"]["Status"] in ("running", "restarting")
    return _restarted(document) and not settled


def _sample(document: door.Json) -> snapshot.Sample:
    return snapshot.Sample(
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        status=document["State"]["Status"],
        restarts=document["RestartCount"],
        exit_code=document["State"]["ExitCode"],
    )


def _container(
    document: door.Json, samples: tuple[snapshot.Sample, ...], deaths: Deaths
) -> snapshot.Container:
    state = document["State"]
    configuration = document["Config"]
    labels = configuration["Labels"] or {}
    health = state.get("Health") or {}
    log = health.get("Log") or []
    return snapshot.Container(
        service=labels.get(door.SERVICE, ""),
        name=document["Name"].lstrip("/"),
        id=document["Id"][:12],
        number=int(labels.get(door.NUMBER) or 1),
        image=configuration["Image"],
        image_id=document["Image"],
        status=state["Status"],
        health=health.get("Status", ""),
        health_output=(log[-1]["Output"].strip()[-400:] if log else ""),
        exit_code=state["ExitCode"],
        last_exit=deaths.code,
        oom_killed=state["OOMKilled"] or deaths.oom,
        error=state["Error"],
        restarts=document["RestartCount"],
        created=document["Created"],
        started=state["StartedAt"],
        finished=state["FinishedAt"],
        environment=dict(
            pair.partition("=")[::2] for pair in configuration["Env"] or ()
        ),
        samples=samples,
        one_off=labels.get(door.ONE_OFF) == "True",
        config_hash=labels.get(door.CONFIG_HASH, ""),
    )
