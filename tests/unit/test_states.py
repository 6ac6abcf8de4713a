"""What a container's state means."""

from __future__ import annotations

import pytest

from tasks.core.snapshot import Model, Service
from tasks.core.states import runs_once

WAITED_FOR = {"migrate": "service_completed_successfully"}


@pytest.mark.parametrize(
    ("own", "others_need", "expected"),
    [
        ({}, WAITED_FOR, True),
        ({"healthcheck": True}, WAITED_FOR, True),
        ({"restart": "no"}, {}, True),
        ({"restart": "no"}, {"migrate": "service_started"}, True),
        # What has a healthcheck is to last; Compose's default says nothing.
        ({"restart": "no", "healthcheck": True}, {}, False),
        ({}, {}, False),
        ({}, {"migrate": "service_healthy"}, False),
        ({"restart": "unless-stopped"}, {}, False),
        ({"restart": "on-failure"}, {}, False),
    ],
)
def test_a_service_that_is_to_end(
    own: dict[str, object], others_need: dict[str, str], expected: bool
) -> None:
    services = {
        "migrate": Service(name="migrate", **own),  # type: ignore[arg-type]
        "backend": Service(name="backend", depends_on=others_need),
    }
    assert runs_once(Model(services=services), "migrate") is expected


def test_what_plays_a_part_is_to_last() -> None:
    model = Model(
        services={"api": Service(name="api", restart="no")}, roles={"backend": "api"}
    )
    assert not runs_once(model, "api")
    assert not runs_once(model, "nobody")
