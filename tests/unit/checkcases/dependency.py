"""Pins, versions and imports."""

from __future__ import annotations

from tasks.core.snapshot import Snapshot

from ..stored import (
    change,
    healthy,
    with_part,
)
from .case import Case


def cases() -> list[Case]:
    inside, lines = healthy().inside, healthy().requirements
    assert inside
    assert lines

    def pinned(specifier: str) -> Snapshot:
        return with_part(
            "requirements",
            lines=tuple(
                change(line, specifier=specifier) if line.name == "numpy" else line
                for line in lines.lines
            ),
        )

    crash = "ValueError: numpy.dtype size changed"
    return [
        ("deps", pinned(">=2"), "fail", "numpy", "fix.pins"),
        ("deps", pinned(""), "fail", "numpy", "fix.pins"),
        (
            "deps",
            with_part(
                "requirements", lines=tuple(x for x in lines.lines if x.name != "scipy")
            ),
            "fail",
            "scipy",
            "fix.pins",
        ),
        (
            "deps",
            with_part("inside", versions={**inside.versions, "numpy": "2.1.0"}),
            "fail",
            "numpy 2.1.0 is in the image",
            "fix.rebuild-backend",
        ),
        (
            "deps",
            with_part("inside", imports={**inside.imports, "pandas": crash}),
            "fail",
            crash,
            "fix.rebuild-backend",
        ),
        (
            "deps",
            with_part("inside", versions={}),
            "fail",
            "not installed",
            "fix.rebuild-backend",
        ),
        (
            "stale",
            with_part("inside", versions={**inside.versions, "pandas": "2.2.0"}),
            "fail",
            "pandas 2.2.0 in the image of backend is not ==2.1.4",
            "fix.rebuild-backend",
        ),
    ]
