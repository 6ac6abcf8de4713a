"""What every part of a Snapshot is made of."""

from __future__ import annotations

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every part: frozen, made with keywords."""


class ProbeRun(Facts, frozen=True, kw_only=True):
    """One probe's run: what it cost, and why it saw nothing if it did not."""

    name: str
    seconds: float = 0.0
    error: str = ""
    timed_out: bool = False


class Settings(Facts, frozen=True, kw_only=True):
    """The settings that checks need; see `tasks.core.config` for each meaning.

    Attributes:
        signatures: absolute paths of the user's own failure signatures.
    """

    pins: tuple[str, ...] = ()
    api_url_variable: str = "NEXT_PUBLIC_API_URL"
    api_prefix: str = "/api/v1"
    api_source: str = ""
    tables: tuple[str, ...] = ()
    min_free_bytes: int = 0
    min_memory_bytes: int = 0
    lock_seconds: float = 30.0
    signatures: tuple[str, ...] = ()
