"""Compose's variables, by its own documentation and by what it was seen to do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.compose.interpolate import Use, expand

ENVIRON = {"A": "1", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A ${A}", "1 1"),
        ("x$$A", "x$A"),
        ("${A:-d} ${EMPTY:-d} ${NO:-d}", "1 d d"),
        ("${A-d} ${EMPTY-d} ${NO-d}", "1  d"),
        ("${A:?e} ${A?e} ${EMPTY?e}", "1 1 "),
        ("${A:+r} ${EMPTY:+r} ${NO:+r}", "r  "),
        ("${A+r} ${EMPTY+r} ${NO+r}", "r r "),
        ("${NO:-${ALSO:-${A}}}", "1"),
        ("${NO:-http://${EMPTY:-host}:${A}/x}", "http://host:1/x"),
        ("${NO:-$$x}", "$x"),
        ("cost: 5$ and $1", "cost: 5$ and $1"),
    ],
)
def test_expands_as_compose_does(text: str, expected: str) -> None:
    assert expand(text, ENVIRON).text == expected


@pytest.mark.parametrize(
    ("text", "unset"),
    [
        ("$NO ${NO2}", (Use("NO"), Use("NO2"))),
        ("${NO:?set it}", (Use("NO", True, "set it"),)),
        ("${EMPTY:?set it}", (Use("EMPTY", True, "set it"),)),
        ("${A:-$NO}", ()),
        ("${NO:-$NO2}", (Use("NO2"),)),
        ("${NO:-d}${NO-d}${NO:+r}${EMPTY}", ()),
    ],
)
def test_names_what_is_needed_and_missing(text: str, unset: tuple[Use, ...]) -> None:
    assert expand(text, ENVIRON).unset == unset


@pytest.mark.parametrize("text", ["${1bad}", "${", "${}", "${A:-", "${A b}"])
def test_tells_what_compose_refuses(text: str) -> None:
    assert expand(text, ENVIRON).invalid


@given(st.text(alphabet="ab${}:-?+A_ \n", max_size=60))
@settings(deadline=None)
def test_never_raises(text: str) -> None:
    expand(text, ENVIRON)


@given(st.text(max_size=60))
@settings(deadline=None)
def test_an_escaped_text_is_itself(text: str) -> None:
    assert expand(text.replace("$", "$$"), ENVIRON).text == text


def test_defaults_may_nest_deeply_and_still_end() -> None:
    deep = "${N:-" * 500 + "x" + "}" * 500
    expand(deep, {})
