"""Edits change one logical line, keep every other byte, and can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import WrongUsage
from tasks.core.fixes.edits import (
    set_api_base,
    set_env_key,
    set_requirement,
    set_with_credentials,
)
from tasks.core.sources import api_source, pins, requirements

PIN = "numpy==1.26.4"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("numpy>=2\n", "numpy==1.26.4\n"),
        ("a\r\nNumPy >= 2  # why\r\nb", "a\r\nNumPy ==1.26.4  # why\r\nb"),
        ("numpy\n", "numpy==1.26.4\n"),
        ("numpy  # any\n", "numpy==1.26.4  # any\n"),
        (
            "numpy[x]>=2,<3 ; python_version>'3'\n",
            "numpy[x]==1.26.4 ; python_version>'3'\n",
        ),
        ("numpy(>=2)\n", "numpy==1.26.4\n"),
        ("\ufeffnumpy>=2", "\ufeffnumpy==1.26.4"),
        ("numpy==1.26.4 # right\n", "numpy==1.26.4 # right\n"),
        ("scipy\n", "scipy\nnumpy==1.26.4\n"),
        ("scipy", "scipy\nnumpy==1.26.4\n"),
        ("a\r\n", "a\r\nnumpy==1.26.4\r\n"),
        ("", "numpy==1.26.4\n"),
    ],
)
def test_a_requirement_is_pinned(before: str, after: str) -> None:
    assert set_requirement(before, PIN) == after
    assert set_requirement(after, PIN) == after


@pytest.mark.parametrize(
    "text",
    [
        "numpy>=2 --hash=sha256:00\n",
        "numpy>=2 \\\n  --hash=sha256:00\n",
        "numpy>=2\nnumpy<1\n",
        "numpy @ https://example.invalid/n.whl\n",
        "git+https://example.invalid/n.git#egg=numpy\n",
        '[project]\ndependencies = ["numpy>=2"]\n',
    ],
)
def test_a_requirement_that_is_more_than_a_version_is_left(text: str) -> None:
    with pytest.raises(WrongUsage):
        set_requirement(text, PIN)


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(old) == len(new)
    return [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]


REQUIREMENTS = st.lists(
    st.sampled_from(
        [
            "scipy==1",
            "# numpy",
            "",
            "-r x.txt",
            "a[b]>1 ; os_name>'a'",
            "c --hash=x",
            "d>1 \\\n ,<2",
            "e",
        ]
    ),
    max_size=6,
)


@given(
    REQUIREMENTS,
    st.sampled_from(
        ["numpy>=2", " numpy  ~= 2.0 # c", "NUMPY[x]", "numpy==2;os_name!='x'"]
    ),
    REQUIREMENTS,
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
def test_one_line_of_a_requirements_file_changes(
    above: list[str], line: str, below: list[str], end: str
) -> None:
    before = end.join([*above, line, *below]) + end
    after = set_requirement(before, PIN)
    assert len(changed_lines(before, after)) == 1
    read: Callable[[str], str | None] = {"r": after}.get
    assert pins.judge(PIN, requirements.parse("r", read)).honour == "honoured"
    assert set_requirement(after, PIN) == after


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("A=1\nB=2\n", "3", "A=3\nB=2\n"),
        ("A=1\nA=2\n", "3", "A=1\nA=3\n"),
        ("export A = 'x'  # why\n", "3", "export A = 3  # why\n"),
        ("A=1 # why\r\nB=2", "3", "A=3 # why\r\nB=2"),
        ('A="x\ny"\nB=2\n', "3", "A=3\nB=2\n"),
        ("A=\n", "a b", "A='a b'\n"),
        ("A=1\n", "it's", 'A="it\'s"\n'),
        ("A=1\n", "$x #y", "A='$x #y'\n"),
        ("A\nB=1\n", "3", "A=3\nB=1\n"),
        ("B=1", "3", "B=1\nA=3\n"),
        ("B=1\r\n", "3", "B=1\r\nA=3\r\n"),
        ("# A=0\nB=1\n", "3", "# A=0\nA=3\nB=1\n"),
        ("\ufeffA=1\n", "3", "\ufeffA=3\n"),
        ("AA=1\n", "3", "AA=1\nA=3\n"),
        ("", "", "A=\n"),
    ],
)
def test_a_key_gets_a_value(before: str, value: str, after: str) -> None:
    assert set_env_key(before, "A", value) == after
    assert set_env_key(after, "A", value) == after


@pytest.mark.parametrize(("key", "value"), [("A B", "1"), ("A", "x\ny"), ("A", "$'")])
def test_what_an_env_file_cannot_hold_is_refused(key: str, value: str) -> None:
    with pytest.raises(WrongUsage):
        set_env_key("A=1\n", key, value)


@given(
    st.lists(
        st.sampled_from(
            [
                "A=1",
                "B='x y'",
                'C="p\nq"',
                "# A=2",
                "",
                "export A=z # c",
                "bad line",
                "D",
            ]
        ),
        max_size=8,
    ),
    st.text(alphabet="ab '\"\\#=${}-:/.@", max_size=12),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None, max_examples=300)
def test_a_key_reads_back_and_the_others_stay(
    lines: list[str], value: str, end: str
) -> None:
    before = end.join(lines)
    try:
        after = set_env_key(before, "A", value)
    except WrongUsage:
        assert "'" in value or "\\" in value
        return

    def read(text: str) -> dict[str, str | None]:
        return dotenv_values(stream=StringIO(text, newline=""), interpolate=False)

    assert read(after) == {**read(before), "A": value}
    assert set_env_key(after, "A", value) == after


TOLD = "axios.create({ withCredentials: true })"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("axios.create({ withCredentials: false })", TOLD),
        (TOLD, TOLD),
        ("axios.create({})", TOLD),
        ("axios.create()", TOLD),
        ("axios.create({ a: 1 })", "axios.create({ withCredentials: true, a: 1 })"),
        ("axios.create({a})", "axios.create({ withCredentials: true,a})"),
        (
            "axios.create({\n  a: 1,\n})",
            "axios.create({\n  withCredentials: true,\n  a: 1,\n})",
        ),
        (
            "axios.create<T>({\r\n\ta: 1\r\n})",
            "axios.create<T>({\r\n\twithCredentials: true,\r\n\ta: 1\r\n})",
        ),
        ("a.defaults.withCredentials = false;", "a.defaults.withCredentials = true;"),
        (
            "// withCredentials: false\naxios.create()",
            f"// withCredentials: false\n{TOLD}",
        ),
    ],
)
def test_axios_is_told_to_send_cookies(before: str, after: str) -> None:
    assert set_with_credentials(before) == after
    assert set_with_credentials(after) == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fetch('/api')",
        "axios.create(options)",
        "axios.create({a}); axios.create({b})",
        "// axios.create({ a: 1 })",
    ],
)
def test_a_module_that_is_written_otherwise_is_left(text: str) -> None:
    with pytest.raises(WrongUsage):
        set_with_credentials(text)


@given(st.text(alphabet="axios.create({}) withCredentials: false\n'\"/*", max_size=80))
@settings(deadline=None)
def test_no_module_is_spoilt(text: str) -> None:
    try:
        after = set_with_credentials(text)
    except WrongUsage:
        return
    assert api_source.parse("", after, "").credentials
    assert set_with_credentials(after) == after


def test_the_default_base_is_replaced_in_its_quotes() -> None:
    text = "// '/api'\nconst u = process.env.X ?? '/api'; // keep '/api'\n"
    after = "// '/api'\nconst u = process.env.X ?? '/api/v1'; // keep '/api'\n"
    assert set_api_base(text, "X", "/api/v1") == after
    assert set_api_base(after, "X", "/api/v1") == after
    for refused in ("", "const u = process.env.X"):
        with pytest.raises(WrongUsage):
            set_api_base(refused, "X", "/api/v1")
    with pytest.raises(WrongUsage):
        set_api_base(text, "X", "/api'")
