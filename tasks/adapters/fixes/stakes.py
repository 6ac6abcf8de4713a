"""Looks at what a destructive fix could hit, and at who else uses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import quote

from ...core.fixes.stakes import Bind, ImageUse, Stakes, Volume
from ...core.snapshot import Model
from .. import engine as door
from ..docker.wire import WireError

#: Seconds for the engine to add up sizes; unknown after that.
SIZE_SECONDS = 20.0


def collect(found: door.Engine, model: Model, external: Iterable[str] = ()) -> Stakes:
    """Return everything of a project that could be destroyed.

    Args:
        found: the engine.
        model: the resolved model.
        external: keys of the volumes that the model declares external.
    """
    documents = found.containers(model.project)
    ours = {d["Id"]: d for d in documents if _service(d) in model.services}
    everyone = found.get("/containers/json", all=1)
    sizes, cache = _sizes(found)
    return Stakes(
        containers=tuple(sorted(d["Name"].lstrip("/") for d in ours.values())),
        siblings=tuple(
            sorted(d["Name"].lstrip("/") for d in documents if d["Id"] not in ours)
        ),
        volumes=tuple(_volumes(found, model, ours, everyone, sizes, set(external))),
        binds=tuple(_binds(model, ours)),
        images=tuple(_images(found, model, ours, everyone)),
        cache=cache,
    )


def _service(document: door.Json) -> str:
    return str((document["Config"]["Labels"] or {}).get(door.SERVICE, ""))


def _sizes(found: door.Engine) -> tuple[dict[str, int], int | None]:
    """Return the size of each volume, and the builder cache's."""
    try:
        # Older engines ignore the type and add up everything.
        used = found.get("/system/df?type=volume&type=build-cache", SIZE_SECONDS)
    except (door.EngineError, WireError):
        return {}, None
    volumes = {
        row["Name"]: (row.get("UsageData") or {}).get("Size", -1)
        for row in used.get("Volumes") or ()
    }
    rows = used.get("BuildCache") or ()
    cache = sum(row.get("Size", 0) for row in rows if not row.get("Shared"))
    return {name: size for name, size in volumes.items() if size >= 0}, cache


def _volumes(
    found: door.Engine,
    model: Model,
    ours: dict[str, door.Json],
    everyone: list[door.Json],
    sizes: dict[str, int],
    external: set[str],
) -> Iterable[Volume]:
    keys = {name: key for key, name in model.volumes.items()}
    seen: dict[str, tuple[str, str]] = {}
    for service in model.services.values():
        for mount in service.mounts:
            name = model.volumes.get(mount.source, mount.source)
            if mount.type == "volume" and name in keys:
                seen.setdefault(name, (service.name, mount.target))
    for document in ours.values():
        for mount in document["Mounts"]:
            if mount["Type"] == "volume":
                place = (_service(document), mount["Destination"])
                seen.setdefault(mount["Name"], place)
    for name, (owner, target) in seen.items():
        if not _exists(found, f"/volumes/{quote(name)}"):
            continue
        yield Volume(
            name=name,
            key=keys.get(name, ""),
            service=owner,
            target=target,
            size=sizes.get(name),
            external=keys.get(name, "") in external,
            others=_others(ours, everyone, partial(_mounts, name)),
        )


def _binds(model: Model, ours: dict[str, door.Json]) -> Iterable[Bind]:
    seen = {
        (service.name, mount.source, mount.target)
        for service in model.services.values()
        for mount in service.mounts
        if mount.type == "bind"
    }
    seen |= {
        (_service(document), mount["Source"], mount["Destination"])
        for document in ours.values()
        for mount in document["Mounts"]
        if mount["Type"] == "bind"
    }
    for service, source, target in sorted(seen):
        yield Bind(service=service, source=source, target=target)


def _images(
    found: door.Engine,
    model: Model,
    ours: dict[str, door.Json],
    everyone: list[door.Json],
) -> Iterable[ImageUse]:
    users: dict[str, set[str]] = {}
    built: set[str] = set()
    references = {s.image for s in model.services.values() if s.context and s.image}
    for service in model.services.values():
        document = found.image(service.image) if service.image else None
        if document:
            users.setdefault(document["Id"], set()).add(service.name)
            if service.image in references:
                built.add(document["Id"])
    for container in ours.values():
        users.setdefault(container["Image"], set()).add(_service(container))
        # Made by an earlier build of a service that is built here.
        if container["Config"]["Image"] in references:
            built.add(container["Image"])
    for id, services in users.items():
        document = found.image(id)
        if document is None:
            continue
        yield ImageUse(
            id=id,
            tags=(tags := tuple(document.get("RepoTags") or ())),
            own=tuple(
                tag for tag in tags if tag in references or _untagged(tag) in references
            ),
            services=tuple(sorted(services)),
            built=id in built,
            size=int(document.get("Size", 0)),
            others=_others(ours, everyone, partial(_runs, id)),
        )


def _mounts(volume: str, row: door.Json) -> bool:
    return any(mount.get("Name") == volume for mount in row.get("Mounts") or ())


def _runs(image: str, row: door.Json) -> bool:
    return bool(row.get("ImageID") == image)


def _untagged(tag: str) -> str:
    return tag.removesuffix(":latest")


def _others(
    ours: dict[str, door.Json],
    everyone: list[door.Json],
    uses: Callable[[door.Json], bool],
) -> tuple[str, ...]:
    """Return the names of containers that use something and aren't the model's."""
    return tuple(
        sorted(
            row["Names"][0].lstrip("/")
            for row in everyone
            if row["Id"] not in ours and uses(row)
        )
    )


def _exists(found: door.Engine, path: str) -> bool:
    try:
        found.get(path)
    except door.EngineError as error:
        if error.status == 404:
            return False
        raise
    return True


def external_volumes(document: door.Json) -> list[str]:
    """Return the keys of the external volumes in Compose's resolved document."""
    declared = document.get("volumes") or {}
    return [key for key, body in declared.items() if (body or {}).get("external")]


def users_of_volume(found: door.Engine, name: str) -> list[door.Json]:
    """Return the containers, stopped ones too, that mount a volume."""
    filters = json.dumps({"volume": [name]})
    listed: list[door.Json] = found.get("/containers/json", all=1, filters=filters)
    return listed
