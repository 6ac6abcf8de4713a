"""Plans of fixes from stored Snapshots: facts in, steps out, nothing touched."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from tasks import fixes  # noqa: F401 - declares them
from tasks.core import config
from tasks.core.fixes import fix
from tasks.core.fixes.fix import FIXES, Facts
from tasks.core.fixes.plan import Plan
from tasks.core.fixes.stakes import Bind, ImageUse, Stakes, Volume
from tasks.core.snapshot import Snapshot

from .stored import healthy

COMPOSE = ("docker", "compose")
STAMP = "20260131T093000Z"
MB = 1_000_000


def facts(
    snapshot: Snapshot | None = None,
    *,
    files: dict[str, str] | None = None,
    environ: dict[str, str] | None = None,
    stakes: Stakes | None = None,
    platform: str = "linux",
    **options: str,
) -> Facts:
    """Return facts of the healthy stack, or of a broken copy of it."""
    settings = config.parse(Path("/stack"), environ or {})
    return Facts(
        snapshot=snapshot or healthy(),
        settings=settings,
        compose=COMPOSE,
        read=(files or {}).get,
        stakes=stakes,
        options={name.replace("_", "-"): value for name, value in options.items()},
        platform=platform,
        stamp=STAMP,
    )


def plan(id: str, snapshot: Snapshot | None = None, **more: Any) -> Plan:
    """Return the plan of a fix."""
    return fix.build(FIXES[id], facts(snapshot, **more))


def commands(made: Plan) -> list[str]:
    """Return the steps: their action, or what comes after ``docker compose``."""
    return [
        step.action or shlex.join(step.argv).removeprefix("docker compose ")
        for step in made.steps
    ]


def stakes(**changes: Any) -> Stakes:
    """Return what the healthy reference stack has at stake."""
    made: dict[str, Any] = {
        "containers": ("lead-backend-1", "lead-db-1"),
        "volumes": (
            Volume(
                name="lead_postgres_data",
                key="postgres_data",
                service="db",
                target="/var/lib/postgresql/data",
                size=48 * MB,
            ),
            Volume(
                name="lead_redis_data",
                key="redis_data",
                service="redis",
                target="/data",
                size=88,
            ),
        ),
        "images": (
            image("backend", "lead-backend:latest"),
            image("frontend", "lead-frontend:latest"),
            ImageUse(id="sha256:base", tags=("postgres:15",), services=("db",)),
        ),
        "cache": 4500 * MB,
    }
    return Stakes(**{**made, **changes})


def image(service: str, tag: str, **changes: Any) -> ImageUse:
    """Return an image that the project builds."""
    made: dict[str, Any] = {
        "id": f"sha256:{service}",
        "tags": (tag,),
        "own": (tag,),
        "services": (service,),
        "built": True,
        "size": 650 * MB,
    }
    return ImageUse(**{**made, **changes})


def bind(source: str, target: str = "/var/lib/postgresql/data") -> Bind:
    """Return a directory that the database keeps its data in."""
    return Bind(service="db", source=source, target=target)
