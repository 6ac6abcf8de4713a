"""How much is free on a disk: here, on the engine's, in a container."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from urllib.parse import quote

from .. import engine as door
from ..docker.wire import WireError
from ..look import Look


def free_on_host(path: str) -> int | None:
    """Return the bytes free on the disk of a path of this machine."""
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return None


def free_in_container(found: door.Engine, container: str, path: str) -> int | None:
    """Return the bytes free below a path inside a running container."""
    try:
        return free_in(found.exec(container, ["df", "-Pk", path], timeout=5).out)
    except (door.EngineError, WireError):
        return None


def free_for(
    look: Look, found: door.Engine, document: door.Json, path: str
) -> int | None:
    """Return the bytes free for a path in a container without asking in it.

    What no bind mount or volume of other storage holds lies on the engine's disk.
    None if that is not this machine's, or the path is not to be seen from here.
    """
    if not found.endpoint.local:
        return None
    holding = [m for m in document["Mounts"] if _below(path, m["Destination"])]
    mount = max(holding, key=lambda m: len(m["Destination"]), default=None)
    if mount and mount["Type"] == "bind":
        return free_on_host(mount["Source"])
    if mount and (mount["Type"] != "volume" or _elsewhere(found, mount)):
        return None
    engine = look.maybe("engine")
    return engine.disk_free if engine else None


def _below(path: str, directory: str) -> bool:
    return f"{path}/".startswith(f"{directory.rstrip('/')}/")


def _elsewhere(found: door.Engine, mount: door.Json) -> bool:
    """Tell whether a volume is not a directory on the engine's own disk."""
    try:
        volume = found.get(f"/volumes/{quote(mount['Name'])}")
    except door.EngineError:  # it is gone by now
        return True
    return bool(volume.get("Options")) or volume.get("Driver") != "local"


def and_free(path: str, argv: Sequence[str]) -> list[str]:
    """Return the argv that says what is free below a path, then runs ``argv``.

    Starting a command in a container costs 50 ms, so two questions share one.
    """
    return ["sh", "-c", 'df -Pk "$0" 2>/dev/null; exec "$@"', path, *argv]


def free_in(output: str) -> int | None:
    """Return the bytes free that ``df -Pk`` said, None if it said nothing."""
    match = re.search(r"\s(\d+)\s+\d+%\s", output)
    return int(match.group(1)) * 1024 if match else None
