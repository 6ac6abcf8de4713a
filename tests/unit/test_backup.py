"""Backups as values: what a dump holds, what a manifest says."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.adapters.fixes import backupfile
from tasks.adapters.fixes.actions import reason
from tasks.adapters.fixes.doing import BackupFailed, StepFailed
from tasks.adapters.fixes.restore import check
from tasks.core.fixes import backup, pgsql
from tasks.core.fixes.backup import Manifest, RowCounter

MANIFEST = Manifest(
    file="x.dump",
    time="2026-01-31T09:30:00+00:00",
    project="demo",
    database="app",
    rows={"people": 2, "audit.log": 0},
    revision=("0002",),
    bytes=3,
    sha256=hashlib.sha256(b"abc").hexdigest(),
)
TEXT = rb"""--
-- Data for Name: people
COPY public.people (id, name) FROM stdin;
1	a\nb
2	COPY public.x (y) FROM stdin;
\.

COPY "odd schema"."Ta.b""le" (x) FROM stdin;
\.

SELECT pg_catalog.setval('public.people_id_seq', 2, true);
COPY audit.log (a, b) FROM stdin;
\\.	not the end
\.
"""
ROWS = {"people": 2, 'odd schema.Ta.b"le': 0, "audit.log": 1}


def test_rows_are_counted_in_pg_restore_s_text() -> None:
    counter = RowCounter()
    counter.feed(TEXT)
    assert counter.rows == ROWS


@given(st.lists(st.integers(min_value=0, max_value=len(TEXT)), max_size=30))
def test_rows_are_counted_however_the_text_is_cut(cuts: list[int]) -> None:
    counter = RowCounter()
    edges = [0, *sorted(cuts), len(TEXT)]
    for start, end in pairwise(edges):
        counter.feed(TEXT[start:end])
    assert counter.rows == ROWS


names = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\n\r"),
    min_size=1,
    max_size=12,
)


@given(names, names)
def test_a_quoted_name_is_read_back(schema: str, table: str) -> None:
    quoted = f"{pgsql.identifier(schema)}.{pgsql.identifier(table)}"
    assert backup.table_name(quoted) == backup.shown(schema, table)
    counter = RowCounter()
    counter.feed(f"COPY {quoted} (x) FROM stdin;\n1\n\\.\n".encode())
    assert counter.rows == {backup.shown(schema, table): 1}


def test_tables_of_public_have_no_schema() -> None:
    assert backup.table_name("public.people") == "people"
    assert backup.table_name("audit.log") == "audit.log"


def test_differences_name_the_table_and_both_numbers() -> None:
    assert backup.differences({"a": 1}, {"a": 1}) == []
    assert backup.differences({"a": 3, "b": 1}, {"a": 2, "c": 5}) == [
        "a: 2 rows, 3 wanted",
        "b: the table is missing, 1 rows wanted",
        "c: 5 rows in a table that was not there",
    ]


def test_a_manifest_survives_json() -> None:
    assert backup.decode(backup.encode(MANIFEST)) == MANIFEST
    assert MANIFEST.total == 2
    for data in (b"", b"[]", b'{"file": 1}', b"\xff"):
        with pytest.raises(ValueError, match="no manifest"):
            backup.decode(data)


def test_a_file_name_has_nothing_odd_in_it() -> None:
    assert backup.stem("my project", "a/b", "S") == "my_project-a_b-S"


def test_room_is_asked_for_with_a_margin() -> None:
    assert backup.room_problem(400, 100, "/b") == ""
    assert "99 B free in /b" in backup.room_problem(400, 99, "/b")


# -- files ----------------------------------------------------------------------


def test_a_backup_gets_its_name_only_when_it_is_proven(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed), backupfile.aside(tmp_path, "x.dump") as part:
        part.write(b"abc")
        raise BackupFailed("not proven")
    assert list(tmp_path.iterdir()) == []
    with backupfile.aside(tmp_path, "x.dump") as part:
        part.write(b"abc")
        assert part.settle().read_bytes() == b"abc"
        path = backupfile.finish(part, MANIFEST)
    assert path.read_bytes() == b"abc"
    assert backupfile.manifest_of(path) == MANIFEST
    assert {p.name for p in tmp_path.iterdir()} == {"x.dump", "x.json"}
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in tmp_path.iterdir())


def test_a_name_that_is_taken_is_numbered(tmp_path: Path) -> None:
    paths = []
    for _ in range(3):
        with backupfile.aside(tmp_path, "x.dump") as part:
            paths.append(backupfile.finish(part, MANIFEST).name)
    assert paths == ["x.dump", "x-2.dump", "x-3.dump"]


def test_the_list_is_newest_first_and_says_what_is_wrong(tmp_path: Path) -> None:
    for n, time in enumerate(
        ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00")
    ):
        manifest = Manifest(file=f"{n}.dump", time=time, bytes=3)
        (tmp_path / f"{n}.json").write_bytes(backup.encode(manifest))
    (tmp_path / "1.dump").write_bytes(b"ab")
    (tmp_path / "other.json").write_text("{}")
    listed = backupfile.listed(tmp_path)
    assert [Path(item.path).name for item in listed] == ["1.dump", "0.dump"]
    assert [item.problem for item in listed] == [
        "2 bytes, 3 wanted",
        "its file is gone",
    ]
    assert backupfile.listed(tmp_path / "gone") == []


def test_a_backup_is_held_against_its_manifest(tmp_path: Path) -> None:
    path = tmp_path / "x.dump"
    path.write_bytes(b"abc")
    assert check(path) is None  # a colleague's, without a manifest
    manifest = path.with_suffix(".json")
    manifest.write_bytes(backup.encode(MANIFEST))
    assert check(path) == MANIFEST
    path.write_bytes(b"abx")
    with pytest.raises(StepFailed, match="SHA-256 differs"):
        check(path)
    path.write_bytes(b"ab")
    with pytest.raises(StepFailed, match="2 bytes, 3 were written"):
        check(path)
    with pytest.raises(StepFailed, match="there is no"):
        check(tmp_path / "gone.dump")


# -- SQL ------------------------------------------------------------------------


def test_names_are_quoted() -> None:
    assert pgsql.identifier('a"b') == '"a""b"'
    assert pgsql.literal("a'b\\") == "'a''b\\'"
    assert pgsql.create("x", "o", "UTF8", "C", "C") == (
        'create database "x" template template0 owner "o" encoding \'UTF8\' '
        "lc_collate 'C' lc_ctype 'C'"
    )
    assert pgsql.create("x", "", "", "", "") == 'create database "x" template template0'


def test_a_swap_is_one_transaction() -> None:
    assert pgsql.rename("app", "app_old", "app_new") == (
        'begin; alter database "app" rename to "app_old"; '
        'alter database "app_new" rename to "app"; commit'
    )
    assert pgsql.rename("app", "", "app_new").count("alter") == 1


def test_settings_of_a_database() -> None:
    assert pgsql.setting("d", "work_mem=7MB") == (
        'alter database "d" set "work_mem" to \'7MB\''
    )
    assert pgsql.setting("d", 'search_path="$user", public') == (
        'alter database "d" set "search_path" to "$user", public'
    )


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("#9 step\n/usr/bin/python: No module named scripts.x\n", "No module named"),
        ("a\nERROR: failed to solve: exit code: 7\nb\n", "ERROR: failed to solve"),
        ("a\nsqlalchemy.exc.ProgrammingError: boom\n", "ProgrammingError: boom"),
        ("fine\n", ""),
    ],
)
def test_the_line_that_says_why(output: str, said: str) -> None:
    assert said in reason(output)
    assert bool(said) == bool(reason(output))
