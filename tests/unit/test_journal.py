"""Journals: what a kill at any byte leaves, and what is gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.adapters import journal as door
from tasks.core.fixes.journal import History, JournalError, read
from tasks.core.fixes.plan import Plan, StepResult
from tasks.core.model import Step

PLAN = Plan(
    task="fix.nuke",
    project="demo",
    options={"data": "yes"},
    steps=tuple(Step(why=f"do {n}", argv=("true", str(n))) for n in range(1, 5)),
)
ENDPOINT = "unix:///var/run/docker.sock"


def result(n: int, **kept: str) -> StepResult:
    return StepResult(n=n, why=f"do {n}", code=0, result=kept)


def written(tmp_path: Path, done: int, begun: int = 0, status: str = "") -> Path:
    """Write a journal of a run that came so far; return its path."""
    book = door.begin(tmp_path, "fix-nuke", "20260131T093000Z", str.upper)
    book.begin(PLAN, ENDPOINT)
    for n in range(1, done + 1):
        book.step(n, f"true {n}")
        book.line(f"output of {n}")
        book.done(result(n, **{f"key{n}": str(n)}))
    if begun:
        book.step(begun, "true")
    if status:
        book.end(status, "it ended")
    book.close()
    return book.path


def history(path: Path) -> History:
    return read(path.stem, path.read_text().splitlines())


def test_it_tells_how_far_a_run_came(tmp_path: Path) -> None:
    found = history(written(tmp_path, done=2, begun=3))
    assert found.plan == PLAN
    assert found.endpoint == ENDPOINT
    assert (len(found.done), found.running, found.next) == (2, 3, 3)
    assert found.memory == {"key1": "1", "key2": "2"}
    assert found.interrupted
    assert found.words == "in step 3 of 4: do 3"


def test_between_two_steps(tmp_path: Path) -> None:
    found = history(written(tmp_path, done=2))
    assert found.words == "before step 3 of 4: do 3"
    assert found.interrupted


@pytest.mark.parametrize("status", ["verified", "unverified", "refused", "abandoned"])
def test_a_run_that_ended_is_not_gone_on_with(tmp_path: Path, status: str) -> None:
    assert not history(written(tmp_path, done=2, status=status)).interrupted


def test_ctrl_c_is_gone_on_with(tmp_path: Path) -> None:
    assert history(written(tmp_path, done=1, begun=2, status="interrupted")).interrupted


def test_killed_in_its_verification_only_the_proof_is_missing(tmp_path: Path) -> None:
    found = history(written(tmp_path, done=4))
    assert found.interrupted
    assert found.finished
    assert found.words == "while it was verified"
    # whatever was proven since proves as much
    ended(tmp_path, "fix.start")
    assert door.interrupted(tmp_path, "demo", ENDPOINT) is None


def test_steps_that_are_done_again_don_t_count_twice(tmp_path: Path) -> None:
    path = written(tmp_path, done=2)
    book = door.reopen(tmp_path, path.stem, str)
    book.done(result(1, key1="again"))
    book.done(result(3))
    book.close()
    found = history(path)
    assert [r.n for r in found.done] == [1, 2, 3]
    assert found.memory["key1"] == "again"


def test_a_step_that_failed_is_not_done(tmp_path: Path) -> None:
    path = written(tmp_path, done=1, begun=2)
    book = door.reopen(tmp_path, path.stem, str)
    book.failed(StepResult(n=2, why="", code=1))
    book.close()
    assert (history(path).next, history(path).running) == (2, 0)


def test_output_goes_through_redaction(tmp_path: Path) -> None:
    text = written(tmp_path, done=1).read_text()
    assert "OUTPUT OF 1" in text
    assert "output of 1" not in text


def test_files_are_for_their_owner_and_not_for_git(tmp_path: Path) -> None:
    path = written(tmp_path / "state", done=1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state/.gitignore").read_text() == "*\n"


def test_what_is_no_journal_is_refused() -> None:
    for lines in ([], ["{}"], ['{"event": "step", "n": 1}'], ["nonsense"]):
        with pytest.raises(JournalError):
            read("x", lines)


def test_only_this_project_on_this_engine_counts(tmp_path: Path) -> None:
    path = written(tmp_path, done=1)
    found = door.interrupted(tmp_path, "demo", ENDPOINT)
    assert found
    assert found.run == path.stem
    assert door.interrupted(tmp_path, "other", ENDPOINT) is None
    assert door.interrupted(tmp_path, "demo", "tcp://far:2375") is None
    door.forget(tmp_path, path.stem, "no")
    assert door.interrupted(tmp_path, "demo", ENDPOINT) is None


def ended(tmp_path: Path, task: str) -> None:
    """Write the journal of a later run that came to its end."""
    later = door.begin(tmp_path, task.replace(".", "-"), "20260131T103000Z", str)
    later.begin(Plan(task=task, project="demo"), ENDPOINT)
    later.end("verified", "")
    later.close()


def test_a_later_run_of_the_same_fix_makes_it_good(tmp_path: Path) -> None:
    written(tmp_path, done=1)
    ended(tmp_path, "fix.nuke")
    assert door.interrupted(tmp_path, "demo", ENDPOINT) is None


def test_a_later_run_of_another_fix_does_not(tmp_path: Path) -> None:
    written(tmp_path, done=1)
    ended(tmp_path, "db.restore")
    assert door.interrupted(tmp_path, "demo", ENDPOINT)


def test_old_journals_go(tmp_path: Path) -> None:
    folder = door.directory(tmp_path)
    for n in range(door.KEPT + 10):
        (folder / f"2025{n:04}-old.jsonl").write_text("x")
    written(tmp_path, done=0)
    assert len(list(folder.glob("*.jsonl"))) == door.KEPT + 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = written(tmp_path_factory.mktemp("whole"), done=3, begun=4)
    return path.read_text()


@given(data=st.data())
def test_a_kill_at_any_byte_leaves_what_was_done(
    whole: str, data: st.DataObject
) -> None:
    first = whole.index("\n") + 1
    cut = data.draw(st.integers(min_value=first, max_value=len(whole)))
    found = read("x", whole[:cut].splitlines())
    assert found.plan == PLAN
    assert [r.n for r in found.done] == list(range(1, len(found.done) + 1))
    assert whole[:cut].count('"event": "done"') >= len(found.done)
    assert found.interrupted
