"""Which clue is the cause and which only follows."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tasks.core.diagnosis.clues import Clue
from tasks.core.diagnosis.ranking import rank
from tasks.core.needs import Needs
from tasks.core.snapshot import Model, Service

MODEL = Model(
    services={
        "db": Service(name="db"),
        "redis": Service(name="redis"),
        "backend": Service(
            name="backend",
            depends_on={"db": "service_healthy"},
            environment={"REDIS_URL": "redis://:x@redis:6379/0"},
        ),
        "frontend": Service(name="frontend", depends_on={"backend": ""}),
    }
)
NEEDS = Needs(MODEL)


def clue(id: str, service: str, weight: int, **more: Any) -> Clue:
    return Clue(
        id=id,
        service=service,
        weight=weight,
        category=more.pop("category", "code"),
        confidence="certain",
        cause=f"{id} in {service}",
        **more,
    )


def roots(*clues: Clue) -> list[str]:
    """Return the roots' ids; the order in which clues come must not matter."""
    found = {
        tuple(root.clue.id for root in rank(order, NEEDS))
        for order in itertools.permutations(clues)
    }
    assert len(found) == 1, found
    return list(found.pop())


DOWN = clue("service-stopped", "db", 90, takes_away=True, state=True, category="engine")
REFUSED = clue("db-refused", "backend", 20, about=("db",), category="network")
LOOP = clue("unknown", "backend", 30, state=True, takes_away=True)
NUMPY = clue("numpy-abi", "backend", 90, category="dependency")


def test_needs_follow_depends_on_and_addresses() -> None:
    assert NEEDS.of("backend") == {"db", "redis"}
    assert NEEDS.of("frontend") == {"backend", "db", "redis"}
    assert NEEDS.of("db") == set()


def test_the_database_outranks_what_follows_from_it() -> None:
    ill = clue("service-unhealthy", "frontend", 25, state=True, takes_away=True)
    errors = [
        clue(f"error-{n}", "backend", 10 + n, about=("db",), category="network")
        for n in range(3)
    ]
    assert roots(DOWN, REFUSED, LOOP, ill) == ["service-stopped"]
    (root,) = rank([*errors, LOOP, ill, DOWN], NEEDS)
    assert root.clue is DOWN
    assert len(root.consequences) == 5


def test_what_a_service_says_at_its_end_follows_from_its_end() -> None:
    lost = clue("db-connection-lost", "db", 12, category="network")
    assert roots(DOWN, lost) == ["service-stopped"]
    full = clue("disk-full", "db", 98, category="resource")
    assert roots(DOWN, full) == ["disk-full"]


def test_an_independent_cause_stays_one() -> None:
    assert roots(DOWN, REFUSED, NUMPY, LOOP) == ["service-stopped", "numpy-abi"]


def test_what_is_said_in_the_service_explains_that_it_loops() -> None:
    assert roots(LOOP, NUMPY) == ["numpy-abi"]
    assert roots(LOOP) == ["unknown"]


def test_one_traceback_tells_of_one_failure() -> None:
    inner = clue("setting-missing", "backend", 84, events=("backend-1#7",))
    outer = clue("asgi-app-not-found", "backend", 76, events=("backend-1#7",))
    assert roots(inner, outer) == ["setting-missing"]
    elsewhere = clue("asgi-app-not-found", "backend", 76, events=("backend-1#9",))
    assert roots(inner, elsewhere) == ["setting-missing", "asgi-app-not-found"]
    # Also if the other one was read elsewhere before.
    often = clue("disk-full", "beat", 98, events=("beat-1#2", "beat-1#5"))
    broken = clue("celery-beat-schedule-broken", "beat", 60, events=("beat-1#5",))
    assert roots(often, broken) == ["disk-full"]


def test_said_relations_hold_between_services_that_have_to_do_with_each_other() -> None:
    drift = clue("env-drift", "redis", 58, about=("redis",), explains=("redis-*",))
    refused = clue("redis-password-rejected", "backend", 74, about=("redis",))
    assert roots(drift, refused) == ["env-drift"]
    far = clue("env-drift", "frontend", 58, explains=("redis-*",))
    other = clue("redis-password-rejected", "db", 74)
    assert len(roots(far, other)) == 1  # the frontend needs the database
    unrelated = clue("redis-password-rejected", "redis", 74)
    stranger = clue("env-drift", "db", 58, explains=("redis-*",))
    assert len(roots(stranger, unrelated)) == 2


def test_what_follows_by_declaration() -> None:
    cause = clue("db-role-missing", "db", 77, category="auth")
    effect = clue(
        "db-password-rejected",
        "backend",
        75,
        follows=("db-role-missing",),
        about=("db",),
    )
    assert roots(cause, effect) == ["db-role-missing"]


def test_a_service_that_is_gone_explains_nothing_of_one_that_does_not_need_it() -> None:
    gone = clue("service-stopped", "frontend", 90, takes_away=True)
    refused = clue("connection-refused", "backend", 20, category="network")
    assert len(roots(gone, refused)) == 2


def test_the_engine_explains_whatever_a_service_suffers() -> None:
    engine = clue("engine-unreachable", "", 100, takes_away=True, category="engine")
    assert roots(engine, REFUSED, LOOP) == ["engine-unreachable"]


def test_what_is_broken_comes_before_what_only_warns() -> None:
    warns = clue("env-drift", "backend", 99, warns=True)
    assert roots(warns, clue("data-missing", "db", 55)) == ["data-missing", "env-drift"]


def test_a_warning_that_something_broken_follows_from_is_broken() -> None:
    drift = clue("env-drift", "redis", 58, warns=True, explains=("redis-*",))
    refused = clue("redis-password-rejected", "redis", 57)
    sick = clue("service-unhealthy", "frontend", 25, state=True)
    assert roots(drift, sick) == ["service-unhealthy", "env-drift"]
    assert roots(drift, refused, sick) == ["env-drift", "service-unhealthy"]


def test_equal_weights_are_told_apart_by_depth_then_by_time() -> None:
    deep = clue("b", "db", 50)
    shallow = clue("a", "frontend", 50)
    assert roots(deep, shallow) == ["b", "a"]
    early = clue("late-name", "db", 50, since="2026-01-01T00:00:00Z")
    later = clue("early-name", "db", 50, since="2026-01-01T00:00:09Z")
    assert roots(early, later) == ["late-name", "early-name"]


def test_two_that_explain_each_other_do_not_vanish() -> None:
    one = clue("a", "db", 50, explains=("b",))
    two = clue("b", "db", 50, explains=("a",))
    assert len(roots(one, two)) == 1


@pytest.mark.parametrize("count", [0, 1])
def test_few_clues(count: int) -> None:
    assert len(rank([NUMPY][:count], NEEDS)) == count
