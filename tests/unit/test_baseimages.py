"""Which base image is used: what is there first, then what can be had."""

from __future__ import annotations

import pytest

from tasks.core.machine import baseimages
from tasks.core.machine.baseimages import Base

BASE = Base("python", "PYTHON_IMAGE", "python:3.11-slim", "local/python:3.11", "abc")


@pytest.mark.parametrize(
    ("named", "present", "used"),
    [
        # Nothing there: to be had first.
        ("python:3.11-slim", {}, None),
        ("", {}, None),
        # What is there is used without asking a registry.
        ("python:3.11-slim", {"python:3.11-slim": ""}, "python:3.11-slim"),
        ("python:3.11-slim", {"local/python:3.11": "abc"}, "local/python:3.11"),
        ("", {"python:3.11-slim": "", "local/python:3.11": "abc"}, "python:3.11-slim"),
        # A stand-in in use stays in use while it is up to date.
        (
            "local/python:3.11",
            {"python:3.11-slim": "", "local/python:3.11": "abc"},
            "local/python:3.11",
        ),
        ("local/python:3.11", {"local/python:3.11": "older"}, None),
        ("local/python:3.11", {}, None),
        # The user's own choice is the user's.
        ("python:3.12", {"local/python:3.11": "abc"}, "python:3.12"),
    ],
)
def test_plan(named: str, present: dict[str, str], used: str | None) -> None:
    found = baseimages.plan([BASE], {"PYTHON_IMAGE": named}, present)
    assert found.use.get("PYTHON_IMAGE") == used
    assert found.missing == (() if used else (BASE,))


def test_a_digest_tells_parts_apart() -> None:
    assert baseimages.digest(["ab", "c"]) != baseimages.digest(["a", "bc"])
    assert baseimages.digest(["ab", b"c"]) == baseimages.digest([b"ab", "c"])


def test_every_stand_in_carries_what_it_was_made_from() -> None:
    document = baseimages.bake_file([BASE], "images")
    assert document["target"] == {
        "python": {
            "context": "images/python",
            "tags": ["local/python:3.11"],
            "labels": {"unstuck.content": "abc"},
        }
    }
