"""The Compose files and .env."""

from __future__ import annotations

from tasks.core import snapshot as facts

from ..stored import (
    change,
    healthy,
    with_part,
)
from .case import Case


def cases() -> list[Case]:
    unset = facts.Unset(name="DB_PASSWORD", file="docker-compose.local.yml", line=9)
    env = healthy().env
    assert env
    first = env.keys[0]
    return [
        (
            "compose",
            with_part("model", error="yaml: line 3: did not find expected key"),
            "fail",
            "line 3",
            None,
        ),
        (
            "compose",
            with_part("model", unset=(unset,)),
            "warn",
            "docker-compose.local.yml:9",
            "fix.env",
        ),
        (
            "compose",
            with_part("model", unset=(change(unset, required=True),)),
            "fail",
            "DB_PASSWORD must be set",
            "fix.env",
        ),
        ("env", with_part("env", exists=False, keys=()), "fail", "missing", "fix.env"),
        ("env", with_part("env", keys=env.keys[1:]), "fail", first.name, "fix.env"),
        (
            "env",
            with_part("env", keys=(change(first, empty=True), *env.keys[1:])),
            "fail",
            f"{first.name} is empty",
            "fix.env",
        ),
        (
            "env",
            with_part(
                "env", keys=(*env.keys, facts.EnvKey(name="DB_PASWORD", line=99))
            ),
            "warn",
            ".env:99 DB_PASWORD",
            None,
        ),
        ("env", with_part("env", invalid=(4,)), "fail", ".env:4", None),
        ("env", with_part("env", mode=0o644), "warn", "644", None),
    ]
