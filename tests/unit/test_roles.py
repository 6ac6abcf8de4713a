"""Which service plays which part; never by a part of a name."""

from __future__ import annotations

import pytest

from tasks.core.errors import WrongUsage
from tasks.core.roles import Context, assign, words
from tasks.core.snapshot import Service

NEXT = Context(frozenset({"package.json"}), frozenset({"next", "react"}))
FASTAPI = Context(frozenset({"requirements.txt"}), frozenset({"fastapi"}))
ALEMBIC = Context(frozenset({"alembic.ini", "package.json"}))


def services(**images: str) -> dict[str, Service]:
    """Services by name with an image, or a build context if it has a slash first."""
    found = {}
    for name, image in images.items():
        key = name.replace("_", "-")
        built = image.startswith("/")
        found[key] = Service(
            name=key, image=f"p-{key}" if built else image, context=built * image
        )
    return found


def test_usual_names() -> None:
    found = services(backend="/b", frontend="/f", db="own/pg:1", redis="own/cache")
    assert assign(found, {}, {}) == {
        "backend": "backend",
        "frontend": "frontend",
        "db": "db",
        "redis": "redis",
    }


def test_a_name_matches_as_a_whole() -> None:
    found = services(
        db_test="x", my_backend="x", redis_exporter="oliver/redis_exporter"
    )
    assert assign(found, {}, {}) == {}


@pytest.mark.parametrize(
    ("image", "role"),
    [
        ("postgres:15", "db"),
        ("postgres@sha256:00", "db"),
        ("registry.local:5000/library/postgres", "db"),
        ("postgis/postgis:15-3.4", "db"),
        ("timescale/timescaledb:latest-pg15", "db"),
        ("valkey/valkey:8", "redis"),
        ("redis/redis-stack-server", "redis"),
        ("prometheuscommunity/postgres-exporter", None),
        ("dpage/pgadmin4", None),
        ("mysql:8", None),
    ],
)
def test_by_the_image(image: str, role: str | None) -> None:
    assert assign(services(x=image), {}, {}) == ({role: "x"} if role else {})


def test_another_database_called_db_is_not_ours() -> None:
    assert assign(services(db="mysql:8"), {}, {}) == {}


def test_of_two_databases_the_one_that_others_wait_for() -> None:
    found = services(a_test="postgres:15", data="postgres:15", api="/b")
    found["api"] = Service(name="api", context="/b", depends_on={"data": ""})
    assert assign(found, {}, {})["db"] == "data"


def test_by_the_build_context() -> None:
    found = services(one="/1", two="/2")
    contexts = {"one": NEXT, "two": FASTAPI}
    assert assign(found, {}, contexts) == {"backend": "two", "frontend": "one"}
    assert assign(found, {}, {"one": ALEMBIC}) == {"backend": "one"}


def test_web_is_what_is_in_it() -> None:
    found = services(web="/w", api="/a")
    assert assign(found, {}, {"web": NEXT})["frontend"] == "web"
    only = services(web="/w")
    assert assign(only, {}, {"web": FASTAPI}) == {"backend": "web"}
    assert assign(only, {}, {"web": NEXT}) == {"frontend": "web"}
    assert assign(services(web="nginx:1"), {}, {}) == {"frontend": "web"}


def test_a_setting_decides() -> None:
    found = services(backend="/b", other="/o", db="postgres:15")
    named = {"backend": "other", "db": ""}
    assert assign(found, named, {}) == {"backend": "other", "db": "db"}


def test_a_setting_that_names_no_service_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage) as error:
        assign(services(api="/b", db="postgres"), {"backend": "bakend"}, {})
    assert "UNSTUCK_BACKEND" in error.value.message
    assert error.value.hint == "services: api, db"


def test_where_nothing_resolves_a_setting_is_not_blamed() -> None:
    assert assign({}, {"backend": "api"}, {}) == {"backend": "api"}


def test_packages_of_a_package_json() -> None:
    assert words(
        {"dependencies": {"Next": "14"}, "devDependencies": {"vite": "5"}}
    ) == {
        "next",
        "vite",
    }
    assert words({"dependencies": ["next"]}) == frozenset()
