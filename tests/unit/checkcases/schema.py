"""Migrations, the database, its data, and redis."""

from __future__ import annotations

from tasks.core import snapshot as facts

from ..stored import (
    change,
    healthy,
    with_part,
)
from .case import Case


def cases() -> list[Case]:
    files = healthy().migrations
    assert files
    head = files.revisions[-1]
    down = files.revisions[-3].id
    twin = change(head, id="aaaa", file="versions/aaaa.py")
    return [
        (  # a table that is locked can't be counted: that is no pass
            "data",
            with_part("database", rows={}),
            "skip",
            "could not be counted in time",
            None,
        ),
        (
            "migrations",
            with_part("database", revisions=(down,)),
            "fail",
            "2 revisions behind",
            "fix.migrate",
        ),
        (
            "migrations",
            with_part("database", revisions=None),
            "fail",
            "no alembic_version",
            "fix.migrate",
        ),
        (
            "migrations",
            with_part("database", revisions=("deadbeef",)),
            "fail",
            "deadbeef, which no version file has",
            None,
        ),
        (
            "migrations",
            with_part("migrations", revisions=(*files.revisions, twin)),
            "fail",
            "2 heads",
            None,
        ),
        (
            "migrations",
            with_part("migrations", errors=("versions/x.py:3: invalid syntax",)),
            "fail",
            "versions/x.py:3",
            None,
        ),
        (
            "data",
            with_part("database", rows={"people": 0, "rotation_templates": 3}),
            "fail",
            "people is empty",
            "fix.seed",
        ),
        (
            "data",
            with_part("database", rows={"people": 1, "rotation_templates": None}),
            "fail",
            "no table rotation_templates",
            "fix.migrate",
        ),
        (
            "database",
            with_part("database", reachable=False, error="connection refused"),
            "fail",
            "connection refused",
            "fix.restart",
        ),
        (
            "database",
            with_part(
                "database",
                reachable=False,
                error='role "app" is not permitted to log in',
            ),
            "fail",
            "db refuses its own user",
            None,
        ),
        (
            "database",
            with_part("database", credentials={"backend": "password authentication"}),
            "fail",
            "refuses backend",
            None,
        ),
        (
            "database",
            with_part("database", connections=99, max_connections=100),
            "fail",
            "99 of 100",
            "fix.restart",
        ),
        (
            "database",
            with_part(
                "database",
                locks=(facts.Lock(pid=7, seconds=90, state="", waiting_for=(5,)),),
            ),
            "warn",
            "session 7 waits for pid 5",
            "fix.locks",
        ),
        (
            "redis",
            with_part("redis", reachable=False, error="is paused"),
            "fail",
            "is paused",
            "fix.restart",
        ),
        (
            "redis",
            with_part("redis", write_error="the last background save failed"),
            "fail",
            "takes no writes",
            None,
        ),
        (
            "redis",
            with_part("redis", credentials={"backend": "WRONGPASS"}),
            "fail",
            "refuses backend",
            "fix.recreate",
        ),
    ]
