"""What demo.down says that it removes."""

from __future__ import annotations

from tasks.core.fixes import teardown
from tasks.core.fixes.stakes import Volume

from .planning import stakes

ARGV = ("docker", "compose", "down")


def test_without_volumes_no_data_goes() -> None:
    made = teardown.plan(ARGV, "lead", stakes(), volumes=False)
    assert not made.loses_data
    assert made.destroys == ("2 containers: lead-backend-1 and lead-db-1",)
    assert "volume lead_postgres_data" in made.keeps
    assert made.command == "inv demo.down"


def test_with_volumes_each_is_named_with_its_size() -> None:
    far = Volume(name="far", key="far", external=True)
    loose = Volume(name="0123456789abcdef", service="db", size=1000)
    at_stake = stakes(volumes=(*stakes().volumes, far, loose))
    made = teardown.plan(ARGV, "lead", at_stake, volumes=True)
    assert made.loses_data
    assert made.destroys[1:] == (
        "volume lead_postgres_data (48.0 MB)",
        "volume lead_redis_data (88 B)",
        "anonymous volume 0123456789ab of db (1 kB)",
    )
    assert "volume far" in made.keeps
    assert made.command == "inv demo.down --volumes"


def test_without_any_volume_nothing_is_asked() -> None:
    assert not teardown.plan(ARGV, "lead", stakes(volumes=()), volumes=True).loses_data
