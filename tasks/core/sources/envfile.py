"""Edit the text of an env file line by line; what is there stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..config import PREFIX

_LINE = re.compile(r"^\s*(?:export\s+)?(?P<key>[A-Za-z_]\w*)\s*=(?P<value>.*)$")
_SECRET = re.compile(r"(PASSWORD|PASSWD|SECRET|KEY|TOKEN)$")
_USER = re.compile(r"USER(NAME)?$")
_PORT = re.compile(r"_PORT$")
_REFERENCE = re.compile(r"\$\{?([A-Za-z_]\w*)")


class Filled(NamedTuple):
    """An env file's new text.

    Attributes:
        text: the whole of it.
        added: keys that were taken over from the example.
        generated: keys that got a value of their own, which is in the text only.
        moved: ports that differ from the example's, which are taken.
    """

    text: str
    added: tuple[str, ...]
    generated: tuple[str, ...]
    moved: dict[str, str]


def values(text: str) -> dict[str, str]:
    """Return each key's value as it is written, quotes and all."""
    found = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            found[match["key"]] = match["value"].strip()
    return found


def fill(
    text: str,
    example: str,
    secret: Callable[[], str],
    free_port: Callable[[int], int],
) -> Filled:
    """Complete an env file from its example; never change a value that is there.

    Keys that the example leaves empty are for a generated value if their name
    says password, secret, key, token or user; the others stay empty.

    Args:
        text: the env file; empty if there is none yet.
        example: the example file.
        secret: makes a secret of letters and digits, so that it needs no
            quoting in a URL, a shell or YAML.
        free_port: returns the port to publish at in place of the example's;
            asked for keys that are taken over only.
    """
    present = values(text)
    offered = values(example)
    missing = [key for key in offered if key not in present]
    if present:
        text = _added(_ended(text), {key: offered[key] for key in missing})
    else:
        text = _ended(text) + _ended(example)
    moved = {}
    for key in missing:
        if _PORT.search(key) and offered[key].isdigit():
            port = free_port(int(offered[key]))
            if port != int(offered[key]):
                moved[key] = str(port)
    generated = {}
    for key, value in values(text).items():
        if value in ("", '""', "''") and key in offered and not key.startswith(PREFIX):
            if _SECRET.search(key):
                generated[key] = secret()
            elif _USER.search(key):
                generated[key] = f"user-{secret()[:6].lower()}"
    text = assign(text, generated | moved)
    return Filled(text, tuple(missing), tuple(generated), moved)


def _added(text: str, more: Mapping[str, str]) -> str:
    """Return a text with more keys, each before the first line that refers to it.

    What ``${KEY}`` stands for is read from top to bottom: a key that comes after
    it is empty there.
    """
    lines: list[str] = []
    placed: set[str] = set()

    def place(key: str) -> None:
        if key in more and key not in placed:
            placed.add(key)
            for name in _REFERENCE.findall(more[key]):
                place(name)
            lines.append(f"{key}={more[key]}")

    for line in text.splitlines():
        if match := _LINE.match(line):
            for name in _REFERENCE.findall(match["value"]):
                place(name)
        lines.append(line)
    if len(placed) < len(more):
        lines += ["", "# From the example:"]
    for key in more:
        place(key)
    return "".join(f"{line}\n" for line in lines)


def assign(text: str, wanted: Mapping[str, str]) -> str:
    """Give keys a value: on their own line, or on a new one at the end."""
    lines = _ended(text).splitlines()
    left = dict(wanted)
    # The last mention of a key is the one that counts.
    for index in range(len(lines) - 1, -1, -1):
        match = _LINE.match(lines[index])
        if match and match["key"] in left:
            lines[index] = f"{match['key']}={left.pop(match['key'])}"
    lines += [f"{key}={value}" for key, value in left.items()]
    return "".join(f"{line}\n" for line in lines)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
