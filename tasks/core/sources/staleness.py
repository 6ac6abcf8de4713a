"""Whether what runs is what lies in the working tree: playbook section 7."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..snapshot import Container, HostFiles, Inside, Model, Service, Snapshot
from ..verdict import Verdicts, failed, passed, skipped, warned
from . import pins, requirements

#: Names shown of a longer list.
SHOWN = 6
#: The probes read no more source files than this; see `tasks.adapters.files`.
MANY_FILES = 2000


def verdicts(snap: Snapshot) -> Verdicts:
    """Say what is older than it should be: files, packages, environment, image."""
    if snap.model is None:
        yield skipped(snap.why_not("model"))
        return
    if snap.model.error and not snap.model.services:
        yield skipped("what should run is not known (check.compose)")
        return
    if snap.model.role("backend"):
        yield from _files(snap)
        yield from _packages(snap)
    yield from _environment(snap)
    yield from _images(snap)
    if snap.containers is None:
        yield skipped(f"containers: {snap.why_not('containers')}")
    if seen := _looked_at(snap, snap.model):
        yield passed(f"up to date: {', '.join(seen)}")
    elif snap.containers is not None:
        yield skipped("nothing is built or started yet")


def _looked_at(snap: Snapshot, model: Model) -> list[str]:
    """Name what could be held against the files: a pass speaks of nothing else."""
    host, inside, lines = snap.host_files, snap.inside, snap.requirements
    built = {image.service for image in snap.images or () if image.id}
    looked = {
        "source": host and inside and _same_layout(host, inside),
        "packages": inside and lines and not lines.error,
        "environment": not model.error and any(map(snap.of, model.services)),
        "images": any(one.service in built for one in snap.dockerfiles or ()),
    }
    return [part for part, seen in looked.items() if seen]


def _same_layout(host: HostFiles, inside: Inside) -> bool:
    return len(host.files.keys() & inside.files.keys()) * 2 >= len(host.files)


def old_files(host: HostFiles, inside: Inside) -> tuple[list[str], list[str]]:
    """Return the paths that differ in a container, and those that it lacks.

    None of a container that is laid out otherwise than the build context.
    """
    if not _same_layout(host, inside):
        return [], []
    shared = host.files.keys() & inside.files.keys()
    changed = sorted(path for path in shared if host.files[path] != inside.files[path])
    # A list that was cut says nothing of what is not in it.
    whole = max(len(host.files), len(inside.files)) < MANY_FILES
    return changed, sorted(host.files.keys() - inside.files.keys()) if whole else []


def _files(snap: Snapshot) -> Verdicts:
    host, inside = snap.host_files, snap.inside
    if host is None or inside is None:
        part = "host_files" if host is None else "inside"
        yield skipped(f"source: {snap.why_not(part)}")
        return
    if not _same_layout(host, inside):
        yield skipped(f"source: {host.root} is laid out otherwise in {inside.workdir}")
        return
    changed, missing = old_files(host, inside)
    if changed or missing:
        lines = [f"differs: {host.root}/{path}" for path in changed]
        lines += [f"not in the container: {host.root}/{path}" for path in missing]
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        yield warned(
            f"{inside.service} runs old code: {len(lines)} files are not as on disk",
            *lines[:SHOWN],
            *more,
            fix="fix.rebuild-backend",
        )


def _packages(snap: Snapshot) -> Verdicts:
    lines, inside = snap.requirements, snap.inside
    if lines is None or lines.error or inside is None:
        return  # check.deps says why
    for line in lines.lines:
        version = inside.versions.get(requirements.normal(line.name))
        if version is None or pins.allows(f"{line.name}{line.specifier}", version):
            continue
        yield failed(
            f"{line.name} {version} in the image of {inside.service} is not "
            f"{line.specifier}",
            f"{line.file}:{line.line}",
            fix="fix.rebuild-backend",
        )


def _environment(snap: Snapshot) -> Verdicts:
    if snap.model is None:
        return
    if snap.model.error:
        yield skipped("environment: what it should be is not known (check.compose)")
        return
    # One changed key drifts in every service that has it: say it once.
    together: dict[tuple[str, ...], list[str]] = {}
    for service in snap.model.services.values():
        for container in snap.of(service.name):
            if drifted := drift(service, container):
                together.setdefault(tuple(drifted), []).append(service.name)
    for keys, services in together.items():
        yield warned(
            f"{', '.join(keys)}: changed since {', '.join(services)} started",
            "a container keeps the environment it was created with",
            fix="fix.recreate",
        )


def drift(service: Service, container: Container) -> list[str]:
    """Return the keys whose value in the container is not the model's."""
    return [
        key
        for key, value in service.environment.items()
        if value is not None and container.environment.get(key) != value
    ]


def _images(snap: Snapshot) -> Verdicts:
    for image in outdated(snap):
        yield warned(
            f"the image of {image.service} is older than its Dockerfile",
            image.where,
            fix=image.fix,
        )


class Outdated(NamedTuple):
    """An image that its Dockerfile has left behind.

    Attributes:
        where: the first line of the Dockerfile that the image lacks.
    """

    service: str
    where: str
    fix: str


def outdated(snap: Snapshot) -> Iterator[Outdated]:
    """Yield the images that were not built since their Dockerfile was changed."""
    from ..states import seconds_between
    from .dockerfile import missing

    images = {image.service: image for image in snap.images or ()}
    frontend = snap.model.roles.get("frontend") if snap.model else None
    for dockerfile in snap.dockerfiles or ():
        image = images.get(dockerfile.service)
        if image is None or not image.id:
            continue
        newer = seconds_between(image.created, dockerfile.changed)
        absent = missing(dockerfile.text, image.history)
        # Both: a fresh clone's files are all newer than a cached image.
        if newer is not None and newer > 0 and absent:
            line, command = absent[0]
            part = "frontend" if dockerfile.service == frontend else "backend"
            yield Outdated(
                dockerfile.service,
                f"{dockerfile.path}:{line} was not run: {command[:60]}",
                f"fix.rebuild-{part}",
            )
