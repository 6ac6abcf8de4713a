"""Requirements files as pip reads them, and pins held against them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from tasks.core.snapshot import Requirements
from tasks.core.sources import exact, pins, requirements

ROOT = Path(__file__).parents[2]

TEXT = """\ufeff# what the backend needs
--index-url https://example.invalid/simple
numpy==1.26.4  # newer ones break pandas
SciPy ==1.15.3 ; python_version >= "3.9"
uvicorn[standard]>=0.30,<1
pandas == 2.1.4 \\
    --hash=sha256:00 \\
    --hash=sha256:11
-r more/base.txt
-c limits.txt
-e ./lib
git+https://example.invalid/x.git@v1#egg=Some_Lib
typing @ https://example.invalid/t.whl
https://example.invalid/nameless.whl
"""
FILES = {
    "backend/requirements.txt": TEXT,
    "backend/more/base.txt": "-r ../requirements.txt\nfastapi\n-r absent.txt\n",
    "backend/limits.txt": "scipy<2\n",
}


def reader(files: dict[str, str]) -> Callable[[str], str | None]:
    return files.get


def parse(text: str) -> Requirements:
    return requirements.parse("r.txt", reader({"r.txt": text}))


def test_reads_what_pip_reads() -> None:
    found = requirements.parse("backend/requirements.txt", reader(FILES))
    assert [
        (r.name, r.specifier, r.file.split("/")[-1], r.line) for r in found.lines
    ] == [
        ("numpy", "==1.26.4", "requirements.txt", 3),
        ("scipy", "==1.15.3", "requirements.txt", 4),
        ("uvicorn", "<1,>=0.30", "requirements.txt", 5),
        ("pandas", "==2.1.4", "requirements.txt", 6),
        ("fastapi", "", "base.txt", 2),
        ("scipy", "<2", "limits.txt", 1),
        ("", "@ ./lib", "requirements.txt", 11),
        (
            "some-lib",
            "@ git+https://example.invalid/x.git@v1#egg=Some_Lib",
            "requirements.txt",
            12,
        ),
        ("typing", "@ https://example.invalid/t.whl", "requirements.txt", 13),
        ("", "@ https://example.invalid/nameless.whl", "requirements.txt", 14),
    ]
    assert found.error == "backend/more/base.txt:3: no such file: absent.txt"


def test_lines_are_joined_as_pip_joins_them() -> None:
    text = "a \\\n>=1\nb \\\n# ends it\nc \\\n\nd#no\ne # yes \\\n>=2\nf \\"
    assert [(x.line, x.text, x.last) for x in requirements.logical_lines(text)] == [
        (1, "a >=1", 2),
        (3, "b", 4),
        (5, "c", 6),
        (7, "d#no", 7),
        (8, "e", 9),
        (10, "f", 10),
    ]


def test_a_missing_file_and_a_broken_line() -> None:
    assert requirements.parse("no.txt", reader({})).error == "no such file"
    assert (
        parse("numpy==1.26.4\n== what\n").error == "r.txt:2: not a requirement: == what"
    )


def test_pyproject() -> None:
    text = '[project]\nname = "x"\ndependencies = [\n  "numpy==1.26.4",\n  "rich",\n]\n'
    found = requirements.parse("pyproject.toml", reader({"pyproject.toml": text}))
    assert [(r.name, r.line) for r in found.lines] == [("numpy", 4), ("rich", 5)]
    bad = requirements.parse("pyproject.toml", reader({"pyproject.toml": "["}))
    assert bad.error.startswith("pyproject.toml: ")
    none = requirements.parse("pyproject.toml", reader({"pyproject.toml": "[tool]\n"}))
    assert none.error == "no [project] dependencies"


@pytest.mark.parametrize(
    ("text", "honour"),
    [
        ("numpy==1.26.4", "honoured"),
        ("NumPy == 1.26.4", "honoured"),
        ("numpy===1.26.4", "honoured"),
        ("numpy==1.26.4.0", "honoured"),
        ("numpy==1.26.4,>1", "honoured"),
        ("numpy[x]==1.26.4; python_version>'3'", "honoured"),
        ("numpy==1.26.4 --hash=sha256:00", "honoured"),
        ("numpy>=2", "other"),
        ("numpy==2.0.1", "other"),
        ("numpy==1.26.4,<1", "other"),
        ("numpy<1.26", "other"),
        ("numpy!=1.26.4", "other"),
        ("numpy>=1.26", "loose"),
        ("numpy==1.26.*", "loose"),
        ("numpy~=1.26.4", "loose"),
        ("numpy @ https://example.invalid/numpy.whl", "loose"),
        ("numpy", "unpinned"),
        ("numpy-financial==1\nnumpy_x", "missing"),
        ("# numpy==1.26.4", "missing"),
        ("numpy==1.26.4\nnumpy>=2", "other"),
        ("numpy\nnumpy==1.26.4", "honoured"),
        ("numpy==2; sys_platform == 'win32'\nnumpy==1.26.4", "honoured"),
        ("numpy==1.26.4; platform_system == 'Darwin'", "missing"),
    ],
)
def test_whether_a_line_honours_the_pin(text: str, honour: str) -> None:
    assert pins.judge("numpy==1.26.4", parse(text)).honour == honour


def test_a_pin_may_be_a_range() -> None:
    assert pins.judge("numpy>=1.26,<2", parse("numpy==1.26.4")).honour == "honoured"
    assert pins.judge("numpy>=1.26,<2", parse("numpy<2,>=1.26")).honour == "honoured"
    assert pins.judge("numpy>=1.26,<2", parse("numpy==2.1")).honour == "other"
    assert pins.judge("numpy>=1.26,<2", parse("numpy>=1")).honour == "loose"


def test_says_what_is_wrong_and_where() -> None:
    found = pins.wrong(("numpy==1.26.4", "scipy==1.15.3"), parse("a\nnumpy>=2\n"))
    assert [(w.summary, w.where) for w in found] == [
        ("numpy==1.26.4 is pinned, the requirements say numpy>=2", "r.txt:2"),
        ("scipy==1.15.3 is pinned, the requirements don't name it", "r.txt"),
    ]


@pytest.mark.parametrize(
    ("version", "allowed"),
    [
        ("1.26.4", True),
        ("1.26.4+cpu", True),
        ("1.26.5", False),
        ("2.0.0rc1", False),
        ("", False),
        ("not a version", False),
    ],
)
def test_an_installed_version(version: str, allowed: bool) -> None:
    assert pins.allows("numpy==1.26.4", version) is allowed


def test_names() -> None:
    assert pins.name("Ruamel.Yaml_x==1") == "ruamel-yaml-x"
    assert requirements.leading_name("uvicorn[standard]>=1") == "uvicorn"
    assert requirements.leading_name("-r x") == ""
    assert pins.allows("x @ https://example.invalid/x.whl", "1")


LINE = st.sampled_from(
    [
        "numpy==1",
        "-r r.txt",
        "-r",
        "--hash=x",
        "\\",
        "a \\",
        "#",
        " # x",
        "-e",
        "-c r.txt",
        "x[y]>1;z",
        "@",
        "git+ssh://a#egg=b",
        "=",
        "a b c",
        "",
        "\x0c",
        "-rr.txt",
    ]
) | st.text(max_size=20)


@given(st.lists(LINE, max_size=10).map("\n".join))
@settings(deadline=None, max_examples=300)
def test_never_raises_and_lines_exist(text: str) -> None:
    found = parse(text)
    pins.wrong(("numpy==1.26.4",), found)
    count = len(text.splitlines())
    assert all(1 <= line.line <= count for line in found.lines)


NUMBERS = st.lists(st.integers(0, 12).map(str), min_size=1, max_size=4).map(".".join)
ZEROS = st.sampled_from(["", ".0", ".0.0"])


@given(NUMBERS, ZEROS, NUMBERS)
def test_plain_versions_are_compared_as_packaging_does(
    one: str, zeros: str, other: str
) -> None:
    assert exact.same(one, one + zeros) is True
    assert exact.same(one, other) is (Version(one) == Version(other))
    assert exact.same(one, f"{other}+cpu") is None
    assert exact.same(f"{one}rc1", other) is None


@given(st.text("aZ0._-", min_size=1, max_size=6), NUMBERS)
def test_a_plain_requirement_is_read_as_packaging_does(name: str, version: str) -> None:
    text = f"{name}=={version}"
    plain = exact.read(text)
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        assert plain is None
        return
    if plain is None:  # packaging is laxer about what a name may end with
        assert not name[-1].isalnum()
        return
    assert plain == (parsed.name, version)
    assert parsed.specifier == f"=={version}"


@pytest.mark.parametrize(
    "text",
    ["a==1.*", "a[x]==1", "a==1; python_version>'3'", "a>=1", "a==1,<2", "a===1", "a"],
)
def test_what_is_less_plain_is_packaging_s(text: str) -> None:
    assert exact.read(text) is None


def test_a_report_on_plain_pins_needs_no_parser() -> None:
    code = """
import sys
from tasks.core.sources import pins, requirements
lines = requirements.parse("r.txt", {"r.txt": "numpy==1.26.4\\nscipy==1.15.3"}.get)
assert pins.wrong(["numpy==1.26.4"], lines) == []
assert pins.allows("numpy==1.26.4", "1.26.4")
assert not [name for name in sys.modules if name.startswith("packaging")]
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
