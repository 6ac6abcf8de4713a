"""What `inv test`, `dev.lock` and `dev.docs` decide without running anything."""

from __future__ import annotations

from collections import Counter

import pytest

from tasks import documents
from tasks.core import summary
from tasks.core.machine import lockfile


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("12 passed in 0.31s", {"passed": 12}),
        (
            "==== 1 failed, 3 passed, 2 skipped, 1 warning in 65.02s (0:01:05) ====",
            {"failed": 1, "passed": 3, "skipped": 2, "warnings": 1},
        ),
        ("2 passed, 1 error in 1.00s", {"passed": 2, "errors": 1}),
        ("no tests ran in 0.01s", {}),
        ("5 deselected in 0.01s", {"deselected": 5}),
    ],
)
def test_a_summary_line_is_read(line: str, counts: dict[str, int]) -> None:
    assert summary.parse(line) == Counter(counts)


def test_other_lines_are_none() -> None:
    assert summary.parse("INTERNALERROR> in 2.0s") is None
    assert summary.parse("") is None


def test_summaries_add_up_to_one_that_reads_the_same() -> None:
    parts = [Counter(passed=10, errors=1), Counter(passed=5, skipped=2, failed=1)]
    line = summary.render(parts, 125.5)
    assert line == "1 failed, 15 passed, 2 skipped, 1 error in 125.50s (0:02:05)"
    assert summary.parse(line) == sum(parts, Counter())
    assert summary.render([], 0.5) == "no tests ran in 0.50s"


def test_versions_keep_comments_and_markers_and_leave_out_the_tools() -> None:
    text = lockfile.render(
        {"Zeta": "2", "alpha_one": "1.0", "pip": "99", "only-here": "3"},
        ["zeta>=1", "only_here>=2; sys_platform == 'linux'", "else.where; os == 'x'"],
        "# Why.\nzeta==1\nelse-where==4 ; os == 'x'\n",
    )
    assert text == (
        "# Why.\n"
        "alpha_one==1.0\n"
        "else-where==4 ; os == 'x'\n"
        "only-here==3 ; sys_platform == 'linux'\n"
        "Zeta==2\n"
    )


def test_every_document_is_up_to_date() -> None:
    assert not documents.stale(), "./inv dev.docs"


def test_two_documents_of_one_path_are_refused() -> None:
    with pytest.raises(ValueError, match=r"docs/settings\.md"):
        documents.document("docs/settings.md")(lambda: "")
