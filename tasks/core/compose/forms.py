"""The short forms of a Compose file, turned into the long ones Compose prints.

https://docs.docker.com/reference/compose-file/services/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class Malformed(ValueError):  # noqa: N818 - reads as what it is
    """A value has no form that Compose allows."""


_PORT = re.compile(
    r"(?:(?P<ip>\[[0-9A-Fa-f:.]+\]|[^:\[\]]*):)?(?:(?P<published>[0-9-]*):)?"
    r"(?P<target>[0-9-]+)(?:/(?P<protocol>\w+))?"
)
#: A Windows path's drive letter, whose colon divides nothing.
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def service(name: str, raw: object, directory: str, home: str) -> Json:
    """Return one service in long form; what isn't understood stays as it is.

    Args:
        name: the service, for the message of an error.
        raw: what the file says of it, interpolated.
        directory: the project directory: relative paths start there.
        home: the user's home directory, for ``~``.

    Raises:
        Malformed: a value has no form that Compose allows.
    """
    if not isinstance(raw, dict):
        raise Malformed(f"services.{name} must be a mapping")
    found: Json = dict(raw)
    for key in ("environment", "labels"):
        if key in found:
            found[key] = pairs(found[key], f"services.{name}.{key}")
    if "build" in found:
        found["build"] = _build(found["build"], directory, home)
    if "depends_on" in found:
        found["depends_on"] = _depends(found["depends_on"])
    if "ports" in found:
        found["ports"] = [p for raw in _listed(found["ports"]) for p in _ports(raw)]
    if "volumes" in found:
        found["volumes"] = [
            _volume(raw, directory, home) for raw in _listed(found["volumes"])
        ]
    if "env_file" in found:
        found["env_file"] = [
            _env_file(raw, directory, home) for raw in _listed(found["env_file"])
        ]
    if "profiles" in found:
        found["profiles"] = [str(p) for p in _listed(found["profiles"])]
    return found


def pairs(raw: object, where: str) -> dict[str, str | None]:
    """Return a mapping or a list of ``KEY=value`` as a mapping of strings.

    Raises:
        Malformed: it is neither; ``where`` says what.
    """
    if raw is None:
        return {}
    if isinstance(raw, dict):
        return {str(key): text(value) for key, value in raw.items()}
    if not isinstance(raw, list):
        raise Malformed(f"{where} must be a mapping")
    found: dict[str, str | None] = {}
    for item in raw:
        key, equals, value = (text(item) or "").partition("=")
        found[key] = value if equals else None
    return found


def text(value: object) -> str | None:
    """Return a YAML scalar as the string that a container gets."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def path(raw: str, directory: str, home: str) -> str:
    """Return a path of the file as an absolute one."""
    if raw == "~" or raw.startswith("~/"):
        return home + raw[1:]
    if _DRIVE.match(raw):
        return raw
    return posixpath.normpath(posixpath.join(directory, raw))


def _listed(raw: object) -> list[object]:
    if raw is None:
        return []
    return list(raw) if isinstance(raw, list) else [raw]


def _build(raw: object, directory: str, home: str) -> Json:
    found: Json = dict(raw) if isinstance(raw, dict) else {"context": str(raw)}
    # A later file may add arguments only: what is missing is for the end.
    if context := str(found.get("context") or ""):
        remote = "://" in context or context.startswith("git@")
        found["context"] = context if remote else path(context, directory, home)
    if "args" in found:
        found["args"] = pairs(found["args"], "build.args")
    return found


def _depends(raw: object) -> Json:
    started: Json = {"condition": "service_started", "required": True}
    if isinstance(raw, Mapping):
        return {
            str(k): {**started, **(v if isinstance(v, dict) else {})}
            for k, v in raw.items()
        }
    return {str(name): dict(started) for name in _listed(raw)}


def _env_file(raw: object, directory: str, home: str) -> Json:
    found: Json = dict(raw) if isinstance(raw, dict) else {"path": str(raw)}
    found["path"] = path(str(found.get("path") or ""), directory, home)
    return {"required": True, **found}


def _ports(raw: object) -> list[Json]:
    if isinstance(raw, dict):
        found: Json = {"mode": "ingress", "protocol": "tcp", **raw}
        if "published" in found:
            found["published"] = text(found["published"])
        return [found]
    parts = _PORT.fullmatch(str(raw))
    if not parts:
        raise Malformed(f"Invalid containerPort: {raw}")
    ip, published = parts["ip"] or "", parts["published"]
    if published is None:
        # With one colon, what stands before it is the published port.
        ip, published = "", ip
    targets, sources = _span(parts["target"]), _span(published)
    if sources and len(sources) != len(targets):
        if len(targets) > 1:
            raise Malformed(f"Invalid ranges specified for container and host: {raw}")
        sources = [published]  # the engine picks one of the range
    return [
        {
            "mode": "ingress",
            **({"host_ip": ip.strip("[]")} if ip else {}),
            "target": int(target),
            **({"published": sources[number]} if sources else {}),
            "protocol": parts["protocol"] or "tcp",
        }
        for number, target in enumerate(targets)
    ]


def _span(raw: str) -> list[str]:
    """Return the ports of ``8000`` or ``8000-8003``."""
    if not raw:
        return []
    first, _, last = raw.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        raise Malformed(f"Invalid containerPort: {raw}")
    if int(last or first) > 65535:
        raise Malformed(f"Invalid containerPort: {raw}")
    return [str(port) for port in range(int(first), int(last or first) + 1)]


def _volume(raw: object, directory: str, home: str) -> Json:
    if isinstance(raw, dict):
        found: Json = dict(raw)
        if found.get("type") == "bind" and found.get("source"):
            found["source"] = path(str(found["source"]), directory, home)
        return found
    drive = _DRIVE.match(str(raw))
    head = drive.group() if drive else ""
    parts = str(raw)[len(head) :].split(":")
    parts[0] = head + parts[0]
    if len(parts) == 1:
        return {"type": "volume", "target": parts[0]}
    source, target, mode = parts[0], parts[1], parts[2] if parts[2:] else ""
    bind = source.startswith((".", "/", "~")) or bool(drive)
    found = {
        "type": "bind" if bind else "volume",
        "source": path(source, directory, home) if bind else source,
        "target": target,
    }
    if "ro" in mode.split(","):
        found["read_only"] = True
    return found
