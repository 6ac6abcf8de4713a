"""Times as users type them and as the engine writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .errors import WrongUsage

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def since(text: str, now: float) -> float:
    """Return the moment that ``10m``, ``1h30m``, ``2d`` or an ISO time means.

    Args:
        text: as typed; a time without a zone is in local time, as for Docker.
        now: seconds since the epoch.

    Returns:
        Seconds since the epoch.

    Raises:
        WrongUsage: it is neither.
    """
    spans = _SPAN.findall(text)
    if spans and "".join(number + unit for number, unit in spans) == text:
        return now - sum(float(number) * _UNITS[unit] for number, unit in spans)
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise WrongUsage(
            f"--since {text!r} is no time", "like 10m, 2h, 3d or 2025-01-31T09:30"
        ) from None


def engine_time(moment: float) -> str:
    """Return seconds since the epoch as the engine's queries want them."""
    return f"{moment:.9f}"


def nanoseconds(text: str) -> str:
    """Return an engine's time as its queries want it, to the nanosecond.

    The engine writes ``2025-01-31T09:30:00.123456789Z``, which a float of
    seconds can't hold.
    """
    head, _, tail = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(head).replace(tzinfo=UTC).timestamp())
    return f"{seconds}.{tail:0<9}"


def epoch(text: str) -> float | None:
    """Return an RFC 3339 time as seconds since the epoch, None if it is none.

    A log has millions of them, so this looks no closer than it must: the
    engine writes UTC, in one form.
    """
    try:
        whole = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
    if whole < 0:
        return None  # year 1: the engine's "never"
    fraction = re.match(r"\.\d{1,9}", text[19:])
    return whole + float(fraction[0]) if fraction else whole


def clock(moment: float) -> str:
    """Return seconds since the epoch as ``2025-01-31 09:30:00`` in UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"
