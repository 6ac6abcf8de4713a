"""Pins: what a requirements file asks for, and whether that honours a pin.

A pin is a requirement that must hold, such as ``numpy==1.26.4``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..snapshot import Inside, Requirement, Requirements
from ..verdict import Verdicts, failed, skipped
from . import exact
from .requirements import OPTIONS, normal

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

#: ``honoured``: the line allows what the pin allows, and nothing else.
#: ``loose``: it allows other versions too. ``other``: it excludes the pin's.
#: ``missing``: no line names the package. ``unpinned``: a line without versions.
Honour = Literal["honoured", "loose", "other", "missing", "unpinned"]


class Verdict(NamedTuple):
    """How the requirements stand to one pin.

    Attributes:
        pin: the pin as the settings have it.
        name: its package, normalised.
        honour: see `Honour`.
        line: the requirement that decides it, None if missing.
    """

    pin: str
    name: str
    honour: Honour
    line: Requirement | None = None


def judge(pin: str, requirements: Requirements) -> Verdict:
    """Return whether the requirements honour a pin, and by which line.

    Of several lines for the package, one that excludes the pin's version
    decides, then one that pins it.

    Raises:
        ValueError: ``pin`` is no requirement.
    """
    package = name(pin)
    lines = [r for r in requirements.lines if r.name == package and _here(r)]
    if not lines:
        return Verdict(pin, package, "missing")
    order: tuple[Honour, ...] = ("other", "honoured", "loose", "unpinned")
    judged = [(_honour(pin, line), line) for line in lines]
    honour, line = min(judged, key=lambda pair: order.index(pair[0]))
    return Verdict(pin, package, honour, line)


class Wrong(NamedTuple):
    """A pin that the requirements don't honour.

    Attributes:
        verdict: how they stand to it.
        summary: one line that says so.
        where: the line that decides it, as ``file:line``, or the file.
    """

    verdict: Verdict
    summary: str
    where: str


def wrong(pins: Iterable[str], requirements: Requirements) -> list[Wrong]:
    """Return the pins that the requirements don't honour, in order.

    Raises:
        ValueError: a pin is no requirement.
    """
    found = []
    for pin in pins:
        verdict = judge(pin, requirements)
        line = verdict.line
        if verdict.honour == "honoured":
            continue
        if line is None:
            words, where = "the requirements don't name it", requirements.path
        else:
            words, where = (
                f"the requirements say {line.text}",
                f"{line.file}:{line.line}",
            )
        found.append(Wrong(verdict, f"{pin} is pinned, {words}", where))
    return found


def in_image(pins: Iterable[str], inside: Inside, *, required: bool) -> Verdicts:
    """Hold the pins against what is installed in an image, and try its imports.

    Args:
        pins: requirements, as in ``numpy==1.26.4``.
        inside: what the image's own Python says.
        required: the requirements are known: what they pin must be installed.
    """
    running = "its running container"
    where = running if inside.via == "exec" else "a one-off container of its image"
    for pin in pins:
        package, version = name(pin), inside.versions.get(name(pin))
        if version is None and not required:
            yield skipped(f"{package} is no part of {inside.service}")
        elif version is None:
            yield failed(
                f"{package} is not installed in the image of {inside.service}",
                f"{pin} is pinned",
                fix="fix.rebuild-backend",
            )
        elif not allows(pin, version):
            yield failed(
                f"{package} {version} is in the image of {inside.service}, "
                f"{pin} is pinned",
                f"asked in {where}",
                fix="fix.rebuild-backend",
            )
    for package, error in inside.imports.items():
        if error:
            yield failed(
                f"import {package} fails in {inside.service}",
                error,
                fix="fix.rebuild-backend",
            )


def name(pin: str) -> str:
    """Return the package that a pin is about, normalised.

    Raises:
        ValueError: it is no requirement.
    """
    if plain := exact.read(pin):
        return normal(plain.name)
    from packaging.requirements import Requirement as Parsed

    return normal(Parsed(pin).name)


def allows(pin: str, version: str) -> bool:
    """Whether an installed version is one that the pin allows.

    A local build (``1.26.4+cpu``) is; something that is no version is not. A
    pin that names a URL or no version allows any.
    """
    plain = exact.read(pin)
    if plain and (alike := exact.same(plain.version, version)) is not None:
        return alike
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed
    from packaging.version import InvalidVersion

    try:
        return Parsed(pin).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True
    except InvalidVersion:
        return False


def _honour(pin: str, line: Requirement) -> Honour:
    plain, asked = exact.read(pin), exact.read(f"{line.name}{line.specifier}")
    if plain and asked:
        return "honoured" if exact.same(plain.version, asked.version) else "other"
    from packaging.requirements import Requirement as Parsed
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    wanted = Parsed(pin).specifier
    try:
        # A URL or a path has no version to hold against the pin.
        url = line.specifier.startswith("@")
        said = None if url else SpecifierSet(line.specifier)
    except InvalidSpecifier:
        said = None
    if said is None:
        return "loose"
    if said == wanted:
        return "honoured"
    if only := _only(said):
        allowed = wanted.contains(only, True) and said.contains(only, True)
        return "honoured" if allowed else "other"
    pinned = _only(wanted)
    if pinned and not said.contains(pinned, prereleases=True):
        return "other"
    return "loose" if said else "unpinned"


def _only(specifiers: SpecifierSet) -> str:
    """Return the one version that ``==`` allows, empty if there is none."""
    versions = [s.version for s in specifiers if s.operator in ("==", "===")]
    return next((v for v in versions if not v.endswith(".*")), "")


def _here(line: Requirement) -> bool:
    """Whether the line's marker can hold in a container, which runs Linux."""
    if exact.read(line.text):
        return True
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        marker = Parsed(OPTIONS.sub("", f" {line.text}").strip()).marker
    except InvalidRequirement:
        return True
    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    if marker is None:
        return True
    # Only the platform is known here; the container's Python is not.
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", str(marker))
    names = set(re.findall(r"[a-z_]+", bare)) - {"and", "or", "in", "not"}
    return not names <= linux.keys() or marker.evaluate({**linux, "extra": ""})
