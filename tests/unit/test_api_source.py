"""What API modules say, in the ways people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.sources.api_source import masked, parse, tokenize

VARIABLE = "NEXT_PUBLIC_API_URL"
USUAL = """import axios from "axios";

// withCredentials: false, baseURL: "/wrong"
export const api = axios.create({
  baseURL: process.env.NEXT_PUBLIC_API_URL ?? "/api/v1",
  withCredentials: true, // the login is a cookie
});
"""


def test_the_usual_module() -> None:
    found = parse("src/lib/api.ts", USUAL, VARIABLE)
    assert (found.exists, found.path) == (True, "src/lib/api.ts")
    assert (found.base, found.base_line, found.uses_variable) == ("/api/v1", 5, True)
    assert (found.credentials, found.credentials_line) == (True, 6)


def test_no_file() -> None:
    assert not parse("x.ts", None, VARIABLE).exists


@pytest.mark.parametrize(
    ("source", "base", "uses"),
    [
        ('const u = process.env.NEXT_PUBLIC_API_URL || "/api";', "/api", True),
        (
            "const u = (process.env.NEXT_PUBLIC_API_URL!) ?? 'http://h/x'",
            "http://h/x",
            True,
        ),
        ('const u = process.env["NEXT_PUBLIC_API_URL"] ?? `/api/v1`', "/api/v1", True),
        (
            'const u = process.env.NEXT_PUBLIC_API_URL ? X.y : "/a"',
            "/a",
            True,
        ),
        ("const u = import.meta.env.NEXT_PUBLIC_API_URL\n  ?? '/api'", "/api", True),
        ('axios.create({ baseURL: "/api/v1" })', "/api/v1", False),
        ('axios.defaults.baseURL = "http://h:8000/api";', "http://h:8000/api", False),
        ('const API_BASE: string = "/api/v1";', "/api/v1", False),
        ('export const API_BASE_URL = isDev ? "http://h/a" : "/b";', "/b", False),
        ('const base = process.env.NEXT_PUBLIC_API_URL_2 ?? "/x"', None, False),
        ("axios.create({ baseURL: process.env.NEXT_PUBLIC_API_URL })", None, True),
        ("const API_URL = `${process.env.NEXT_PUBLIC_API_URL}/api/v1`", None, True),
        ('const API_URL = process.env.NEXT_PUBLIC_API_URL + "/api/v1"', None, True),
        ('// const API_URL = "/api"', None, False),
        ("const s = 'baseURL: \"/api\"'", None, False),
        ("", None, False),
    ],
)
def test_the_default_base_url(source: str, base: str | None, uses: bool) -> None:
    found = parse("", source, VARIABLE)
    assert (found.base, found.uses_variable) == (base, uses)


@pytest.mark.parametrize(
    ("source", "credentials", "line"),
    [
        ("axios.create({\n withCredentials: true })", True, 2),
        ("axios.create({ withCredentials:false })", False, 1),
        ("\n\naxios.defaults.withCredentials = true;", True, 3),
        ("api.defaults.withCredentials=false", False, 1),
        ('axios.create({ "withCredentials": true })', None, 0),
        ('fetch(u, { credentials: "include" })', True, 1),
        ("fetch(u, { credentials: 'omit' })", False, 1),
        ("fetch(u, { credentials: 'same-origin' })", None, 0),
        ("// withCredentials: true", None, 0),
        ("/* withCredentials: true\n */", None, 0),
        ("const s = `withCredentials: true`", None, 0),
        ("if (c.withCredentials == true) x()", None, 0),
        ("a.create({ withCredentials: true }); b.create({ withCredentials: false })",
         False, 1),
        ("const q = /[\"'`]/; axios.create({ withCredentials: true })", True, 1),
        ("const u = 'http://h'; axios.create({ withCredentials: true })", True, 1),
        ("", None, 0),
    ],
)  # fmt: skip
def test_credentials(source: str, credentials: bool | None, line: int) -> None:
    found = parse("", source, VARIABLE)
    assert (found.credentials, found.credentials_line) == (credentials, line)


SOURCES = st.lists(
    st.sampled_from(
        ["withCredentials: true", "//", "/*", "*/", "\n", '"', "'", "`", "\\", "/", "{"]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@given(SOURCES)
@settings(deadline=None, max_examples=300)
def test_never_raises_and_keeps_places(source: str) -> None:
    parse("", source, VARIABLE)
    assert len(masked(source)) == len(source)
    code = tokenize(source)
    for string, (start, end) in zip(code.strings, code.spans, strict=True):
        assert source[start + 1 : end - 1].replace("\0", " ") == string


@given(SOURCES)
@settings(deadline=None)
def test_what_stands_in_a_comment_counts_for_nothing(source: str) -> None:
    comment = source.replace("*/", "").replace("\n", " ")
    assert parse("", f"/* {comment} */", VARIABLE).credentials is None
    assert parse("", f"// {comment}", VARIABLE).credentials is None
