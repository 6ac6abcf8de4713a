"""Keys of env files; python-dotenv's reading is the measure."""

from __future__ import annotations

from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.snapshot import EnvKey
from tasks.core.sources.envkeys import parse

TEXT = """# a comment
A=1
export B = "two words"  # comment
EMPTY=
QUOTED_EMPTY=''
LONG="first
second=not a key
third"
AFTER='it''s'
this is no assignment
BARE

  INDENTED=x
A=2
"""


def test_keys_lines_and_emptiness() -> None:
    found = parse(TEXT)
    assert {key.name: (key.line, key.empty) for key in found.keys} == {
        "B": (3, False),
        "EMPTY": (4, True),
        "QUOTED_EMPTY": (5, True),
        "LONG": (6, False),
        "BARE": (11, True),
        "INDENTED": (13, False),
        "A": (14, False),
    }
    assert found.invalid == (9, 10)
    assert found.repeated == ("A",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark(end: str) -> None:
    text = "\ufeff" + end.join(["A=1", "", "# c", "B=2", "broken line here", "C="])
    found = parse(text)
    assert [(key.name, key.line) for key in found.keys] == [
        ("A", 1),
        ("B", 4),
        ("C", 6),
    ]
    assert found.invalid == (5,)


def test_an_example_offers_keys_in_comments() -> None:
    text = "# Set FOO=bar in prose.\n# PORT=80\n#export DEBUG=\nPORT=81\n# see url=x\n"
    assert parse(text, example=True).keys == (
        EnvKey(name="DEBUG", line=3, empty=True, optional=True),
        EnvKey(name="PORT", line=4),
    )
    assert [key.name for key in parse(text).keys] == ["PORT"]


def test_no_value_is_kept() -> None:
    assert "hunter2" not in repr(
        parse("PASSWORD=hunter2\n# OTHER=hunter2\n", example=True)
    )


LINES = st.lists(
    st.sampled_from(
        [
            "A=1",
            "B='x",
            'C="y',
            "'",
            '"',
            "export D=4",
            "# E=5",
            "",
            "F",
            "G = 'h' # i",
            "J=k=l",
            "'M N'=o",
            "P Q",
            "=r",
            "\\",
            "S='t\\'u'",
            'V="w\\"x"',
            "\tY=z",
        ]
    )
    | st.text(alphabet="AB=#'\" \\x", max_size=12),
    max_size=10,
)


@given(LINES, st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None, max_examples=300)
def test_agrees_with_python_dotenv(lines: list[str], end: str) -> None:
    text = end.join(lines)
    values = dotenv_values(stream=StringIO(text, newline=""), interpolate=False)
    found = {key.name: key.empty for key in parse(text).keys}
    assert found == {key: not value for key, value in values.items()}


@given(st.text(max_size=200))
@settings(deadline=None)
def test_never_raises_and_lines_exist(text: str) -> None:
    found = parse(text, example=True)
    last = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for line in (*(key.line for key in found.keys), *found.invalid):
        assert 1 <= line <= last
