"""Finding a lost value of ``.env`` again in the containers that still have it.

Each lost key is given a mark of its own and the Compose files are resolved with
the marks. Wherever a mark comes out, the container of that service has the
value in its place: ``redis://:MARK@redis`` against ``redis://:s3cret@redis``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

#: Ports must be numbers, or Compose refuses the file.
FIRST_PORT = 61001
_PORT = re.compile(r"PORT$")


def marks(keys: Iterable[str]) -> dict[str, str]:
    """Return a mark for each key, one that stands for nothing else.

    Compose's own variables get none: they choose the project that is asked.
    """
    return {
        # Small letters: the name of an image may be among them.
        key: str(FIRST_PORT + n) if _PORT.search(key) else f"unstuckmark{n}x"
        for n, key in enumerate(sorted(keys))
        if not key.startswith("COMPOSE_")
    }


def values(
    marked: Mapping[str, str], document: Json, containers: Sequence[Json]
) -> dict[str, str]:
    """Return the values that containers still have.

    Args:
        marked: key to its mark.
        document: Compose's own JSON, resolved with the marks.
        containers: the project's inspect documents, with real values.
    """
    found: dict[str, str] = {}
    services = document.get("services") or {}
    for container in containers:
        labels = container["Config"].get("Labels") or {}
        service = services.get(labels.get("com.docker.compose.service", ""))
        if not service:
            continue
        for template, actual in _pairs(service, container):
            for key, value in _matched(template, actual, marked).items():
                found.setdefault(key, value)
    return found


def _pairs(service: Json, container: Json) -> Iterable[tuple[str, str]]:
    """Yield what Compose would give a container and what it has."""
    has = dict(p.partition("=")[::2] for p in container["Config"].get("Env") or ())
    for key, template in (service.get("environment") or {}).items():
        if template is not None and key in has:
            yield str(template).replace("$$", "$"), has[key]
    yield str(service.get("image") or ""), str(container["Config"].get("Image") or "")
    wanted = service.get("command") or ()
    if isinstance(wanted, list):
        arguments = container["Config"].get("Cmd") or ()
        for template, actual in zip(wanted, arguments, strict=False):
            yield str(template).replace("$$", "$"), str(actual)
    bound = (container.get("HostConfig") or {}).get("PortBindings") or {}
    for port in service.get("ports") or ():
        target = f"{port.get('target')}/{port.get('protocol') or 'tcp'}"
        for binding in bound.get(target) or ():
            if binding.get("HostPort"):
                yield str(port.get("published") or ""), str(binding["HostPort"])


def _matched(template: str, actual: str, marked: Mapping[str, str]) -> dict[str, str]:
    present = {key: mark for key, mark in marked.items() if mark in template}
    if not present:
        return {}
    pattern = re.escape(template)
    groups: dict[str, str] = {}
    for n, (key, mark) in enumerate(present.items()):
        group = f"g{n}"
        # What comes after the first mention must be the same again.
        pattern = pattern.replace(re.escape(mark), f"(?P<{group}>.+?)", 1)
        pattern = pattern.replace(re.escape(mark), f"(?P={group})")
        groups[group] = key
    match = re.fullmatch(pattern, actual)
    return {key: match[group] for group, key in groups.items()} if match else {}
