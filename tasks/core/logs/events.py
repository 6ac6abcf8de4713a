"""What a bundle keeps of the engine's events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

_LABEL = "com.docker.compose.service"


class Event(msgspec.Struct, frozen=True, order=True):
    """One event of a container, as the engine told it."""

    at: float
    service: str
    container: str
    action: str
    detail: str = ""


def event(row: Mapping[str, Any]) -> Event:
    """Return what of an engine's event the bundle keeps."""
    attributes = row.get("Actor", {}).get("Attributes", {})
    action = str(row.get("Action", ""))
    detail = action.partition(":")[2].strip()
    if "exitCode" in attributes:
        detail = str(attributes["exitCode"])
    if "signal" in attributes:
        detail = f"signal {attributes['signal']}"
    return Event(
        at=row.get("timeNano", 0) / 1e9,
        service=str(attributes.get(_LABEL, "")),
        container=str(attributes.get("name", "")),
        action=action.partition(":")[0],
        detail=detail,
    )
