"""The engine: reachable, current, with room."""

from __future__ import annotations

from ..stored import (
    with_part,
)
from .case import Case


def cases() -> list[Case]:
    return [
        (
            "engine",
            with_part("engine", reachable=False, error="no Docker Engine answers"),
            "fail",
            "no Docker Engine answers",
            "fix.restart-docker",
        ),
        (
            "engine",
            with_part("engine", compose="", compose_error="Compose v1 only"),
            "fail",
            "Compose v1 only",
            None,
        ),
        (
            "engine",
            with_part("engine", disk_free=100_000_000),
            "fail",
            "100.0 MB left",
            "fix.prune",
        ),
        (
            "engine",
            with_part("engine", disk_free=4_000_000_000),
            "warn",
            "4.0 GB left",
            "fix.prune",
        ),
        ("engine", with_part("engine", memory=10**9), "warn", "1.0 GB of memory", None),
        (
            "engine",
            with_part("engine", clock_offset=-120.0),
            "warn",
            "-120 s",
            "fix.restart-docker",
        ),
    ]
