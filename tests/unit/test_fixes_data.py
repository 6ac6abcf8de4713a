"""The plans of fixes of the database's content, from stored Snapshots."""

from __future__ import annotations

import pytest

from tasks.core import snapshot as snap
from tasks.core.fixes.fix import FIXES, build
from tasks.core.snapshot import Snapshot

from .planning import commands, facts, plan
from .stored import change, healthy, with_container, with_part, without


def behind(*, revision: str = "0005_absences") -> Snapshot:
    return with_part("database", revisions=(revision,))


def test_migrate_backs_up_first() -> None:
    made = plan("migrate", behind())
    assert commands(made) == [
        "backup",
        "exec --no-TTY backend alembic upgrade head",
    ]
    assert any("0006" in note for note in made.notes)
    assert made.notes[0] == ("current 0005_absences, head 0007_indexes_constraints")


def test_migrate_while_the_backend_loops() -> None:
    looping = with_container("backend", status="restarting")
    made = plan("migrate", change(looping, database=behind().database))
    assert commands(made)[1:] == [
        "run --rm --no-deps --no-TTY --entrypoint alembic backend upgrade head",
        "up --detach backend",
    ]


def test_migrate_starts_a_database_that_is_down() -> None:
    made = plan("migrate", without("database", "db is exited"))
    assert commands(made)[:3] == [
        "up --detach --no-deps db",
        "await-database",
        "backup",
    ]


def test_migrate_with_an_image_that_lacks_a_revision_file() -> None:
    files = dict(healthy().inside.files)  # type: ignore[union-attr]
    files = {
        k: v for k, v in files.items() if not k.startswith("alembic/versions/0007")
    }
    old = change(with_part("inside", files=files), database=behind().database)
    made = plan("migrate", old)
    assert commands(made) == [
        "build backend",
        "backup",
        "run --rm --no-deps --no-TTY --entrypoint alembic backend upgrade head",
        "up --detach backend celery-beat celery-worker",
    ]


def test_migrate_names_the_file_of_a_missing_column() -> None:
    log = snap.Log(
        service="backend",
        container="x",
        text="2026 UndefinedColumn: column people.active does not exist\n"
        '2026 UndefinedTable: relation "shoes" does not exist\n',
    )
    made = plan("migrate", change(behind(), logs=(log,)))
    notes = "\n".join(made.notes)
    assert "column people.active is in" in notes
    assert "0006_person_active.py (to apply)" in notes
    assert "table shoes is in no revision: one must be generated" in notes
    assert any("--autogenerate" in command for command in made.next)


def test_migrate_at_head_has_nothing_to_do() -> None:
    assert plan("migrate").steps == ()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (behind(revision="nosuch"), "at revision nosuch"),
        (
            with_part(
                "migrations",
                revisions=(
                    *healthy().migrations.revisions,  # type: ignore[union-attr]
                    snap.Revision(id="b2", down=("0006_person_active",), file="b2.py"),
                ),
            ),
            "2 heads",
        ),
        (with_part("migrations", errors=("x.py:3: invalid syntax",)), "x.py:3"),
        (without("migrations", "no Alembic"), "no Alembic"),
    ],
)
def test_migrate_leaves_to_a_person(broken: Snapshot, words: str) -> None:
    made = plan("migrate", broken)
    assert words in made.blocked
    assert made.steps == ()


def test_seed_only_what_is_empty() -> None:
    rows = {"people": 0, "rotation_templates": 10}
    made = plan("seed", with_part("database", rows=rows))
    assert [step.args for step in made.steps] == [{"table": "people"}]
    assert made.steps[0].argv[-3:] == ("python", "-m", "scripts.seed_people")
    assert made.keeps == ("rotation_templates: 10 rows are there",)


def test_seed_without_a_table_or_a_script() -> None:
    unborn = with_part("database", rows={"people": None, "rotation_templates": None})
    assert "migrated first" in plan("seed", unborn).blocked
    inside = healthy().inside
    assert inside
    files = {k: v for k, v in inside.files.items() if "seed_people" not in k}
    empty = with_part("database", rows={"people": 0, "rotation_templates": 10})
    made = plan("seed", change(empty, inside=with_part("inside", files=files).inside))
    assert "has no scripts/seed_people.py" in made.blocked
    assert "inv fix.rebuild-backend" in made.blocked


def test_restore_backs_up_what_it_replaces() -> None:
    made = plan("db.restore", file="backups/x.dump")
    assert commands(made) == [
        "backup",
        "restore",
        "restart backend celery-beat celery-worker",
    ]
    assert made.loses_data
    assert made.guards == ()
    assert "which backup" in plan("db.restore").blocked
    unfit = facts(file="x")._replace(unfit=lambda path: f"there is no {path}")
    refused = build(FIXES["db.restore"], unfit)
    assert (refused.blocked, refused.steps) == ("there is no x", ())
