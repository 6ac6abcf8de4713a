"""db.backup, db.list, db.restore on a real engine, in whatever state the stack is."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.mini import PEOPLE, Mini

from .mending import docker, engine_state, file_state

pytestmark = pytest.mark.engine


def the_dump(mini: Mini) -> Path:
    """Back up and return the dump."""
    made = mini.json("db.backup")
    assert len(made) == 1
    return Path(made[0]["path"])


def test_a_backup_is_what_its_manifest_says(mini: Mini) -> None:
    made = mini.json("db.backup")[0]
    assert made["rows"] == {"people": PEOPLE, "alembic_version": 1}
    assert made["revision"] == ["0002"]
    path = Path(made["path"])
    assert path.parent == mini.root / "backups"
    assert path.stat().st_mode & 0o777 == 0o600
    data = path.read_bytes()
    assert made["bytes"] == len(data)
    assert made["sha256"] == hashlib.sha256(data).hexdigest()
    manifest = json.loads(path.with_suffix(".json").read_text())
    assert manifest["project"] == mini.project
    assert manifest["server"].startswith("15")
    assert (path.parent / ".gitignore").read_text() == "*\n"
    assert "mini-database-password" not in path.with_suffix(".json").read_text()


def test_the_list_is_newest_first(mini: Mini) -> None:
    paths = [str(the_dump(mini)) for _ in range(3)]
    listed = mini.json("db.list")
    assert [item["path"] for item in listed] == paths[::-1]
    assert set(listed[0]) >= {"path", "time", "rows", "bytes", "sha256"}
    said = mini.inv("db.list").out
    assert all(path in said.replace("\n", "") for path in paths)


def test_rows_written_while_it_dumps_are_in_both_or_in_none(mini: Mini) -> None:
    """The rows are counted in the snapshot that is dumped."""
    argv = ["docker", "compose", "exec", "-T", "db", "psql", "-U", "mini", "-d", "mini"]
    writer = subprocess.Popen(
        [*argv, "-q", "-f", "-"],
        cwd=mini.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert writer.stdin
    writer.stdin.write("insert into people (name) values ('busy');\n" * 20_000)
    writer.stdin.close()
    try:
        for _ in range(3):
            dump = the_dump(mini)  # proves the rows of the dump itself
            assert dump.exists()
    finally:
        writer.kill()
        writer.wait()


def test_a_stopped_database_is_backed_up(mini: Mini) -> None:
    mini.must("stop")
    before = engine_state(mini.project)
    assert mini.json("db.backup")[0]["rows"]["people"] == PEOPLE
    assert engine_state(mini.project) == before


def test_a_database_without_a_container_is_backed_up(mini: Mini) -> None:
    mini.must("down")
    assert mini.json("db.backup")[0]["rows"]["people"] == PEOPLE


def test_a_paused_database_is_backed_up_and_stays_paused(mini: Mini) -> None:
    mini.must("pause", "db")
    assert mini.json("db.backup")[0]["rows"]["people"] == PEOPLE
    state = docker("inspect", "--format", "{{.State.Status}}", mini.container("db"))
    assert state == "paused"


def test_without_a_database_it_says_so(mini: Mini) -> None:
    mini.must("down", "--volumes")
    done = mini.inv("db.backup")
    assert done.code == 1
    assert "there is no database to back up" in done.err
    assert mini.backups() == []


@pytest.fixture
def tiny(mini: Mini) -> Iterator[Mini]:
    """The stack with a disk of 1 MB for its backups."""
    target = mini.root / "tiny"
    target.mkdir(exist_ok=True)
    mount = ("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(target))
    if mini.run(*mount).code:
        pytest.skip("no tmpfs can be mounted here")
    mini.set_env(UNSTUCK_BACKUPS="tiny")
    yield mini
    mini.run("umount", str(target))
    target.rmdir()


def test_a_full_disk_stops_the_fix(tiny: Mini) -> None:
    rows, before = tiny.rows(), engine_state(tiny.project)
    outcome = tiny.json("fix.nuke", "--data", "--keep-cache", "--yes", code=4)
    assert outcome["status"] == "refused"
    assert "no room for a backup" in outcome["summary"]
    assert outcome["changed"] == []
    assert engine_state(tiny.project) == before
    assert tiny.rows() == rows


def test_a_disk_that_fills_while_it_dumps_stops_the_fix(tiny: Mini) -> None:
    """Random bytes don't compress: the guess of the room was wrong."""
    tiny.psql(
        "create table noise as select gen_random_uuid() a, gen_random_uuid() b, "
        "gen_random_uuid() c from generate_series(1, 120000)"
    )
    tiny.run("mount", "-o", "remount,size=5400k", str(tiny.root / "tiny"))
    before = engine_state(tiny.project)
    outcome = tiny.json("fix.nuke", "--data", "--keep-cache", "--yes", code=4)
    assert "No space left on device" in outcome["summary"], outcome["summary"]
    assert engine_state(tiny.project) == before
    left = [p.name for p in (tiny.root / "tiny").iterdir()]
    assert left == [".gitignore"]


def corrupt(mini: Mini, *paths: str) -> None:
    """Ruin files of the stopped database."""
    mini.ruined = True
    mini.must("stop")
    mini.must(
        *("run", "--rm", "--no-deps", "-T", "--entrypoint", "sh", "db", "-c"),
        f"cd $PGDATA && for f in {' '.join(paths)}; do echo ruined > $f; done",
    )


def test_a_broken_database_is_copied_aside(mini: Mini) -> None:
    corrupt(mini, "global/pg_control")
    outcome = mini.json("fix.nuke", "--data", "--keep-cache", "--yes")
    assert outcome["status"] == "verified"
    assert mini.rows() == ""
    copies = mini.json("db.list")
    copy = next(c for c in copies if c["database"] == f"{mini.project}_postgres_data")
    assert copy["kind"] == "files"
    names = subprocess.run(
        ["tar", "-tf", copy["path"]], capture_output=True, text=True, check=True
    ).stdout
    assert "./global/pg_control" in names
    assert "./PG_VERSION" in names


def test_a_broken_database_that_can_t_be_copied_stops_the_fix(tiny: Mini) -> None:
    corrupt(tiny, "global/pg_control")
    before = engine_state(tiny.project)["volumes"]
    outcome = tiny.json("fix.nuke", "--data", "--keep-cache", "--yes", code=4)
    assert "no room" in outcome["summary"]
    assert engine_state(tiny.project)["volumes"] == before


def test_a_database_that_is_broken_stops_migrating(mini: Mini) -> None:
    """Nothing is copied for a fix that leaves the files where they are."""
    corrupt(mini, "global/pg_control")
    mini.must("start", "db")
    outcome = mini.json("fix.migrate", "--yes", code=None)
    assert outcome["exit_code"] in (4, 5)
    assert outcome["backups"] == []


def test_bind_mounted_data_survives_and_is_moved_aside(mini: Mini) -> None:
    mini.must("down", "--volumes")
    mini.set_env(DB_DATA="./pgdata")
    mini.up()
    rows = mini.rows()
    try:
        plain = mini.json("fix.nuke", "--keep-cache", "--yes")
        assert any("pgdata survives" in line for line in plain["plan"]["keeps"])
        assert mini.rows() == rows
        outcome = mini.json("fix.nuke", "--data", "--keep-cache", "--yes")
        assert any("moved aside" in line for line in outcome["plan"]["keeps"])
        assert mini.rows() == ""
        aside = [p for p in mini.root.iterdir() if p.name.startswith("pgdata.")]
        assert len(aside) == 1
        assert (aside[0] / "PG_VERSION").exists()
        dump = next(p for p in outcome["backups"] if p.endswith(".dump"))
        mini.json("db.restore", dump, "--yes")
        assert mini.rows() == rows
    finally:
        mini.must("down", "--volumes")
        mini.run("sh", "-c", "rm -rf pgdata*")


def test_an_anonymous_volume_is_backed_up_and_put_back(mini: Mini) -> None:
    mini.must("down", "--volumes")
    mini.edit("compose.yaml", "${DB_DATA:-postgres_data}:/var", "/var")
    mini.up()
    rows = mini.rows()
    try:
        plan = mini.json("fix.nuke", "--data", "--plan")["plan"]
        line = next(x for x in plan["destroys"] if x.startswith("anonymous volume "))
        assert re.fullmatch(r"anonymous volume [0-9a-f]{12} of db \(.* MB\)", line)
        # without --data as well, for it goes with its container
        plain = mini.json("fix.nuke", "--keep-cache", "--yes")
        assert plain["status"] == "verified"
        assert plain["plan"]["loses_data"]
        assert mini.rows() == rows
        outcome = mini.json("fix.nuke", "--data", "--keep-cache", "--yes")
        assert mini.rows() == ""
        dump = next(p for p in outcome["backups"] if p.endswith(".dump"))
        mini.json("db.restore", dump, "--yes")
        assert mini.rows() == rows
    finally:
        mini.must("down", "--volumes")


def test_a_damaged_backup_is_refused_and_the_database_untouched(mini: Mini) -> None:
    dump = the_dump(mini)
    rows = mini.rows()
    data = dump.read_bytes()
    dump.write_bytes(data[:-20] + b"x" * 20)
    outcome = mini.json("db.restore", str(dump), "--yes", code=4)
    assert "SHA-256 differs" in outcome["summary"]
    dump.write_bytes(data[:-20])
    cut = mini.json("db.restore", str(dump), "--yes", code=4)
    assert "were written" in cut["summary"]
    # found out before anything was done
    assert mini.backups() == [dump]
    assert mini.rows() == rows


def test_a_restore_that_lacks_rows_leaves_the_old_database(mini: Mini) -> None:
    dump = the_dump(mini)
    manifest = dump.with_suffix(".json")
    manifest.write_text(manifest.read_text().replace('"people": 25', '"people": 26'))
    mini.psql("insert into people (name) values ('present')")
    rows = mini.rows()
    outcome = mini.json("db.restore", str(dump), "--yes", code=5)
    assert "people: 25 rows, 26 wanted" in outcome["summary"]
    assert mini.rows() == rows
    assert "unstuck" not in mini.psql("select datname from pg_database")


def test_a_dump_of_a_colleague_needs_no_manifest(mini: Mini, tmp_path: Path) -> None:
    dump = the_dump(mini)
    rows = mini.rows()
    foreign = tmp_path / "theirs.dump"
    foreign.write_bytes(dump.read_bytes())
    mini.psql("delete from people")
    assert mini.json("db.restore", str(foreign), "--yes")["exit_code"] == 0
    assert mini.rows() == rows


def test_what_is_no_dump_is_refused(mini: Mini, tmp_path: Path) -> None:
    rows = mini.rows()
    text = tmp_path / "notes.txt"
    text.write_text("no dump")
    assert mini.json("db.restore", str(text), "--yes", code=5)["exit_code"] == 5
    missing = mini.json("db.restore", str(tmp_path / "gone"), "--yes", code=4)
    assert "there is no" in missing["summary"]
    assert mini.json("db.restore", "--yes", code=4)["next"] == ["inv db.list"]
    assert mini.rows() == rows


def test_restoring_shows_a_plan_and_asks(mini: Mini) -> None:
    dump = the_dump(mini)
    engine, files = engine_state(mini.project), file_state(mini.root)
    plan = mini.json("db.restore", str(dump), "--plan")["plan"]
    assert plan["loses_data"]
    assert mini.inv("db.restore", str(dump)).code == 4
    assert engine_state(mini.project) == engine
    assert file_state(mini.root) == files


def test_sessions_roles_and_settings_come_along(mini: Mini) -> None:
    """Sessions that hold the database open are ended, and come back to the new one."""
    mini.psql("create role reader nologin")
    mini.psql("grant select on people to reader")
    mini.psql("alter database mini set work_mem to '7MB'")
    mini.psql("create table owned (x int); alter table owned owner to reader")
    dump = the_dump(mini)
    mini.psql("drop table owned; revoke all on people from reader; drop role reader")
    mini.psql("alter database mini reset work_mem")
    held = subprocess.Popen(
        [
            *("docker", "compose", "exec", "-T", "db"),
            *("psql", "-U", "mini", "-d", "mini", "-c", "select pg_sleep(120)"),
        ],
        cwd=mini.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    outcome = mini.json("db.restore", str(dump), "--yes")
    assert outcome["status"] == "verified"
    assert b"terminat" in held.communicate(timeout=20)[1]
    assert mini.psql("show work_mem") == "7MB"
    assert mini.psql("select tableowner from pg_tables where tablename = 'owned'") == (
        "reader"
    )
    mini.must("down", "--volumes")
