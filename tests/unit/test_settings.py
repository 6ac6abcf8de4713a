"""Settings: their table, their documents, their errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.adapters.settings import read_env
from tasks.core import config
from tasks.core.docs import settings as settings_docs
from tasks.core.errors import WrongUsage

ROOT = Path(__file__).parents[2]


def test_the_example_names_every_setting_as_the_table_has_it() -> None:
    text = (ROOT / ".env.example").read_text()
    assert text.endswith(settings_docs.env_block())


def test_the_page_is_as_generated() -> None:
    assert (ROOT / "docs/settings.md").read_text() == settings_docs.page()


def test_every_setting_is_a_field() -> None:
    fields = set(config.Settings.__struct_fields__) - {"root", "environ"}
    assert {setting.key.lower() for setting in config.SETTINGS} == fields


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("PROBE_TIMEOUT", "soon", "not a number"),
        ("PROBE_TIMEOUT", "0", "above 0"),
        ("PROBE_TIMEOUT", "nan", "above 0"),
        ("PINS", "numpy=1", "not a list like"),
        ("MIGRATE", "alembic 'upgrade", "not a command"),
    ],
)
def test_a_bad_value_is_wrong_usage_that_names_the_key(
    key: str, value: str, words: str
) -> None:
    with pytest.raises(WrongUsage, match=f"UNSTUCK_{key}.*{words}") as caught:
        config.parse(ROOT, {f"UNSTUCK_{key}": value})
    assert caught.value.code == 2


def test_compose_file_wins_over_the_setting(tmp_path: Path) -> None:
    settings = config.parse(tmp_path, {"COMPOSE_FILE": "a.yml:b.yml"})
    assert settings.files == ("a.yml", "b.yml")


@pytest.mark.parametrize("name", ["compose.yaml", "docker-compose.yml"])
def test_composes_own_names_are_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert config.parse(tmp_path, {}).files == (name,)


def test_a_value_made_of_others_takes_the_environments_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=3000\nORIGIN=http://localhost:${PORT}\n")
    assert read_env(tmp_path / ".env")["ORIGIN"] == "http://localhost:3000"
    monkeypatch.setenv("PORT", "3200")
    read = read_env(tmp_path / ".env")
    assert read == {"PORT": "3000", "ORIGIN": "http://localhost:3200"}
