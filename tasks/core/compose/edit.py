"""Edits one value in a Compose file and leaves every other byte as it is.

The value's place comes from a line scanner, so the outcome is checked by a
real parser: before and after must differ in that one value and nowhere else.
What can't be done so is refused; nothing is guessed.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ..errors import WrongUsage
from . import yamlscan
from .yamlscan import Entry, Path

ENVIRONMENT: Path = ("environment",)
BUILD_ARGS: Path = ("build", "args")

_BY_HAND = "edit it by hand"
#: A scalar that YAML reads as this very string without quotes.
_PLAIN = re.compile(r"[A-Za-z/$][A-Za-z0-9_./:$@%+={}?&-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
#: A URL's scheme and host, which may hold variables, and its path.
_URL = re.compile(r"(?P<root>[a-z]+://(?:\$\{[^{}]*\}|[^/${}\s]|\$\w+)+)(?:/\S*)?")


#: What a YAML parser makes of a text: dicts, lists, scalars.
Tree = Any


class Raw(NamedTuple):
    """A value as the file has it, its variables not filled in.

    Attributes:
        value: unquoted; None where the key stands without one.
        line: from 1.
    """

    value: str | None
    line: int


def raw_value(
    text: str, service: str, key: str, section: Path = ENVIRONMENT
) -> Raw | None:
    """Return what a service's own section gives a key, None if nothing."""
    for entry in yamlscan.scan(text):
        if _names(entry, service, key, section):
            value: Tree = _walk(_parse(entry.value), ()) if entry.value else None
            if _is_item(entry, section):
                _, equals, rest = str(value).partition("=")
                return Raw(rest if equals else None, entry.line)
            return Raw(None if value is None else str(value), entry.line)
    return None


def merged_value(
    text: str, service: str, key: str, section: Path = ENVIRONMENT
) -> str | None:
    """Return what a key of a service gets through anchors and merge keys.

    Only to be read: what stands there may be other services' as well.
    """
    try:
        found: Tree = _walk(_parse(text), _path(service, section))
    except WrongUsage:
        return None
    if isinstance(found, list):
        pairs = (str(item).partition("=") for item in found)
        return next((rest for name, _, rest in pairs if name == key), None)
    value = found.get(key) if isinstance(found, dict) else None
    return None if value is None else str(value)


def with_path(url: str, path: str) -> str | None:
    """Return a URL as the file has it with another path, its variables kept.

    None if it is no plain URL: ``${API:-http://...}`` has its value elsewhere.
    """
    found = _URL.fullmatch(url)
    return f"{found['root']}{path}" if found else None


def set_environment(
    text: str, service: str, key: str, value: str, section: Path = ENVIRONMENT
) -> str:
    """Return the file with a new value for one variable of one service.

    Args:
        text: the whole file.
        service: whose variable it is.
        key: the variable; the service's own section must have it.
        value: as Compose reads it: ``${A}`` is a variable, ``$$`` a dollar.
        section: `ENVIRONMENT` or `BUILD_ARGS`.

    Raises:
        WrongUsage: the file does not set it in a way that can be edited safely.
    """
    where = ".".join((service, *section, key))
    found = [e for e in yamlscan.scan(text) if _names(e, service, key, section)]
    if len(found) != 1:
        how = "sets it twice" if found else "does not set it itself"
        raise WrongUsage(f"{where}: the file {how}", _BY_HAND)
    entry = found[0]
    lines = re.split(r"(\r\n|\r|\n)", text)  # each followed by its end
    number = 2 * (entry.line - 1)
    line = lines[number]
    # A byte order mark is no column to the scanner.
    mark = "\ufeff" if entry.line == 1 and line.startswith("\ufeff") else ""
    line = line[len(mark) :]
    if entry.kind not in ("plain", "quoted", "nested") or entry.last != entry.line:
        raise WrongUsage(f"{where}: its value is not on one line", _BY_HAND)
    if _is_item(entry, section):
        old, new = entry.value, _quoted(f"{key}={value}", entry.value)
    else:
        old, new = entry.value, _quoted(value, entry.value)
    start = entry.start
    if not old:
        # ``KEY:`` alone, maybe with a comment behind.
        start = line.rindex(":", 0, entry.start) + 1
        new = f" {new}"
    changed = line[:start] + new + line[start + len(old) :]
    lines[number] = mark + changed
    edited = "".join(lines)
    _verify(text, edited, (*_path(service, section), key), value, where)
    return edited


def _path(service: str, section: Path) -> Path:
    return ("services", service, *section)


def _names(entry: Entry, service: str, key: str, section: Path) -> bool:
    """Whether an entry is the key's: a mapping's, or the item ``KEY=value``."""
    parent = _path(service, section)
    if entry.path[:-1] != parent:
        return False
    if _is_item(entry, section):
        return entry.value.strip("\"'").split("=", 1)[0] == key
    return entry.path[-1] == key


def _is_item(entry: Entry, section: Path) -> bool:
    """Whether the section is a list; its items are numbered."""
    return (
        len(entry.path) == len(section) + 3
        and entry.path[-1].isdigit()
        and entry.kind != "nested"
        and "=" in entry.value
    )


def _quoted(value: str, old: str) -> str:
    """Return a scalar in the quotes of the old one; in some if it needs them."""
    if "\n" in value or "\r" in value:
        raise WrongUsage("a value must be one line", _BY_HAND)
    if old.startswith("'"):
        return "'" + value.replace("'", "''") + "'"
    plain = _PLAIN.fullmatch(value) and not value.endswith(":")
    if not old.startswith('"') and plain and value.lower() not in _WORDS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _verify(before: str, after: str, path: Path, value: str, where: str) -> None:
    """Hold both texts against each other.

    Raises:
        WrongUsage: they differ in more than that value, or not in it.
    """
    old, new = _parse(before), _parse(after)
    wanted = _replaced(old, path, value)
    if wanted is None or new != wanted:
        raise WrongUsage(f"{where} can't be changed alone", _BY_HAND)


def _parse(text: str) -> Tree:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return list(YAML(typ="safe", pure=True).load_all(text))
    except (YAMLError, ValueError, TypeError, LookupError, RecursionError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise WrongUsage(f"the file is no YAML: {why}", _BY_HAND) from None


def _walk(documents: Tree, path: Path) -> Tree:
    node = documents[0] if documents else None
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _replaced(documents: Tree, path: Path, value: str) -> Tree:
    """Return a copy with the value at ``path`` replaced, None if it isn't there.

    The copy shares nothing: what an anchor shares must show as a difference.
    """
    try:
        copies = _copy(documents)
    except RecursionError:
        return None
    parent = _walk(copies, path[:-1])
    key = path[-1]
    if isinstance(parent, dict) and key in parent:
        parent[key] = value
    elif isinstance(parent, list):
        items = [str(item).split("=", 1)[0] for item in parent]
        if items.count(key) != 1:
            return None
        parent[items.index(key)] = f"{key}={value}"
    else:
        return None
    return copies


def _copy(node: Tree) -> Tree:
    if isinstance(node, dict):
        return {key: _copy(value) for key, value in node.items()}
    return [_copy(value) for value in node] if isinstance(node, list) else node
