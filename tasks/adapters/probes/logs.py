"""The end of every service's log, the previous run's included."""

from __future__ import annotations

from ...core import snapshot
from ...core.atonce import at_once
from .. import engine as door
from ..docker.wire import WireError
from ..look import Look

#: Bytes kept of one container's log; a line alone may be megabytes.
MAX_BYTES = 1 << 20


def logs(look: Look) -> tuple[snapshot.Log, ...]:
    """Read the last lines of each container; a restart does not clear them."""
    found: door.Engine = look.get("client")
    listed = look.get("documents")

    def read(document: door.Json) -> snapshot.Log:
        data, truncated = b"", False
        try:
            for piece in found.logs(document["Id"], tail=look.settings.log_lines):
                data += piece
                if len(data) > 2 * MAX_BYTES:
                    data, truncated = data[-MAX_BYTES:], True
        except (door.EngineError, WireError) as error:
            data = data or f"(its log can't be read: {error})".encode()
        truncated = truncated or len(data) > MAX_BYTES
        return snapshot.Log(
            service=(document["Config"]["Labels"] or {}).get(door.SERVICE, ""),
            container=document["Name"].lstrip("/"),
            text=data[-MAX_BYTES:].decode(errors="replace"),
            truncated=truncated,
        )

    return tuple(at_once(read, listed, most=8))
