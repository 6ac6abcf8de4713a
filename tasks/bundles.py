"""Every collector of the log bundle, one function each.

To add one, write a function here that yields pieces, and declare it with an
id, a time limit in seconds and a cap in bytes. The kind of piece says how it
is redacted: `Tree` key by key, `Text` as a whole, `Stream` as it comes; a
collector that could not look yields a `Lack` or raises with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .core.bundle.collectors import (
    MB,
    Lack,
    Piece,
    Scene,
    Stream,
    Text,
    Tree,
    collector,
)

if TYPE_CHECKING:
    from .core.snapshot import Container

#: What a container's life consists of; a healthcheck's every exec does not.
LIFE = frozenset(
    {
        "create",
        "destroy",
        "die",
        "health_status",
        "kill",
        "oom",
        "pause",
        "rename",
        "restart",
        "start",
        "stop",
        "unpause",
        "update",
    }
)
#: Lines of one container that ``--since`` without ``--all`` stops at.
MOST_LINES = 500_000


@collector("snapshot", seconds=5, cap=64 * MB)
def snapshot(scene: Scene) -> Iterator[Piece]:
    """Everything the probes saw; replay starts from it."""
    from .core.bundle.layout import SNAPSHOT
    from .core.snapshot import builtins

    yield Tree(SNAPSHOT, builtins(scene.snapshot))


@collector("report", seconds=5, cap=16 * MB)
def report(scene: Scene) -> Iterator[Piece]:
    """Findings and diagnoses as they were when the bundle was made."""
    from .core.bundle.layout import REPORT
    from .core.snapshot import builtins

    yield Tree(REPORT, builtins(scene.report))


@collector("ps", seconds=5, cap=1 * MB)
def ps(scene: Scene) -> Iterator[Piece]:
    """State, health, restarts and ports of every container, as a table."""
    from .core.bundle.tables import ps_table

    yield Text("ps.txt", ps_table(scene.snapshot))


@collector("facts", seconds=5, cap=4 * MB)
def facts(scene: Scene) -> Iterator[Piece]:
    """Migrations, installed versions, row counts: what is asked first."""
    from .core.bundle.tables import facts as told

    yield Tree("facts.json", told(scene.snapshot))


@collector("compose", seconds=15, cap=4 * MB)
def compose(scene: Scene) -> Iterator[Piece]:
    """The resolved Compose model."""
    from .adapters.compose import Compose

    said = Compose(scene.settings).run("config", timeout=10.0)
    if said.ok:
        yield Text("compose/resolved.yaml", said.out)
    else:
        yield Lack("compose/resolved.yaml", said.last_error)


@collector("files", seconds=5, cap=4 * MB)
def files(scene: Scene) -> Iterator[Piece]:
    """The Compose files as they are on disk."""
    from .adapters.files import compose_files

    for name, text in compose_files(scene.settings).items():
        yield Text(f"compose/{name.strip('/')}", text)


@collector("containers", seconds=15, cap=16 * MB)
def containers(scene: Scene) -> Iterator[Piece]:
    """Inspect document of each container, its health history included."""
    for document in scene.engine().containers(scene.project):
        yield Tree(f"containers/{document['Name'].lstrip('/')}.json", document)


@collector("stats", seconds=10, cap=4 * MB)
def stats(scene: Scene) -> Iterator[Piece]:
    """Memory, CPU and network of each running container, one reading."""
    engine = scene.engine()
    readings: dict[str, Any] = {}
    for one in scene.snapshot.containers or ():
        if one.status == "running":
            path = f"/containers/{one.id}/stats"
            query: dict[str, object] = {"stream": "false", "one-shot": "true"}
            readings[one.name] = engine.get(path, 5.0, **query)
    yield Tree("containers/stats.json", readings)


@collector("images", seconds=15, cap=8 * MB)
def images(scene: Scene) -> Iterator[Piece]:
    """The image of each service, and the history it was built by."""
    engine = scene.engine()
    for image in scene.snapshot.images or ():
        if not image.id:
            yield Lack(f"images/{image.service}.json", f"no image {image.reference}")
            continue
        path = f"/images/{quote(image.id, safe=':')}"
        found = engine.get(f"{path}/json")
        history = engine.get(f"{path}/history")
        yield Tree(f"images/{image.service}.json", {"image": found, "history": history})


@collector("engine", seconds=10, cap=2 * MB)
def engine(scene: Scene) -> Iterator[Piece]:
    """The engine's version and settings."""
    found = scene.engine()
    yield Tree("engine/version.json", found.get("/version"))
    yield Tree("engine/info.json", found.get("/info"))


@collector("disk", seconds=20, cap=4 * MB)
def disk(scene: Scene) -> Iterator[Piece]:
    """What takes up the engine's disk: images, containers, volumes, build cache."""
    used = scene.engine().get("/system/df", 20.0)
    sums = {
        "images": sum(i.get("Size", 0) for i in used.get("Images") or ()),
        "layers": used.get("LayersSize", 0),
        "containers": sum(c.get("SizeRw", 0) for c in used.get("Containers") or ()),
        "volumes": {
            v["Name"]: (v.get("UsageData") or {}).get("Size", -1)
            for v in used.get("Volumes") or ()
        },
        "build_cache": sum(b.get("Size", 0) for b in used.get("BuildCache") or ()),
    }
    yield Tree("engine/disk.json", sums)


@collector("network", seconds=10, cap=2 * MB)
def network(scene: Scene) -> Iterator[Piece]:
    """Published ports, who holds them, and the project's networks."""
    from .core.snapshot import builtins

    yield Tree("network/ports.json", builtins(scene.snapshot.ports))
    filters = f'{{"label":["com.docker.compose.project={scene.project}"]}}'
    found = scene.engine().get("/networks", filters=filters)
    yield Tree("network/networks.json", found)


@collector("events", seconds=10, cap=8 * MB)
def events(scene: Scene) -> Iterator[Piece]:
    """Container events of the last hour, as far as the engine still has them."""
    from .core.bundle.layout import EVENTS
    from .core.logs.events import event
    from .core.snapshot import builtins

    since, until = int(scene.now) - 3600, int(scene.now)
    rows = list(scene.engine().events(9.0, since=since, until=until))
    # The engine keeps its last 256 events only, healthchecks' execs included.
    first = min((row.get("timeNano", 0) for row in rows), default=0) / 1e9
    label = "com.docker.compose.project"
    ours = [
        event(row)
        for row in rows
        if row.get("Actor", {}).get("Attributes", {}).get(label) == scene.project
        and str(row.get("Action", "")).partition(":")[0] in LIFE
    ]
    yield Tree(
        EVENTS, {"since": since, "complete_since": first, "events": builtins(ours)}
    )


@collector("git", seconds=10, cap=1 * MB)
def git(scene: Scene) -> Iterator[Piece]:
    """Branch, commit and dirty files of the stack's checkout."""
    from .adapters.runner import run

    root = scene.settings.root

    def ask(*args: str) -> str:
        said = run(("git", *args), timeout=5.0, cwd=root)
        return said.out.strip() if said.ok else ""

    inside = run(("git", "rev-parse", "--is-inside-work-tree"), timeout=5.0, cwd=root)
    if not inside.ok:
        yield Lack("git.json", inside.last_error)
        return
    told = {
        "branch": ask("rev-parse", "--abbrev-ref", "HEAD"),
        "commit": ask("rev-parse", "HEAD"),
        "subject": ask("log", "-1", "--format=%s"),
        "date": ask("log", "-1", "--format=%cI"),
        "describe": ask("describe", "--always", "--dirty", "--tags"),
        "dirty": ask("status", "--porcelain=v1", "--branch").splitlines(),
        "changed": ask("diff", "--stat", "HEAD").splitlines(),
    }
    yield Tree("git.json", told)


@collector("logs", seconds=60, cap=256 * MB, streams=True)
def logs(scene: Scene) -> Iterator[Piece]:
    """Each container's log, the run before the last restart by itself."""
    from .core.bundle.layout import LOGS
    from .core.moments import engine_time, since

    options = scene.options
    query: dict[str, object] = {"until": engine_time(scene.now)}
    if options.since:
        query["since"] = engine_time(since(options.since, scene.now))
    lines = MOST_LINES if options.since else options.tail
    query["tail"] = "all" if options.tail is None else lines
    listed = scene.snapshot.containers
    if listed is None:
        yield Lack(LOGS, f"no container seen: {scene.snapshot.why_not('containers')}")
    for one in listed or ():
        if one.one_off or not scene.wanted(one.service):
            continue
        pieces = scene.engine().logs(one.id, timeout=10.0, **query)
        yield Stream(f"{LOGS}/{one.service}/{one.name}.log", pieces)
        if one.restarts and options.tail is not None:
            yield from _previous(scene, one, options.tail)


def _previous(scene: Scene, one: Container, lines: int) -> Iterator[Piece]:
    """Yield the end of what the runs before the present one said."""
    from .core.bundle.layout import LOGS
    from .core.moments import nanoseconds

    query: dict[str, object] = {"tail": lines, "until": nanoseconds(one.started)}
    pieces = scene.engine().logs(one.id, timeout=10.0, **query)
    yield Stream(f"{LOGS}/{one.service}/{one.name}.previous.log", pieces)
