"""Hints are in every match, so that looking for them first misses nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.redact.engine import Engine
from tasks.core.redact.hints import Hint, hints
from tasks.core.redact.keys import Keys

TRIGGERS = [rule.trigger for _, rules in Engine(Keys())._looks for rule in rules]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (rb"ghp_[a-z]{3}", {Hint(b"ghp_", False)}),
        (rb"(?i:PassWord|token)x?", {Hint(b"password", True), Hint(b"token", True)}),
        (rb"a(?:bc|[de])f", set()),
        (rb"[0-9]{3}", set()),
        (rb"(?:abc){2,}d", {Hint(b"abc", False)}),
        (rb"(?:abc)?xy", {Hint(b"xy", False)}),
    ],
)
def test_hints_of_an_expression(expression: bytes, expected: set[Hint]) -> None:
    assert hints(expression) == expected


@given(data=st.data(), trigger=st.sampled_from(TRIGGERS))
def test_each_match_of_a_trigger_has_a_hint(
    data: st.DataObject, trigger: bytes
) -> None:
    match = data.draw(st.from_regex(re.compile(trigger)))
    found = re.compile(trigger, re.MULTILINE).search(match)
    told = hints(trigger)
    if found and told:
        text = found[0]
        assert any(h.text in (text.lower() if h.any_case else text) for h in told)
