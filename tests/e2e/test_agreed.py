"""Our own reading serves where Compose agreed to it, and only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.adapters import runner, settings
from tasks.adapters.docker import agreed
from tasks.core.snapshot import Model

pytestmark = pytest.mark.engine  # Compose comes with it

FILE = """
name: agreed
services:
  web:
    image: web:${TAG:-1}
    env_file: [web.env]
    environment:
      GREETING: ${GREETING}
    ports: ["8123:80"]
"""


class Asked:
    """Counts what is run, and runs it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.argvs: list[tuple[str, ...]] = []
        run = runner.run

        def counted(argv: tuple[str, ...], **how: object) -> runner.Result:
            self.argvs.append(tuple(argv))
            return run(argv, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(runner, "run", counted)

    def times(self) -> int:
        """Return how often since it was last asked, and forget."""
        found, self.argvs = len(self.argvs), []
        return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    for key in [key for key in os.environ if key.startswith(("COMPOSE_", "UNSTUCK_"))]:
        monkeypatch.delenv(key)
    for key in ("TAG", "GREETING"):
        monkeypatch.delenv(key, raising=False)
    return Asked(monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docker-compose.yml").write_text(FILE)
    (tmp_path / ".env").write_text("GREETING=hello\nUNRELATED=1\n")
    (tmp_path / "web.env").write_text("COLOUR=red\n")
    return tmp_path


def look(root: Path) -> Model:
    return agreed.resolve(settings.load(root)).model


def test_compose_is_asked_once_for_each_state(root: Path, asked: Asked) -> None:
    first = look(root)
    assert (first.error, asked.times()) == ("", 1)
    assert look(root) == first
    assert asked.times() == 0


@pytest.mark.parametrize(
    ("file", "text", "key", "value"),
    [
        (".env", "GREETING=hi\n", "GREETING", "hi"),
        ("web.env", "COLOUR=blue\n", "COLOUR", "blue"),
        ("docker-compose.yml", FILE.replace("${GREETING}", "hey"), "GREETING", "hey"),
    ],
)
def test_it_is_asked_again_when_a_file_changes(
    root: Path, asked: Asked, file: str, text: str, key: str, value: str
) -> None:
    look(root)
    asked.times()
    (root / file).write_text(text)
    changed = look(root)
    assert changed.services["web"].environment[key] == value
    assert asked.times() == 1


def test_a_variable_that_the_files_name_counts_and_others_do_not(
    root: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(root)
    asked.times()
    monkeypatch.setenv("NOBODY_ASKS_FOR_THIS", "1")
    look(root)
    assert asked.times() == 0
    monkeypatch.setenv("TAG", "2")
    assert look(root).services["web"].image == "web:2"
    assert asked.times() == 1


def test_where_compose_refuses_it_is_asked_each_time(root: Path, asked: Asked) -> None:
    (root / "docker-compose.yml").write_text(FILE + "    colour: red\n")
    for _ in range(2):
        assert "colour" in look(root).error
        assert asked.times() == 1


def test_what_comes_from_files_unknown_to_us_is_compose_s(
    root: Path, asked: Asked
) -> None:
    (root / "more.yml").write_text("services: {db: {image: 'db:1'}}\n")
    (root / "docker-compose.yml").write_text(f"include: [more.yml]\n{FILE}")
    for _ in range(2):
        assert set(look(root).services) == {"db", "web"}
        assert asked.times() == 1


def test_nothing_of_what_was_read_is_kept(root: Path, asked: Asked) -> None:
    look(root)
    assert asked.times() == 1
    kept = list((root / ".unstuck" / "cache").iterdir())
    assert [(path.name[:8], path.read_bytes()) for path in kept] == [("compose-", b"")]


def test_the_version_is_asked_once(root: Path, asked: Asked) -> None:
    used = settings.load(root)
    first = agreed.version(used)
    assert (first[1], asked.times()) == ("", 1)
    assert agreed.version(used) == first
    assert asked.times() == 0
