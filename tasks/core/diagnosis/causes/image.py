"""Causes in what an image holds: versions, packages, source."""

from __future__ import annotations

from collections.abc import Iterator

from ...snapshot import Snapshot
from ...sources import pins, requirements
from ...sources.staleness import old_files, outdated
from ..clues import Found, found, rule

SHOWN = 6
#: Failed imports, which tell of the same as versions that are not as required.
IMPORTS = (
    "numpy-*",
    "python-module-missing",
    "python-name-missing",
    "import-name-gone",
    "library-missing",
    "binary-module-broken",
    "optional-package-missing",
    "pydantic-settings-moved",
    "pip-inconsistent",
)


@rule("pin-dropped", "dependency", 88, checks=("deps",))
def pin_dropped(snap: Snapshot) -> Iterator[Found]:
    """The requirements no longer hold a version that must be held."""
    lines = snap.requirements
    if lines is None or lines.error:
        return
    wrong = list(pins.wrong(snap.settings.pins, lines))
    if wrong:
        yield found(
            wrong[0].summary,
            *(f"{w.where}: {w.summary}" for w in wrong),
            service=_backend(snap),
            follows=("numpy-*",),
            explains=("package-outdated",),
            fix="fix.pins",
        )


@rule("package-outdated", "dependency", 87, checks=("deps", "stale"))
def package_outdated(snap: Snapshot) -> Iterator[Found]:
    """The image holds other versions than the requirements ask for."""
    lines, inside = snap.requirements, snap.inside
    if lines is None or lines.error or inside is None:
        return
    wrong = []
    for line in lines.lines:
        version = inside.versions.get(requirements.normal(line.name))
        where = f"{line.file}:{line.line} says {line.name}{line.specifier}"
        if version is None:
            wrong.append((f"no {line.name}", where))
        elif not pins.allows(f"{line.name}{line.specifier}", version):
            wrong.append((f"{line.name} {version}", where))
    if wrong:
        yield found(
            f"The image of {inside.service} was built from other requirements: it "
            f"has {', '.join(what for what, _ in wrong[:3])}",
            *(f"{what}; {where}" for what, where in wrong[:SHOWN]),
            service=inside.service,
            follows=IMPORTS,
            names=tuple(what.split()[-1].lower() for what, _ in wrong),
            fix="fix.rebuild-backend",
        )


@rule("import-fails", "dependency", 40, checks=("deps",))
def import_fails(snap: Snapshot) -> Iterator[Found]:
    """A package is installed in the image and can't be imported."""
    inside = snap.inside
    for name, error in inside.imports.items() if inside else ():
        if inside and error:
            yield found(
                f"In the image of {inside.service}, import {name} fails",
                f"{inside.service} ({inside.via}): {error}",
                service=inside.service,
                state=True,
                fix="fix.rebuild-backend",
            )


@rule("source-stale", "code", 50, checks=("stale",), warns=True)
def source_stale(snap: Snapshot) -> Iterator[Found]:
    """The container runs older source than the working tree holds."""
    host, inside = snap.host_files, snap.inside
    if host is None or inside is None:
        return
    # What the requirements say and the image lacks has rules of its own.
    own = snap.requirements.path if snap.requirements else ""
    changed, missing = old_files(host, inside)
    differing = sorted(
        path for path in (*changed, *missing) if f"{host.root}/{path}" != own
    )
    if differing:
        more = len(differing) - SHOWN
        yield found(
            f"{inside.service} runs old code: {len(differing)} "
            f"file{'s are' if len(differing) > 1 else ' is'} not as on disk",
            *(f"{host.root}/{path}" for path in differing[:SHOWN]),
            f"and {more} more" if more > 0 else "",
            service=inside.service,
            fix="fix.rebuild-backend",
        )


@rule("image-outdated", "code", 48, checks=("stale",), warns=True)
def image_outdated(snap: Snapshot) -> Iterator[Found]:
    """A Dockerfile was changed, and its image was not built since."""
    for image in outdated(snap):
        yield found(
            f"The image of {image.service} is older than its Dockerfile",
            image.where,
            service=image.service,
            fix=image.fix,
        )


def _backend(snap: Snapshot) -> str:
    return snap.model.roles.get("backend", "") if snap.model else ""
