"""What runs against what lies on disk."""

from __future__ import annotations

from ..stored import (
    change,
    healthy,
    with_part,
    with_service,
)
from .case import Case, model


def cases() -> list[Case]:
    host = healthy().host_files
    assert host
    path = next(iter(host.files))
    environment = dict(model().services["backend"].environment)
    key = next(iter(environment))
    dockerfiles = healthy().dockerfiles
    assert dockerfiles
    edited = change(
        dockerfiles[0],
        changed="2099-01-01T00:00:00Z",
        text="FROM x\nRUN apt-get install -y cowsay\n",
    )
    return [
        (
            "stale",
            with_part("host_files", files={**host.files, path: "0" * 16}),
            "warn",
            path,
            "fix.rebuild-backend",
        ),
        (
            "stale",
            with_service("backend", environment={**environment, key: "other"}),
            "warn",
            key,
            "fix.recreate",
        ),
        (
            "stale",
            change(healthy(), dockerfiles=(edited,)),
            "warn",
            "older than its Dockerfile",
            "fix.rebuild-backend",
        ),
    ]
