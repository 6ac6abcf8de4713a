"""The ignore file's patterns, by Docker's documentation of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.sources.dockerignore import matcher


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("tests", "tests/a.py", True),
        ("tests/", "tests/a.py", True),
        ("/tests", "tests/a.py", True),
        ("tests", "app/tests/a.py", False),
        ("**/tests", "app/tests/a.py", True),
        ("**/tests", "tests/a.py", True),
        ("*.py", "a.py", True),
        ("*.py", "app/a.py", False),
        ("**/*.py", "app/b/a.py", True),
        ("*/*.py", "app/a.py", True),
        ("a?.py", "ab.py", True),
        ("a[b-d].py", "ac.py", True),
        ("a[^b].py", "ab.py", False),
        ("app/**", "app/x/y.py", True),
        ("#app", "app/a.py", False),
        ("", "a.py", False),
        (".", "a.py", False),
        ("*\n!a.py", "a.py", False),
        ("*\n!app/keep\n", "app/keep/a.py", False),
        ("*\n!app\napp/x", "app/x/a.py", True),
        ("a.py\r\nb.py\r\n", "a.py", True),
        ("a[", "a[", True),
        ("app.py", "appxpy", False),
    ],
)
def test_patterns(pattern: str, path: str, ignored: bool) -> None:
    assert matcher(pattern)(path) is ignored


@given(st.text(alphabet="ab*?[]!^-\\/.# \n", max_size=30), st.text("ab/.", max_size=9))
@settings(deadline=None)
def test_never_raises(text: str, path: str) -> None:
    matcher(text)(path)
