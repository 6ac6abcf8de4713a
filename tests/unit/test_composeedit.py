"""One value of a Compose file changes, every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tasks.core.compose.edit import BUILD_ARGS, raw_value, set_environment, with_path
from tasks.core.errors import WrongUsage

FULL = (Path(__file__).parents[1] / "fixtures/compose/full/compose.yml").read_text()
TEXT = """# top
services:
  web:   # the frontend
    build:
      context: .
      args:
        API: http://localhost:${PORT:-8000}/api   # baked in
    environment:
      API:   "http://h/api" # quoted
      SINGLE: 'it''s'
      EMPTY:
      NULL_: ~
      BLOCK: |
        text
      FLAG: true
  list:
    environment:
      - API=http://h/api  # plain
      - "QUOTED=a b"
      - BARE
  flow:
    environment: {API: x}
  shared:
    environment: &shared
      API: x
  sharing:
    environment: *shared
"""


@pytest.mark.parametrize(
    ("service", "key", "value", "old", "new"),
    [
        (
            "web",
            "API",
            "http://h/v1",
            'API:   "http://h/api" #',
            'API:   "http://h/v1" #',
        ),
        ("web", "SINGLE", "isn't", "SINGLE: 'it''s'", "SINGLE: 'isn''t'"),
        ("web", "EMPTY", "x", "EMPTY:\n", "EMPTY: x\n"),
        ("web", "NULL_", "x", "NULL_: ~", "NULL_: x"),
        ("web", "FLAG", "false", "FLAG: true", 'FLAG: "false"'),
        ("web", "FLAG", "a: b #c", "FLAG: true", 'FLAG: "a: b #c"'),
        ("web", "FLAG", "${A:-x}", "FLAG: true", "FLAG: ${A:-x}"),
        ("web", "FLAG", "", "FLAG: true", 'FLAG: ""'),
        ("list", "API", "http://h/v1", "API=http://h/api  #", "API=http://h/v1  #"),
        ("list", "API", "a b: c", "- API=http://h/api  #", '- "API=a b: c"  #'),
        ("list", "QUOTED", "c d", '"QUOTED=a b"', '"QUOTED=c d"'),
    ],
)
def test_one_value_changes(
    service: str, key: str, value: str, old: str, new: str
) -> None:
    assert TEXT.count(old) == 1
    edited = set_environment(TEXT, service, key, value)
    assert edited == TEXT.replace(old, new)
    assert set_environment(edited, service, key, value) == edited
    raw = raw_value(edited, service, key)
    assert raw is not None and raw.value == value


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_build_arguments_line_ends_and_a_byte_order_mark(end: str, mark: str) -> None:
    text = mark + TEXT.replace("\n", end)
    new = "http://localhost:${PORT:-8000}/api/v1"
    edited = set_environment(text, "web", "API", new, BUILD_ARGS)
    assert edited == text.replace("8000}/api ", "8000}/api/v1 ")


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("web", "ABSENT"),
        ("web", "BLOCK"),
        ("absent", "API"),
        ("list", "BARE"),
        ("flow", "API"),
        ("shared", "API"),
        ("sharing", "API"),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(service: str, key: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        set_environment(TEXT, service, key, "y")
    assert refused.value.hint == "edit it by hand"


def test_what_another_service_merges_is_refused() -> None:
    text = TEXT.replace("  web:", "  web: &web") + "  copy:\n    <<: *web\n"
    for service in ("web", "copy"):
        with pytest.raises(WrongUsage):
            set_environment(text, service, "API", "y")


def test_a_key_that_stands_twice_is_refused() -> None:
    text = "services:\n  a:\n    environment:\n      - A=1\n      - A=2\n"
    with pytest.raises(WrongUsage, match="twice"):
        set_environment(text, "a", "A", "x")


@pytest.mark.parametrize(
    "text", ["services: [", "services:\n  a:\n    environment:\n   - A=1\n"]
)
def test_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        set_environment(text, "a", "A", "x")


def test_a_value_is_one_line() -> None:
    with pytest.raises(WrongUsage):
        set_environment(TEXT, "web", "API", "a\nb")


def test_raw_values_keep_their_variables() -> None:
    raw = raw_value(TEXT, "web", "API", BUILD_ARGS)
    assert raw == ("http://localhost:${PORT:-8000}/api", 7)
    assert raw_value(TEXT, "list", "QUOTED") == ("a b", 19)
    assert raw_value(TEXT, "web", "EMPTY") == (None, 11)
    assert raw_value(TEXT, "web", "ABSENT") is None


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("http://h:1/api", "http://h:1/api/v1"),
        ("http://h:1", "http://h:1/api/v1"),
        ("http://h/", "http://h/api/v1"),
        ("https://${H:-a}:${P:-80}/x/y", "https://${H:-a}:${P:-80}/api/v1"),
        ("http://$HOST/api", "http://$HOST/api/v1"),
        ("${API:-http://h/api}", None),
        ("/api", None),
        ("", None),
    ],
)
def test_another_path_for_a_url(url: str, changed: str | None) -> None:
    assert with_path(url, "/api/v1") == changed


VALUES = st.text(alphabet="aZ0 :#'\"${}[],&*!|>%@`\\-?~=/.", max_size=15)


@given(
    st.sampled_from(
        [
            ("web", "API"),
            ("web", "SINGLE"),
            ("web", "EMPTY"),
            ("web", "FLAG"),
            ("list", "API"),
            ("list", "QUOTED"),
        ]
    ),
    VALUES,
)
@settings(deadline=None, max_examples=300)
def test_any_value_reads_back(place: tuple[str, str], value: str) -> None:
    service, key = place
    edited = set_environment(TEXT, service, key, value)
    assert edited.count("\n") == TEXT.count("\n")
    lines = zip(edited.split("\n"), TEXT.split("\n"), strict=True)
    assert sum(a != b for a, b in lines) <= 1
    section = YAML(typ="safe", pure=True).load(edited)["services"][service][
        "environment"
    ]
    if isinstance(section, list):
        assert f"{key}={value}" in section
    else:
        assert section[key] == value
    assert set_environment(edited, service, key, value) == edited


@given(st.text(max_size=60), VALUES)
@settings(deadline=None)
def test_any_text_is_edited_or_refused(text: str, value: str) -> None:
    whole = f"services:\n  a:\n    environment:\n      A: {text}\n"
    try:
        edited = set_environment(whole, "a", "A", value)
    except WrongUsage:
        return
    assert YAML(typ="safe", pure=True).load(edited)["services"]["a"]["environment"] == {
        "A": value
    }


def test_in_a_file_with_anchors_what_is_a_services_own_can_be_changed() -> None:
    edited = set_environment(FULL, "backend", "RATIO", "2")
    assert edited == FULL.replace("RATIO: 1.50", 'RATIO: "2"')
    with pytest.raises(WrongUsage):
        set_environment(FULL, "backend", "LOG_LEVEL", "debug")
