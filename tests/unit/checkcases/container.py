"""Containers, their states, and ports."""

from __future__ import annotations

from tasks.core import snapshot as facts

from ..stored import (
    change,
    healthy,
    with_container,
)
from .case import Case


def cases() -> list[Case]:
    sample = facts.Sample(at="2026-11-22T10:00:00.5Z", status="running", restarts=3)
    ran = {"restarts": 4, "started": "2026-11-22T10:00:00Z", "exit_code": 1}
    port = facts.Port(service="db", port=5432, target=5432)
    return [
        (
            "containers",
            change(healthy(), containers=()),
            "fail",
            "nothing is started",
            "fix.start",
        ),
        (
            "containers",
            with_container("backend", status="restarting", restarts=7, exit_code=1),
            "fail",
            "backend: 7 restarts, exit code 1",
            "fix.auto",
        ),
        (  # it reads "running", and restarted between two samples
            "containers",
            with_container(
                "backend", samples=(sample, change(sample, restarts=4)), **ran
            ),
            "fail",
            "crash loop",
            "fix.auto",
        ),
        (  # it reads "running" in every sample, and has just come up again
            "containers",
            with_container("backend", samples=(change(sample, restarts=4),), **ran),
            "fail",
            "crash loop",
            "fix.auto",
        ),
        (  # it restarted long ago and has stayed up since
            "containers",
            with_container(
                "backend",
                samples=(change(sample, restarts=4, at="2026-11-22T11:00:00Z"),),
                **ran,
            ),
            "pass",
            "",
            None,
        ),
        (
            "containers",
            with_container("backend", oom_killed=True, exit_code=137),
            "fail",
            "want of memory",
            None,
        ),
        (  # it was to end, and has: a migration, say
            "containers",
            with_container("celery-beat", status="exited", done=True),
            "pass",
            "5 up, celery-beat done",
            None,
        ),
        (
            "containers",
            with_container("db", status="paused"),
            "fail",
            "paused",
            "fix.unpause",
        ),
        (
            "containers",
            with_container("redis", status="exited", exit_code=0),
            "fail",
            "has stopped",
            "fix.start",
        ),
        (
            "containers",
            with_container("redis", status="created"),
            "fail",
            "never started",
            "fix.start",
        ),
        (  # "unhealthy" contains "healthy"
            "containers",
            with_container("backend", health="unhealthy", health_output="503"),
            "fail",
            "unhealthy",
            "fix.restart",
        ),
        (
            "containers",
            with_container("backend", health="starting"),
            "warn",
            "starting",
            None,
        ),
        (
            "ports",
            change(
                healthy(), ports=(change(port, open=True, holder="process nc (pid 9)"),)
            ),
            "fail",
            "held by process nc (pid 9)",
            "fix.ports",
        ),
    ]
