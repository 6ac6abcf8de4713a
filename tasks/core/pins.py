"""Pins: what a requirements file asks for, and whether that honours a pin.

A pin is a requirement that must hold, such as ``numpy==1.26.4``. Format of the
file: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from .snapshot import Requirement, Requirements

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

#: ``honoured``: the line allows what the pin allows, and nothing else.
#: ``loose``: it allows other versions too. ``other``: it excludes the pin's.
#: ``missing``: no line names the package. ``unpinned``: a line without versions.
Honour = Literal["honoured", "loose", "other", "missing", "unpinned"]
ReadText = Callable[[str], str | None]

_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--[a-z].*$")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s+|=|(?=\S))(\S.*)")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
#: Files that include files; more than anyone has, less than a loop would make.
_MOST_FILES = 50


class Logical(NamedTuple):
    """A line of the file with its continuation lines joined, comment cut off."""

    line: int
    text: str
    last: int


def normal(name: str) -> str:
    """Return a package's name as packaging compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def leading_name(text: str) -> str:
    """Return the package that a line seems to be about, or an empty string."""
    found = _NAME.match(text)
    return normal(found.group()) if found else ""


def logical_lines(text: str) -> Iterator[Logical]:
    """Yield the lines that say something, joined as pip joins them.

    A line that ends in a backslash goes on, but a comment line ends it.
    """
    joined, first = "", 0
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines, 1):
        first = first or number
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            joined += line.strip("\\")
            if number < len(lines):
                continue
        else:
            # A blank before it, so that it is a comment in a joined line too.
            joined += f" {line}" if comment else line
        content = _COMMENT.sub("", joined).strip()
        if content:
            yield Logical(first, content, number)
        joined, first = "", 0


def parse(path: str, read: ReadText) -> Requirements:
    """Return the requirements of a file and of the files it includes.

    Args:
        path: the file; a ``.toml`` is read as pyproject.toml's
            ``[project] dependencies``.
        read: returns the text of a path, None if there is no such file.
    """
    text = read(path)
    if text is None:
        return Requirements(path=path, error="no such file")
    if path.endswith(".toml"):
        return _pyproject(path, text)
    found: list[Requirement] = []
    errors: list[str] = []
    _read(path, text, read, found, errors, set())
    return Requirements(path=path, lines=tuple(found), error="; ".join(errors))


def _read(
    path: str,
    text: str,
    read: ReadText,
    found: list[Requirement],
    errors: list[str],
    seen: set[str],
) -> None:
    seen.add(path)
    for line, content, _ in logical_lines(text):
        include = _INCLUDE.fullmatch(content)
        if include:
            # A constraints file (-c) limits versions just as a line here would.
            name = include.group(2).strip().strip("\"'")
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if other in seen or len(seen) >= _MOST_FILES or "://" in name:
                continue
            below = read(other)
            if below is None:
                errors.append(f"{path}:{line}: no such file: {name}")
            else:
                _read(other, below, read, found, errors, seen)
        elif requirement := _requirement(content, path, line):
            found.append(requirement)
        elif not content.startswith("-"):
            errors.append(f"{path}:{line}: not a requirement: {content}")


def _requirement(content: str, path: str, line: int) -> Requirement | None:
    """Return the requirement that a line is, or None."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    editable = re.match(r"(?:-e|--editable)(?:\s+|=)(\S.*)", content)
    text = editable.group(1) if editable else _HASH.sub("", f" {content}").strip()
    try:
        parsed = Parsed(text)
        name, specifier = normal(parsed.name), str(parsed.specifier)
        if parsed.url:
            specifier = f"@ {parsed.url}"
    except InvalidRequirement:
        # A bare URL or path: only its egg, if it has one, tells the package.
        egg = _EGG.search(text)
        if not egg and not editable and "://" not in text and "/" not in text:
            return None
        name, specifier = normal(egg.group(1)) if egg else "", f"@ {text}"
    return Requirement(
        name=name, specifier=specifier, file=path, line=line, text=content
    )


def _pyproject(path: str, text: str) -> Requirements:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Requirements(path=path, error=f"{path}: {error}")
    project = document.get("project")
    listed = project.get("dependencies") if isinstance(project, dict) else None
    if not isinstance(listed, list):
        return Requirements(path=path, error="no [project] dependencies")
    lines = text.splitlines()
    found = []
    errors = []
    for item in map(str, listed):
        line = next((n for n, raw in enumerate(lines, 1) if item in raw), 0)
        requirement = _requirement(item, path, line)
        if requirement:
            found.append(requirement)
        else:
            errors.append(f"{path}:{line}: not a requirement: {item}")
    return Requirements(path=path, lines=tuple(found), error="; ".join(errors))


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


def name(pin: str) -> str:
    """Return the package that a pin is about, normalised.

    Raises:
        ValueError: it is no requirement.
    """
    from packaging.requirements import Requirement as Parsed

    return normal(Parsed(pin).name)


def allows(pin: str, version: str) -> bool:
    """Whether an installed version is one that the pin allows.

    A local build (``1.26.4+cpu``) is; something that is no version is not. A
    pin that names a URL or no version allows any.
    """
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
    if exact := _exact(said):
        allowed = wanted.contains(exact, True) and said.contains(exact, True)
        return "honoured" if allowed else "other"
    pinned = _exact(wanted)
    if pinned and not said.contains(pinned, prereleases=True):
        return "other"
    return "loose" if said else "unpinned"


def _exact(specifiers: SpecifierSet) -> str:
    """Return the one version that ``==`` allows, empty if there is none."""
    versions = [s.version for s in specifiers if s.operator in ("==", "===")]
    return next((v for v in versions if not v.endswith(".*")), "")


def _here(line: Requirement) -> bool:
    """Whether the line's marker can hold in a container, which runs Linux."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        marker = Parsed(_HASH.sub("", f" {line.text}").strip()).marker
    except InvalidRequirement:
        return True
    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    if marker is None:
        return True
    # Only the platform is known here; the container's Python is not.
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", str(marker))
    names = set(re.findall(r"[a-z_]+", bare)) - {"and", "or", "in", "not"}
    return not names <= linux.keys() or marker.evaluate({**linux, "extra": ""})
