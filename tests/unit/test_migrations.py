"""The revision graph from files that are read and never imported."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.snapshot import Migrations, Revision
from tasks.core.sources import migrations
from tasks.core.sources.migrations import behind, find, heads, parse, position

FIRST = '''"""People.

Revision ID: a1
Revises:
"""

from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("people", sa.Column("full_name", sa.String(80)))
    op.execute("""UPDATE people SET "pgy_level" = 1""")


def downgrade() -> None:
    op.drop_table('people')
'''
SECOND = """# no docstring
from typing import Sequence, Union

revision: str = 'b2'  # the id
down_revision: Union[str, None] = 'a1'

def upgrade():
    pass
"""


def chain(*pairs: tuple[str, object]) -> Migrations:
    """Return the graph of (id, parent or parents) pairs."""
    return parse(
        "v",
        {
            f"{number:03}.py": f"revision = {rid!r}\ndown_revision = {down!r}\n"
            for number, (rid, down) in enumerate(pairs)
        },
    )


def test_reads_a_revision() -> None:
    found = parse("v", {"v/1.py": FIRST, "v/2.py": SECOND})
    assert found.errors == ()
    first, second = found.revisions
    assert (first.id, first.down, first.message) == ("a1", (), "People.")
    assert {"people", "full_name", "pgy_level"} <= set(first.names)
    assert "a1" not in first.names
    assert second == Revision(id="b2", down=("a1",), file="v/2.py")


@pytest.mark.parametrize(
    ("down", "expected"),
    [
        ('"a"', ("a",)),
        ("'a'", ("a",)),
        ("None", ()),
        ('("a", "b")', ("a", "b")),
        ('["a"]', ("a",)),
        ('(\n    "a",\n    "b",\n)', ("a", "b")),
        ('"a"  # not "b"', ("a",)),
        ('"a" "b"', ("ab",)),
        ("BASE", ()),
    ],
)
@pytest.mark.parametrize("annotation", ["", ": str | None", ": Union[str, None]"])
def test_every_way_to_write_parents(
    down: str, expected: tuple[str, ...], annotation: str
) -> None:
    text = f'revision{annotation} = "r"\ndown_revision{annotation} = {down}\n'
    assert parse("v", {"f.py": text}).revisions[0].down == expected


def test_a_docstring_that_quotes_an_assignment_is_no_assignment() -> None:
    text = f'"""Doc.\nrevision = "wrong"\ndown_revision = "wrong"\n"""\n{SECOND}'
    found = parse("v", {"f.py": text}).revisions[0]
    assert (found.id, found.down) == ("b2", ("a1",))


def test_other_dependencies_come_first_but_do_not_end_a_branch() -> None:
    text = 'revision = "c"\ndown_revision = None\ndepends_on = "b2"\n'
    found = parse("v", {"1.py": FIRST, "2.py": SECOND, "3.py": text})
    assert [r.id for r in heads(found)] == ["b2", "c"]
    assert [r.id for r in behind(found, ())] == ["a1", "b2", "c"]
    assert behind(found, ("c",)) == (), "b2 was applied before it"


def test_files_that_are_no_revisions_are_left_out() -> None:
    found = parse("v", {"__init__.py": "", "helpers.py": "X = 1\n"})
    assert found.revisions == () and found.errors == ()


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"a.py": FIRST, "b.py": "def upgrade(:\n"}, "b.py:1: invalid syntax"),
        ({"a.py": FIRST + "\n\n  x = 1\n"}, "a.py:25: unindent does not match"),
        ({"a.py": "revision = 'x\0'\n"}, "a.py:1: source code"),
        ({"a.py": FIRST, "b.py": FIRST}, "b.py:1: revision a1 is also a.py"),
        ({"b.py": SECOND}, "b.py:1: its parent a1 is in no file"),
    ],
)
def test_says_what_is_broken_and_where(files: dict[str, str], error: str) -> None:
    errors = parse("v", files).errors
    assert len(errors) == 1
    assert errors[0].startswith(error)


def test_a_cycle_is_told_and_ends() -> None:
    found = chain(("a", None), ("b", "c"), ("c", "b"))
    assert found.errors == ("001.py:1: a cycle: b, c",)
    assert [r.id for r in behind(found, ())] == ["a"]


def test_what_is_to_be_applied_in_order() -> None:
    found = chain(("d", ("b", "c")), ("c", "a"), ("b", "a"), ("a", None))
    assert [r.id for r in heads(found)] == ["d"]
    order = [r.id for r in behind(found, ())]
    assert order[0] == "a" and order[-1] == "d" and sorted(order) == list("abcd")
    assert [r.id for r in behind(found, ("b",))] == ["c", "d"]
    assert behind(found, ("d",)) == ()


@pytest.mark.parametrize(
    ("current", "state", "behind_", "unknown"),
    [
        (("c",), "current", [], ()),
        (("a",), "behind", ["b", "c"], ()),
        (("zz",), "unknown", ["a", "b", "c"], ("zz",)),
        ((), "empty", ["a", "b", "c"], ()),
        (None, "empty", ["a", "b", "c"], ()),
    ],
)
def test_where_a_database_stands(
    current: tuple[str, ...] | None,
    state: str,
    behind_: list[str],
    unknown: tuple[str, ...],
) -> None:
    found = position(chain(("a", None), ("b", "a"), ("c", "b")), current)
    assert (found.state, [r.id for r in found.behind]) == (state, behind_)
    assert found.unknown == unknown


def test_of_two_heads_the_one_that_is_behind_counts() -> None:
    found = position(chain(("a", None), ("b", "a"), ("c", "a")), ("b",))
    assert (found.state, [r.id for r in found.behind]) == ("behind", ["c"])
    assert position(Migrations(directory="v"), ("x",)).state == "none"


def test_finds_what_mentions_a_name() -> None:
    found = parse("v", {"v/1.py": FIRST, "v/2_people_index.py": SECOND})
    assert [r.id for r in find(found, "pgy_level")] == ["a1"]
    assert [r.id for r in find(found, "PEOPLE")] == ["a1"], "whole words first"
    assert [r.id for r in find(found, "index")] == ["b2"], "then parts"
    assert find(found, "nowhere") == ()


@pytest.mark.parametrize(
    ("ini", "directories"),
    [
        ("[alembic]\nscript_location = alembic\n", ("alembic/versions",)),
        ("[alembic]\nscript_location = %(here)s/db\n", ("db/versions",)),
        (
            "[alembic]\nscript_location = m\nversion_locations = %(here)s/a m/b\n",
            ("a", "m/b"),
        ),
        (
            "[alembic]\nscript_location = m\nversion_locations = a:%(here)s/b\n",
            ("a", "b"),
        ),
        ("[loggers]\nkeys = root\n", ()),
        ("no ini at all", ()),
        ("", ()),
    ],
)
def test_where_the_revisions_are(ini: str, directories: tuple[str, ...]) -> None:
    assert migrations.directories(ini) == directories


HEADS = st.lists(
    st.sampled_from(
        [
            'revision = "a"',
            "revision: str = 'b'",
            "down_revision = None",
            '"""doc',
            '"""',
            "down_revision = ('x', 'y')",
            "down_revision = 'z' # c",
            "depends_on = None",
            "revision = X",
            "if True:",
            "    revision = 'in'",
            "'''",
            "x = '#'",
            "import os",
        ]
    ),
    max_size=8,
).map("\n".join)


@given(HEADS)
@settings(deadline=None, max_examples=500)
def test_agrees_with_the_syntax_tree(text: str) -> None:
    found = parse("v", {"f.py": text})
    try:
        tree = ast.parse(text)
    except SyntaxError:
        assert not found.revisions and len(found.errors) == 1
        return
    said: dict[str, object] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                said[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                said[name] = value
    revision = said.get("revision")
    if isinstance(revision, ast.Constant):
        assert [r.id for r in found.revisions] == [revision.value]
        down = said.get("down_revision")
        wanted = ast.literal_eval(down) if isinstance(down, ast.expr) else None
        wanted = (wanted,) if isinstance(wanted, str) else wanted or ()
        assert found.revisions[0].down == wanted
    else:
        assert not found.revisions


@given(st.text(max_size=200))
@settings(deadline=None)
def test_never_raises(text: str) -> None:
    parse("v", {"f.py": text})


def test_three_hundred_files_are_quick() -> None:
    files = {
        f"{number:04}.py": FIRST.replace("a1", f"r{number}").replace(
            "down_revision = None",
            f"down_revision = 'r{number - 1}'" if number else "x=0",
        )
        for number in range(300)
    }
    began = time.perf_counter()
    found = parse("v", files)
    seconds = time.perf_counter() - began
    assert len(found.revisions) == 300
    # 35 ms on an idle machine; the limit leaves room for a busy one.
    assert seconds < 0.5
