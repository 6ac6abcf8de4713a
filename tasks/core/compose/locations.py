"""Which line of which Compose file says what, without a YAML parser.

Both functions are for pointing a reader to a line: what the lines mean is told
by Compose itself, or by `tasks.core.compose.file` where there is no Compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..snapshot import Unset
from . import interpolate, yamlscan
from .yamlscan import Entry, Path

#: Lists under these keys hold ``KEY=value`` items.
_PAIRS = frozenset({"environment", "args", "labels"})
#: More lines than any Compose file has; aliases of aliases could make millions.
_MOST = 20_000


def locations(files: Mapping[str, str]) -> dict[str, str]:
    """Return where each part of each service stands, as ``file:line``.

    Keys read ``backend``, ``backend.image``, ``backend.environment.DEBUG``,
    ``frontend.build.args.X``, ``db.ports.0``; also ``name``, ``volumes.data``
    and the like for the other sections; nothing deeper than these. What comes
    through an anchor is found where it is written. A later file wins.

    Args:
        files: name to text, in the order in which Compose merges them.
    """
    found: dict[str, str] = {}
    for name, text in files.items():
        for path, line in _lines(yamlscan.scan(text)).items():
            inside = path[1:] if path[0] == "services" else path
            if inside and _wanted(inside):
                found[".".join(inside)] = f"{name}:{line}"
    return found


def _wanted(path: Path) -> bool:
    """Whether somebody may ask for it: not every retry of every healthcheck."""
    if path[0].startswith("x-"):
        return False
    return len(path) <= 3 or path[1:3] == ("build", "args")


def unset(files: Mapping[str, str], environ: Mapping[str, str]) -> tuple[Unset, ...]:
    """Return the variables that the files need and ``environ`` lacks.

    One for each line that needs it, in order; a variable with a default is
    not needed. Services of inactive profiles count, as they do for Compose.
    """
    found: dict[Unset, None] = {}
    for name, text in files.items():
        if "$" not in text:
            continue
        for entry in yamlscan.scan(text):
            for line, value in _values(entry):
                for use in interpolate.expand(value, environ).unset:
                    found[
                        Unset(
                            name=use.name, file=name, line=line, required=use.required
                        )
                    ] = None
    return tuple(found)


def variables(
    files: Mapping[str, str], environ: Mapping[str, str]
) -> Iterator[tuple[str, int, str, str]]:
    """Yield file, line, text and text filled in, of each that uses a variable."""
    for name, text in files.items():
        for entry in yamlscan.scan(text):
            for line, value in _values(entry):
                yield name, line, value, interpolate.expand(value, environ).text


def _values(entry: Entry) -> Iterator[tuple[int, str]]:
    """Yield the lines of an entry's value that hold a variable."""
    if "$" in entry.value:
        first = entry.line + (entry.kind == "block")
        for offset, value in enumerate(entry.value.split("\n")):
            if "$" in value:
                yield first + offset, value


def _lines(entries: list[Entry]) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    anchors: dict[str, Path] = {}
    aliases: list[tuple[Path, str]] = []
    for entry in entries:
        path = _keyed(entry)
        lines[path] = entry.line
        if entry.anchor:
            anchors.setdefault(entry.anchor, path)
        for key, line in yamlscan.flow_keys(entry):
            lines[(*path, key)] = line
        if entry.kind == "alias" or path[-1] == "<<":
            target = path[:-1] if path[-1] == "<<" else path
            names = re.findall(r"\*([^\s,\[\]]+)", entry.value)
            aliases.extend((target, name) for name in names)
    # What a service says itself comes before what it merges.
    for target, alias in aliases:
        _copy(lines, anchors.get(alias), target)
    return {path: line for path, line in lines.items() if "<<" not in path}


def _copy(lines: dict[Path, int], source: Path | None, target: Path) -> None:
    if source is None or target[: len(source)] == source:
        return
    for path, line in list(lines.items()):
        if len(path) > len(source) and path[: len(source)] == source:
            if len(lines) >= _MOST:
                return
            lines.setdefault((*target, *path[len(source) :]), line)


def _keyed(entry: Entry) -> Path:
    """Return the path, an item ``KEY=value`` named by its key."""
    path = entry.path
    if len(path) > 1 and path[-2] in _PAIRS and path[-1].isdigit():
        key = entry.value.strip("\"'").split("=", 1)[0].strip()
        if key:
            return (*path[:-1], key)
    return path
