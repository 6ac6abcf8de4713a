"""Make the text of ``constraints.txt``: exact versions, no addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: What every environment brings along by itself.
_TOOLS = {"pip", "setuptools", "wheel"}
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def render(
    installed: Mapping[str, str], requirements: Iterable[str], previous: str
) -> str:
    """Return the new text: the comments of the old one and every package.

    Args:
        installed: package to version, as the environment has them.
        requirements: those of the project, with their environment markers: a
            package that is for some platforms only keeps its marker, and its
            line where this platform is not one of them.
        previous: the text there is.
    """
    heading = [line for line in previous.splitlines() if line.startswith("#")]
    lines = {
        canonical(name): f"{name}=={version}"
        for name, version in installed.items()
        if canonical(name) not in _TOOLS
    }
    old = {_key(line): line for line in previous.splitlines() if _key(line)}
    for requirement in requirements:
        key, _, marker = requirement.partition(";")
        name = _key(key)
        if not marker.strip():
            continue
        if name in lines:
            lines[name] += f" ; {marker.strip()}"
        elif name in old:
            lines[name] = old[name]
    return "\n".join([*heading, *(lines[name] for name in sorted(lines))]) + "\n"


def canonical(name: str) -> str:
    """Return a package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _key(line: str) -> str:
    match = _NAME.match(line)
    return canonical(match[0]) if match else ""
