"""What a requirements file asks for, read as pip reads it.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..snapshot import Requirement, Requirements
from . import exact

ReadText = Callable[[str], str | None]

_COMMENT = re.compile(r"(^|\s+)#.*$")
#: What may follow a requirement: ``--hash=...`` and the like.
OPTIONS = re.compile(r"\s--[a-z].*$")
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
    if plain := exact.read(content):
        return Requirement(
            name=normal(plain.name),
            specifier=f"=={plain.version}",
            file=path,
            line=line,
            text=content,
        )
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    editable = re.match(r"(?:-e|--editable)(?:\s+|=)(\S.*)", content)
    text = editable.group(1) if editable else OPTIONS.sub("", f" {content}").strip()
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
