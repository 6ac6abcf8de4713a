"""Everyday commands and one-shot services, on the smallest stack there can be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.commands import CHECKOUT, Result, call, outside
from tests.harness.containers import remove_project
from tests.harness.mini import base_images

pytestmark = pytest.mark.engine

PROJECT = f"unstuck-e2e-{os.getpid()}-shortcuts"
COMPOSE = f"""
name: {PROJECT}
services:
  migrate:
    image: {base_images()["POSTGRES_IMAGE"]}
    entrypoint: ["sh", "-c", "echo migrated; exit ${{CODE:-0}}"]
  app:
    image: {base_images()["POSTGRES_IMAGE"]}
    entrypoint: ["sh", "-c", "echo started; exec sleep infinity"]
    init: true
    depends_on:
      migrate: {{condition: service_completed_successfully}}
"""

Inv = Callable[..., Result]


@pytest.fixture
def inv(tmp_path: Path) -> Iterator[Inv]:
    (tmp_path / "compose.yaml").write_text(COMPOSE)

    def run(*args: str, **env: str) -> Result:
        environ = {**outside(), "UNSTUCK_ROOT": str(tmp_path), **env}
        return call(str(CHECKOUT / "inv"), *args, cwd=CHECKOUT, env=environ)

    try:
        yield run
    finally:
        remove_project(PROJECT)


def test_a_service_that_ran_once_and_ended_well_is_well(inv: Inv) -> None:
    assert inv("up").code == 0
    said = inv("check.containers")
    assert said.code == 0, said.out
    assert "1 up, migrate done" in said.out
    assert inv("triage").code == 0


def test_a_service_that_ran_once_and_failed_is_told(inv: Inv) -> None:
    said = inv("up", CODE="3")
    assert said.code == 1
    assert said.err.endswith("error: not all of it came up\n  → inv triage\n")
    said = inv("check.containers", CODE="3")
    assert said.code == 1
    assert "FAIL containers  migrate has stopped" in said.out
    assert "also: app was never started" in said.out


def test_a_service_that_there_is_not_is_no_empty_log(inv: Inv) -> None:
    assert inv("up").code == 0
    assert "started" in inv("logs", "app", "--tail", "5").out
    for task in ("logs", "restart", "sh", "up", "open"):
        said = inv(task, "ap")
        assert said.code == 2, task
        assert said.err.splitlines() == [
            "error: there is no service called ap",
            "  → did you mean app?",
        ]


def test_a_broken_env_file_is_named_and_never_quoted(inv: Inv, tmp_path: Path) -> None:
    value = "s3cr3t-that-nobody-may-see"
    (tmp_path / ".env").write_text(f'A=1\nDB_PASSWORD="{value}\n')
    for task in ("ps", "up", "logs", "check.all", "triage"):
        said = inv(task)
        assert said.code in (1, 2), task
        assert ".env:" in said.out + said.err
        assert value not in said.out + said.err
        assert "python-dotenv" not in said.err


@pytest.mark.parametrize(
    "named", [{"DOCKER_HOST": "unix:///no.sock"}, {"DOCKER_CONTEXT": "no-such"}]
)
def test_no_engine_is_one_line(inv: Inv, named: dict[str, str]) -> None:
    for task in ("ps", "up", "down", "logs", "restart"):
        said = inv(task, **named)
        assert said.code == 3, task
        assert len(said.err.splitlines()) == 2
        assert said.err.startswith(("error: no Docker Engine", "error: the Docker con"))
