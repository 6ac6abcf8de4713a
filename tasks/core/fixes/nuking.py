"""Nuke and rebuild, exactly: playbook section 6.

What goes: this model's containers, the images that its services build, on
request the builder cache and the data. What stays: base images, whatever a
sibling Compose file or another project runs, and directories of the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model import Step
from ..sources import migrations as graph
from ..states import size
from .fix import Blocked, Facts, Healthy, Keeps, Next, Note, Parts
from .remedies import expected, names
from .schema import backup_step, one_off
from .stakes import Bind, ImageUse, Stakes, Volume

#: Where the official image keeps its data unless PGDATA says otherwise.
PGDATA = "/var/lib/postgresql/data"


def nuke(facts: Facts) -> Parts:
    """Yield the whole of it; see the module's text."""
    model, stakes = facts.snapshot.model, facts.stakes
    if model is None or model.approximate or model.error:
        why = model.error if model else facts.snapshot.why_not("model")
        yield Blocked(f"Compose does not resolve the files: {why}")
        return
    if stakes is None:
        yield Blocked("the engine does not answer, so nothing can be removed")
        yield Next("inv fix.restart-docker")
        return
    data = bool(facts.options.get("data"))
    cache = not facts.options.get("keep-cache")
    database = Database.of(facts, stakes)
    stops = list(_cannot(database, stakes, data=data))
    if stops:
        yield from stops
        return
    if database and (data or database.perishable or _to_migrate(facts)):
        yield backup_step(files=data or database.perishable)
    if data:
        yield from _copies(facts, stakes, database)
    yield _down(facts, stakes, database, data=data)
    if data and database and database.bind:
        yield _move_aside(facts, database.bind)
    yield from _images(stakes)
    if cache:
        yield _prune(stakes)
    yield from _build(facts, fresh=not cache)
    yield from _up(facts, database, data=data)
    yield from _keeps(facts, stakes, database, data=data)
    yield Healthy(expected(facts))


class Database:
    """Where the database's data lies, and what a nuke would do to it."""

    def __init__(
        self, service: str, volume: Volume | None, bind: Bind | None, *, made: bool
    ) -> None:
        self.service = service
        self.volume = volume
        self.bind = bind
        self._made = made

    @classmethod
    def of(cls, facts: Facts, stakes: Stakes) -> Database | None:
        """Return the stack's database, None if it has none."""
        model = facts.snapshot.model
        service = model.role("db") if model else None
        if service is None:
            return None
        pgdata = service.environment.get("PGDATA") or PGDATA
        return cls(
            service.name,
            stakes.data_volume(service.name, pgdata),
            stakes.data_bind(service.name, pgdata),
            made=bool(facts.snapshot.of(service.name)),
        )

    @property
    def perishable(self) -> bool:
        """Whether `down` alone loses it: it is in no named volume or directory."""
        if self.bind is not None:
            return False
        return self._made and not (self.volume and self.volume.key)


def _cannot(database: Database | None, stakes: Stakes, *, data: bool) -> Parts:
    if not data:
        return
    if database is None:
        yield Blocked("the stack has no database to reset: leave --data out")
        return
    volume = database.volume
    if volume is not None and volume.external:
        yield Blocked(
            f"the database is on the volume {volume.name}, which is external: "
            "the Compose files don't own it"
        )
    for other in (v for v in stakes.volumes if v.others and v.key and not v.external):
        yield Blocked(
            f"the volume {other.name} is used by {names(other.others)}, "
            "which these Compose files don't know"
        )


def _to_migrate(facts: Facts) -> bool:
    """Whether the migration at the end may change data: not known counts as yes."""
    files, db = facts.snapshot.migrations, facts.snapshot.database
    if files is None:
        return False
    if db is None or not db.reachable:
        return True
    return bool(graph.behind(files, db.revisions or ()))


def _copies(facts: Facts, stakes: Stakes, database: Database | None) -> Iterator[Step]:
    """Yield a copy of every other volume that goes: a dump does not hold those."""
    own = database.volume.name if database and database.volume else ""
    others = [v for v in stakes.volumes if not v.external and v.name != own]
    if not others:
        return
    yield facts.run("stop everything, so that files can be copied", "stop")
    for volume in others:
        yield Step(
            why=f"copy the {shown(volume)} to a file",
            argv=(
                *("docker", "run", "--rm", "--network", "none", "--entrypoint", "tar"),
                *("--volume", f"{volume.name}:/data:ro"),
                *(_image_of(facts, volume), "-C", "/data", "-cf", "-", "."),
            ),
            action="copy-volume",
            args={"volume": volume.name, "service": volume.service},
            timeout=6 * 3600.0,
        )


def _image_of(facts: Facts, volume: Volume) -> str:
    model = facts.snapshot.model
    return model.services[volume.service].image if model else ""


def _down(
    facts: Facts, stakes: Stakes, database: Database | None, *, data: bool
) -> Step:
    gone = [f"{len(stakes.containers)} containers: {names(stakes.containers)}"]
    if not stakes.containers:
        gone = []
    volumes = [v for v in stakes.volumes if data and not v.external]
    if not data and database and database.perishable:
        gone.append("the database: it is in no named volume; it is put back later")
    gone += [shown(volume) for volume in volumes]
    if volumes:
        return Step(
            why="remove containers, network and volumes",
            argv=(*facts.compose, "down", "--volumes"),
            action="down",
            args={"volumes": " ".join(v.name for v in volumes)},
            destroys=tuple(gone),
            loses_data=True,
            timeout=600,
        )
    perishable = bool(database and database.perishable)
    return facts.run(
        "remove containers and network",
        "down",
        destroys=tuple(gone),
        loses_data=perishable,
        timeout=600.0,
    )


def shown(volume: Volume) -> str:
    """Return a volume as a plan names what it destroys."""
    much = size(volume.size) if volume.size is not None else "size unknown"
    if volume.key:
        return f"volume {volume.name} ({much})"
    return f"anonymous volume {volume.name[:12]} of {volume.service} ({much})"


def _move_aside(facts: Facts, bind: Bind) -> Step:
    aside = f"{bind.source.rstrip('/')}.{facts.stamp}"
    return Step(
        why=f"move {bind.source} aside, to {aside}",
        argv=("mv", bind.source, aside),
        action="move-aside",
        args={"source": bind.source, "target": aside, "service": bind.service},
        timeout=120,
    )


def _images(stakes: Stakes) -> Parts:
    mine = [image for image in stakes.images if image.built]
    for image in (i for i in mine if i.others):
        yield Keeps(f"{_called(image)}: used by {names(image.others)}")
    gone = [image for image in mine if not image.others]
    if not gone:
        return
    references = [tag for image in gone for tag in _own_tags(image) or (image.id,)]
    yield Step(
        why="remove the images that this project builds",
        argv=("docker", "image", "rm", *references),
        action="remove-images",
        args={"images": " ".join(references)},
        destroys=tuple(f"image {_called(i)} ({size(i.size)})" for i in gone),
        timeout=300,
    )


def _own_tags(image: ImageUse) -> tuple[str, ...]:
    """Return the names under which this project built it; others' names stay."""
    return tuple(tag for tag in image.tags if tag in image.own)


def _called(image: ImageUse) -> str:
    return ", ".join(_own_tags(image) or image.tags) or image.id[7:19]


def _prune(stakes: Stakes) -> Step:
    much = size(stakes.cache) if stakes.cache is not None else "size unknown"
    return Step(
        why="empty the builder cache (--keep-cache leaves it)",
        argv=("docker", "builder", "prune", "--all", "--force"),
        destroys=(f"the builder cache of every project on the engine ({much})",),
    )


def _build(facts: Facts, *, fresh: bool) -> Iterator[Step]:
    model = facts.snapshot.model
    if model is None or not any(s.context for s in model.services.values()):
        return
    # With the cache left alone, what is suspected in it must not be used.
    flags = ("--no-cache",) if fresh else ()
    yield facts.run("build every image anew", "build", *flags, timeout=3600.0)


def _up(facts: Facts, database: Database | None, *, data: bool) -> Iterator[Step]:
    """Yield the start: first what migrating needs, then the rest."""
    migrates = bool(facts.settings.migrate and facts.snapshot.migrations)
    if database is not None:
        db = database.service
        yield facts.run(f"start {db}", "up", "--detach", "--no-deps", db)
        yield Step(
            why=f"wait until {db} answers",
            argv=(*facts.compose, "exec", db, "pg_isready"),
            action="await-database",
            timeout=180,
        )
        if database.perishable and not data:
            yield Step(
                why="put the database back",
                argv=("inv", "db.restore", "FILE"),
                action="restore-latest",
                timeout=6 * 3600.0,
            )
        if migrates and facts.role("backend"):
            yield one_off(facts, "migrate the database", *facts.settings.migrate)
    yield facts.run("start everything", "up", "--detach")


def _keeps(
    facts: Facts, stakes: Stakes, database: Database | None, *, data: bool
) -> Parts:
    volumes: Iterable[Volume] = stakes.volumes
    for volume in volumes:
        if not data and volume.key:
            yield Keeps(f"volume {volume.name}")
        elif volume.external:
            yield Keeps(f"volume {volume.name}, which is external")
    for source in dict.fromkeys(bind.source for bind in stakes.binds):
        moved = data and database and database.bind and database.bind.source == source
        how = "is moved aside" if moved else "survives"
        yield Keeps(f"directory {source} {how}: it is bind-mounted")
    if stakes.siblings:
        yield Keeps(
            f"containers of other Compose files in this project: "
            f"{names(stakes.siblings)}"
        )
    base = [i for i in stakes.images if not i.built]
    if base:
        yield Keeps(f"base images: {names(_called(i) for i in base)}")
    if facts.options.get("keep-cache"):
        yield Keeps("the builder cache; images are built without it")
    if data:
        yield Note("the database starts empty: inv fix.seed fills it")
        yield Next("inv fix.seed")
        yield Next("inv db.list, then inv db.restore FILE")
