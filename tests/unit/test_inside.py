"""The script that runs inside, and what a look remembers of its imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.adapters.memo import Memo
from tasks.adapters.probes.inside import source

ASKED = {
    "pins": ["tables"],
    "requirements": ["tables"],
    "imports": [],
    "suffixes": [".py"],
    "skip": [],
    "limit": 100,
    "seconds": 10,
}


class Inside:
    """A Python with one package, asked as the backend's is."""

    def __init__(self, root: Path) -> None:
        self.app, self.site, self.state = root / "app", root / "site", root / "state"
        metadata = self.site / "tables-1.2.dist-info"
        for folder in (self.app, self.site / "tables", metadata):
            folder.mkdir(parents=True)
        (metadata / "METADATA").write_text("Name: tables\nVersion: 1.2\n\nText\n")
        self.write("from . import rows\n", "__init__.py")
        self.write("count = 1\n", "rows.py")

    def write(self, text: str, name: str) -> None:
        """Write a module of the package."""
        (self.site / "tables" / name).write_text(text)

    def ask(self) -> dict[str, Any]:
        """Return the answer, and remember of it what a look remembers."""
        memo = Memo(self.state, source(), "image", ASKED)
        request = json.dumps({**ASKED, "known": memo.known()})
        said = subprocess.run(
            [sys.executable, "-c", source(), request],
            cwd=self.app,
            env={**os.environ, "PYTHONPATH": str(self.site), "PYTHONPYCACHEPREFIX": ""},
            capture_output=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(said.stdout)
        memo.keep(answer)
        return answer


@pytest.fixture
def inside(tmp_path: Path) -> Inside:
    return Inside(tmp_path)


def remembered(answer: dict[str, Any]) -> bool:
    return bool(answer.get("unchanged"))


def test_an_import_that_worked_is_remembered(inside: Inside) -> None:
    inside.ask()  # writes byte code, which changes a directory
    first, again = inside.ask(), inside.ask()
    assert (first["versions"], first["imports"]) == ({"tables": "1.2"}, {"tables": ""})
    assert remembered(again)
    assert again["imports"] == {"tables": ""}


def settled(inside: Inside) -> None:
    answers = (remembered(inside.ask()) for _ in range(5))
    assert any(answers)


def test_a_changed_module_below_is_imported_again(inside: Inside) -> None:
    settled(inside)
    inside.write("import nowhere\n", "rows.py")
    answer = inside.ask()
    assert not remembered(answer)
    assert "nowhere" in answer["imports"]["tables"]


def test_same_size_and_set_back_time_do_not_hide_a_change(inside: Inside) -> None:
    settled(inside)
    path = inside.site / "tables" / "rows.py"
    before = path.stat()
    path.write_text("count = 2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not remembered(inside.ask())


def test_a_module_that_shadows_it_is_imported(inside: Inside) -> None:
    settled(inside)
    (inside.app / "tables.py").write_text("raise ImportError('the wrong one')\n")
    answer = inside.ask()
    assert not remembered(answer)
    assert answer["imports"]["tables"] == "ImportError: the wrong one"


def test_an_import_that_failed_is_never_remembered(inside: Inside) -> None:
    inside.write("import nowhere\n", "rows.py")
    for _ in range(3):
        answer = inside.ask()
        assert not remembered(answer)
        assert answer["imports"]["tables"].startswith("ModuleNotFoundError")


def test_another_question_is_asked_anew(inside: Inside) -> None:
    settled(inside)
    assert Memo(inside.state, source(), "image", ASKED).known() is not None
    assert Memo(inside.state, source(), "other image", ASKED).known() is None
    assert Memo(inside.state, source(), "image", {**ASKED, "pins": []}).known() is None
