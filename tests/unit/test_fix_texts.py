"""What fixes read from texts: missing columns, lost values, places of a variable."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.core.diagnosis.missing import Missing, in_text, mentioning
from tasks.core.errors import WrongUsage
from tasks.core.fixes import fileedits, recovery
from tasks.core.fixes.fileedits import Edit, Place, api_url, diff, places
from tasks.core.snapshot import Migrations, Revision

INTERNAL = frozenset({"backend", "db"})


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        (
            "column people.pgy_level does not exist",
            "pgy_level",
            "column people.pgy_level",
        ),
        (
            'UndefinedColumn: column "active" of relation "people" does not exist',
            "active",
            "column people.active",
        ),
        ('ERROR:  column "x" does not exist at character 8', "x", "column x"),
        ('relation "absences" does not exist', "absences", "table absences"),
        ('relation "public.absences" does not exist', "absences", "table absences"),
    ],
)
def test_what_a_log_says_is_missing(line: str, name: str, words: str) -> None:
    assert list(in_text(f"2026 {line}\nLINE 1: ...")) == [Missing(name, words)]


def test_a_log_without_such_a_line_says_nothing() -> None:
    assert list(in_text('role "x" does not exist\ndatabase "y" does not exist')) == []


def test_a_revision_mentions_a_name_as_a_whole() -> None:
    graph = Migrations(
        directory="v",
        revisions=(
            Revision(id="1", down=(), file="1.py", names=("people", "pgy_levels")),
            Revision(id="2", down=("1",), file="2.py", names=("people.PGY_level",)),
        ),
    )
    assert [r.id for r in mentioning(graph, "pgy_level")] == ["2"]


# -- an API address -------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("http://localhost:8000/api", "http://localhost:8000/api/v1"),
        ("http://localhost:8000", "http://localhost:8000/api/v1"),
        ("http://localhost:${PORT:-8000}/api", "http://localhost:${PORT:-8000}/api/v1"),
        ("http://backend:8000/api/v1", "http://localhost:8000/api/v1"),
        ("${API:-http://localhost:1/api}", "${API:-http://localhost:1/api/v1}"),
        ("/api", "/api/v1"),
        ("${API}", None),
        ("${A}${B}", None),
    ],
)
def test_an_address_keeps_its_variables(raw: str, wanted: str | None) -> None:
    assert api_url(raw, "/api/v1", INTERNAL) == wanted


def test_what_can_t_be_told_is_for_a_person() -> None:
    place = Place("c.yml", "environment", "API", "${API}")
    with pytest.raises(WrongUsage, match="can't be changed safely"):
        fileedits.must(place, None)
    assert fileedits.must(place, "x") == "x"


COMPOSE = """\
services:
  web:
    build:
      args:
        - A=${FROM_ENV}
        - B=2
    environment:
      A: ${FROM_ENV}
      C: "3"
      D:
"""


def test_the_places_of_a_variable() -> None:
    env = {"FROM_ENV": "x", "D": "y"}
    assert places("web", "A", {"c.yml": COMPOSE}, env) == [
        Place(".env", "env", "FROM_ENV", "x")
    ]
    assert [p.section for p in places("web", "A", {"c.yml": COMPOSE}, {})] == [
        "environment",
        "args",
    ]
    assert places("web", "B", {"c.yml": COMPOSE}, env) == [
        Place("c.yml", "args", "B", "2")
    ]
    assert places("web", "D", {"c.yml": COMPOSE}, env) == [
        Place(".env", "env", "D", "y")
    ]
    assert places("web", "Z", {"c.yml": COMPOSE}, env) == []


def test_an_edit_survives_as_arguments_and_is_done_once() -> None:
    edit = Edit(".env", "env-key", {"key": "A", "value": "2"})
    assert fileedits.unflatten(edit.flat()) == edit
    once = edit.apply("A=1\nB=1\n")
    assert once == "A=2\nB=1\n"
    assert edit.apply(once) == once
    assert diff("A=1\nB=1\n", once) == ("-A=1", "+A=2")


# -- lost values ----------------------------------------------------------------


def container(service: str, env: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "Config": {
            "Labels": {"com.docker.compose.service": service},
            "Env": [f"{k}={v}" for k, v in env.items()],
            "Cmd": more.get("cmd"),
        },
        "HostConfig": {"PortBindings": more.get("ports", {})},
    }


def test_lost_values_are_found_in_containers() -> None:
    marks = recovery.marks(["DB_PASSWORD", "DB_USER", "WEB_PORT", "REDIS_PASSWORD"])
    document = {
        "services": {
            "web": {
                "environment": {
                    "URL": f"postgresql://{marks['DB_USER']}:{marks['DB_PASSWORD']}@db/x",
                    "OTHER": "unchanged",
                    "NONE": None,
                },
                "ports": [{"target": 80, "published": marks["WEB_PORT"]}],
            },
            "redis": {
                "command": ["redis-server", "--requirepass", marks["REDIS_PASSWORD"]]
            },
        }
    }
    containers = [
        container(
            "web",
            {"URL": "postgresql://app:p%40ss:word@db/x", "OTHER": "different"},
            ports={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]},
        ),
        container("redis", {}, cmd=["redis-server", "--requirepass", "r$ecret"]),
        container("gone", {"URL": "x"}),
    ]
    assert recovery.values(marks, document, containers) == {
        "DB_USER": "app",
        "DB_PASSWORD": "p%40ss:word",
        "WEB_PORT": "8080",
        "REDIS_PASSWORD": "r$ecret",
    }


def test_what_no_longer_fits_is_not_guessed() -> None:
    marks = recovery.marks(["A"])
    document = {"services": {"web": {"environment": {"URL": f"x://{marks['A']}@h"}}}}
    assert (
        recovery.values(marks, document, [container("web", {"URL": "y://b@h"})]) == {}
    )
    twice = f"{marks['A']}-{marks['A']}"
    document = {"services": {"web": {"environment": {"T": twice}}}}
    assert recovery.values(marks, document, [container("web", {"T": "b-b"})]) == {
        "A": "b"
    }
    assert recovery.values(marks, document, [container("web", {"T": "b-c"})]) == {}


def test_marks_are_all_different_and_ports_are_numbers() -> None:
    marks = recovery.marks(f"K{n}" for n in range(30))
    marks |= recovery.marks(f"P{n}_PORT" for n in range(30))
    assert len(set(marks.values())) == 60
    assert all(v.isdigit() for k, v in marks.items() if k.endswith("PORT"))
    # none is a part of another: it would be found in its place
    values = list(marks.values())
    assert not any(a in b for a in values for b in values if a != b)
