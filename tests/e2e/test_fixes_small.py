"""The fixes, each from its real fault to verified green, on the small stack."""

from __future__ import annotations

import os
import signal
import subprocess
from threading import Thread

import pytest

from tasks.adapters.docker import settle
from tests.harness.mini import PEOPLE, Mini

from .mending import docker, engine_state, file_state, findings

pytestmark = pytest.mark.engine


def status(mini: Mini, service: str) -> str:
    form = "{{.State.Status}}"
    return docker("inspect", "--format", form, mini.container(service))


def test_start(mini: Mini) -> None:
    db = mini.container("db")
    mini.must("stop", "backend")
    outcome = mini.json("fix.start", "--yes")
    assert outcome["status"] == "verified"
    assert findings(outcome, "before")["containers"] == "fail"
    assert findings(outcome, "after")["containers"] == "pass"
    assert mini.container("db") == db
    mini.must("down")
    assert mini.json("fix.start", "--yes")["status"] == "verified"
    assert mini.json("fix.start", "--yes")["status"] == "nothing"


def test_unpause(mini: Mini) -> None:
    mini.must("pause", "backend")
    outcome = mini.json("fix.unpause", "--yes")
    assert (outcome["status"], status(mini, "backend")) == ("verified", "running")


def test_restart_of_a_hung_service(mini: Mini) -> None:
    mini.must("exec", "-T", "--user", "0", "backend", "sh", "-c", "kill -STOP -1")
    for _ in range(60):
        form = "{{.State.Health.Status}}"
        if (
            docker("inspect", "--format", form, mini.container("backend"))
            == "unhealthy"
        ):
            break
        mini.run("sleep", "1")
    outcome = mini.json("fix.restart", "--yes")
    assert outcome["status"] == "verified"
    assert "backend" in outcome["plan"]["steps"][0]["why"]
    named = mini.json("fix.restart", "backend", "--yes")
    assert named["plan"]["steps"][0]["argv"][-2:] == ["restart", "backend"]
    wrong = mini.json("fix.restart", "nonsense", "--yes", code=2)
    assert wrong["next"] == ["it has backend and db"]


def test_recreate_after_a_changed_environment(mini: Mini) -> None:
    mini.set_env(COOKIE_SECURE="true")
    outcome = mini.json("fix.recreate", "--yes")
    assert outcome["status"] == "verified"
    assert findings(outcome, "before")["stale"] == "warn"
    assert findings(outcome, "after")["stale"] == "pass"
    said = mini.must("exec", "-T", "backend", "printenv", "COOKIE_SECURE")
    assert said.strip() == "true"


def test_env_is_completed_from_the_containers(mini: Mini) -> None:
    """A generated password would fit no volume: the old one is found again."""
    text = (mini.root / ".env").read_text()
    (mini.root / ".env").unlink()
    mini.environ["COMPOSE_PROJECT_NAME"] = mini.project
    try:
        outcome = mini.json("fix.env", "--yes")
    finally:
        del mini.environ["COMPOSE_PROJECT_NAME"]
    assert outcome["status"] == "verified", outcome
    made = (mini.root / ".env").read_text()
    for key in ("DB_PASSWORD", "BACKEND_PORT", "DB_USER", "DB_NAME"):
        line = next(x for x in text.splitlines() if x.startswith(f"{key}="))
        assert line in made.splitlines(), key
    assert (mini.root / ".env").stat().st_mode & 0o777 == 0o600
    # no value is in the outcome or the journal
    assert "mini-database-password" not in str(outcome)
    assert "mini-database-password" not in mini.journals()[0].read_text()


def test_env_never_changes_a_value(mini: Mini) -> None:
    path = mini.root / ".env"
    kept = [x for x in path.read_text().splitlines() if not x.startswith("DB_NAME")]
    path.write_text("\n".join(kept) + "\n")
    assert mini.json("fix.env", "--yes")["status"] == "verified"
    assert [x for x in path.read_text().splitlines() if x in kept] == kept
    assert "DB_NAME=mini" in path.read_text()


def test_migrate_a_database_that_is_behind(mini: Mini) -> None:
    mini.must("exec", "-T", "backend", "alembic", "downgrade", "-1")
    outcome = mini.json("fix.migrate", "--missing", "email", "--yes")
    assert outcome["status"] == "verified"
    assert findings(outcome, "before")["migrations"] == "fail"
    notes = "\n".join(outcome["plan"]["notes"])
    assert "email is in backend/alembic/versions/0002_email.py (to apply)" in notes
    assert "current 0001, head 0002" in notes
    assert len(outcome["backups"]) == 1


def test_migrate_with_everything_down(mini: Mini) -> None:
    mini.must("exec", "-T", "backend", "alembic", "downgrade", "-1")
    mini.must("down")
    outcome = mini.json("fix.migrate", "--yes")
    assert outcome["status"] == "verified"
    assert mini.psql("select version_num from alembic_version") == "0002"


def test_migrate_builds_an_image_that_lacks_the_newest_file(mini: Mini) -> None:
    text = (mini.root / "backend/alembic/versions/0002_email.py").read_text()
    text = text.replace("0002", "0003").replace(
        'down_revision = "0001"', 'down_revision = "0002"'
    )
    newest = mini.root / "backend/alembic/versions/0003_phone.py"
    newest.write_text(text.replace("0001", "0002").replace("email", "phone"))
    outcome = mini.json("fix.migrate", "--yes")
    assert outcome["status"] == "verified"
    assert any("lacks the newest" in note for note in outcome["plan"]["notes"])
    assert mini.psql("select count(phone) from people") == "0"
    mini.must("down", "--volumes")


def test_migrate_says_what_no_program_can_do(mini: Mini) -> None:
    mini.psql("update alembic_version set version_num = 'abc123'")
    outcome = mini.json("fix.migrate", "--yes", code=4)
    assert "abc123" in outcome["problems"][0]
    mini.psql("update alembic_version set version_num = '0002'")
    path = mini.root / "backend/alembic/versions/0002b_other.py"
    other = (mini.root / "backend/alembic/versions/0002_email.py").read_text()
    path.write_text(other.replace('"0002"', '"0002b"'))
    outcome = mini.json("fix.migrate", "--yes", code=4)
    assert "2 heads" in outcome["problems"][0]
    assert "alembic merge" in outcome["next"][0]


def test_migrate_says_when_no_revision_has_it(mini: Mini) -> None:
    plan = mini.json("fix.migrate", "--missing", "shoe_size", "--plan")["plan"]
    assert any("shoe_size is in no revision" in note for note in plan["notes"])
    assert any("--autogenerate" in command for command in plan["next"])


def test_seed_adds_only_what_is_missing(mini: Mini) -> None:
    assert mini.json("fix.seed", "--yes")["status"] == "nothing"
    mini.psql("truncate people")
    outcome = mini.json("fix.seed", "--yes")
    assert outcome["status"] == "verified"
    assert mini.psql("select count(*) from people") == str(PEOPLE)


def test_a_missing_seed_command_is_said_plainly(mini: Mini) -> None:
    mini.psql("truncate people")
    mini.set_env(UNSTUCK_SEED="python -m scripts.nothing")
    outcome = mini.json("fix.seed", "--yes", code=4)
    assert "the image of backend has no scripts/nothing.py" in outcome["problems"][0]
    mini.set_env(UNSTUCK_SEED="fill-the-tables --all")
    outcome = mini.json("fix.seed", "--yes", code=5)
    assert "people was not seeded" in outcome["summary"]
    assert "fill-the-tables" in outcome["summary"]


def test_pins(mini: Mini) -> None:
    mini.edit("backend/requirements.txt", "MarkupSafe==3.0.2 ", "MarkupSafe==2.1.5 ")
    mini.must("up", "--detach", "--build")
    outcome = mini.json("fix.pins", "--yes")
    assert outcome["status"] == "verified"
    assert findings(outcome, "before")["deps"] == "fail"
    text = (mini.root / "backend/requirements.txt").read_text()
    assert "MarkupSafe==3.0.2  # the pin\n" in text
    assert text.startswith("# What tests take for numpy")
    assert outcome["plan"]["steps"][0]["diff"] == [
        "-MarkupSafe==2.1.5  # the pin",
        "+MarkupSafe==3.0.2  # the pin",
    ]


def test_a_guard_refuses_and_is_forced(mini: Mini) -> None:
    mini.edit("backend/requirements.txt", "MarkupSafe==3.0.2", "MarkupSafe>=3")
    mini.must("stop", "backend")
    engine, files = engine_state(mini.project), file_state(mini.root)
    done = mini.inv("fix.start", "--yes")
    assert done.code == 4
    for words in (
        "backend/requirements.txt:2",
        "MarkupSafe>=3",
        "MarkupSafe==3.0.2",
        "inv fix.pins",
    ):
        assert words in done.out, words
    assert mini.json("fix.start", "--plan", code=4)["problems"]
    assert engine_state(mini.project) == engine
    assert file_state(mini.root) == files
    forced = mini.json("fix.start", "--yes", "--force")
    assert forced["status"] == "verified"
    assert forced["overridden"] == ["pins"]
    skipped = [g for g in forced["plan"]["guards"] if g["status"] == "skip"]
    assert [g["summary"] for g in skipped] == ["the stack has no frontend"]


def test_what_does_not_verify_is_exit_5(mini: Mini) -> None:
    mini.edit("backend/app.py", "import markupsafe", 'os.environ["NOPE"]')
    mini.set_env(UNSTUCK_VERIFY_SECONDS="8")
    outcome = mini.json("fix.rebuild-backend", "--yes", code=5)
    assert outcome["status"] == "unverified"
    assert "backend is in a crash loop" in outcome["problems"][0]
    assert outcome["changed"]
    assert outcome["next"]
    assert outcome["journal"]
    # by now it loops: nothing may wait for it longer than it was told to
    done = mini.inv("fix.rebuild-backend", "--yes", timeout=60)
    assert done.code == 5, done
    assert "left changed" in done.out
    assert "full output" in done.out


def test_healthchecks_do_not_keep_a_fix_waiting(mini: Mini) -> None:
    """Two of them, one each second, once kept it waiting for ever."""
    backend = mini.container("backend")
    ticking = subprocess.Popen(
        ["sh", "-c", f"while docker exec {backend} true; do :; done"],
        start_new_session=True,
    )
    news = settle.subscribe(mini.project, 1.0)
    waiting = Thread(target=settle.wait, args=(news,), daemon=True)
    try:
        waiting.start()
        waiting.join(4)
        assert not waiting.is_alive()
    finally:
        os.killpg(ticking.pid, signal.SIGKILL)
        ticking.wait()


def test_a_build_that_fails_says_why(mini: Mini) -> None:
    mini.edit("backend/Dockerfile", "COPY . .", "RUN echo the-reason >&2 && exit 7")
    backend = mini.container("backend")
    done = mini.inv("fix.rebuild-backend", "--yes")
    assert done.code == 5
    assert "step 1 of 2 failed" in done.out
    assert "the-reason" in done.out + done.err
    assert mini.container("backend") == backend


def test_ports_names_the_holder_and_ends_nothing(mini: Mini) -> None:
    mini.must("stop", "backend")
    port = mini.env_text.split("BACKEND_PORT=")[1].split()[0]
    name = f"{mini.project}-holder"
    docker(
        *("run", "--detach", "--rm", "--init", "--name", name, "--entrypoint", "sleep"),
        *("--publish", f"127.0.0.1:{port}:80", "unstuck-e2e/mini-base", "600"),
    )
    try:
        outcome = mini.json("fix.ports", "--yes", code=4)
        assert name in outcome["problems"][0]
        assert docker("inspect", "--format", "{{.State.Running}}", name) == "true"
    finally:
        docker("rm", "--force", name)
    assert mini.json("fix.ports", "--yes")["status"] == "verified"


def test_prune_touches_no_named_image_and_no_volume(mini: Mini) -> None:
    """Planned only: the cache and the nameless images are other tests' as well."""
    plan = mini.json("fix.prune", "--plan")["plan"]
    assert [step["argv"] for step in plan["steps"]] == [
        ["docker", "image", "prune", "--force"],
        ["docker", "builder", "prune", "--force"],
    ]
    assert any("every project" in line for line in plan["destroys"])
    assert any("volumes" in line for line in plan["keeps"])
    kept = mini.json("fix.prune", "--keep-cache", "--plan")["plan"]
    assert len(kept["steps"]) == 1


def test_restart_docker_says_what_to_do_on_linux(mini: Mini) -> None:
    before = engine_state(mini.project)
    outcome = mini.json("fix.restart-docker", "--yes", code=4)
    assert any("restart docker" in command for command in outcome["next"])
    assert engine_state(mini.project) == before


def test_every_plan_changes_nothing(mini: Mini) -> None:
    mini.must("stop", "backend")
    mini.psql("truncate people")
    engine, files = engine_state(mini.project), file_state(mini.root)
    tasks = [
        line.split()[0]
        for line in mini.inv("--list").out.splitlines()
        if line.strip().startswith("fix.")
    ]
    assert len(tasks) >= 17
    for task in tasks:
        done = mini.inv(task, "--plan")
        assert done.code in (0, 2, 4), (task, done)
        assert "Traceback" not in done.err
        assert all(len(x) <= 80 for x in done.out.splitlines()), (task, done.out)
    assert engine_state(mini.project) == engine
    assert file_state(mini.root) == files


def test_no_secret_is_in_a_journal(mini: Mini) -> None:
    mini.json("fix.rebuild-backend", "--yes")
    for path in mini.journals():
        assert "mini-database-password" not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_changed_password_is_set_in_the_database(mini: Mini) -> None:
    """The volume keeps the password that it was made with; nobody sees either."""
    word = "another'pass\\word"
    rows = mini.rows()
    mini.set_env(DB_PASSWORD=word)
    mini.run("docker", "compose", "up", "--detach", "--no-deps", "backend")
    try:
        found = mini.json("check.database", code=1)
        assert found["checks"][0]["fix"] == "fix.password"
        outcome = mini.json("fix.password", "--yes")
        assert outcome["status"] == "verified"
        assert findings(outcome, "after")["database"] == "pass"
        assert mini.rows() == rows
        assert word not in mini.journals()[0].read_text()
        assert "SCRAM-SHA-256" not in mini.must("logs", "db")
        assert mini.json("fix.password", "--yes")["status"] == "nothing"
    finally:
        old = "alter role mini password 'mini-database-password'"
        mini.psql(old, "postgres")


def test_who_holds_a_lock_is_named_and_ended(mini: Mini) -> None:
    rows = mini.rows()
    mini.set_env(UNSTUCK_LOCK_SECONDS="1")
    login = ("psql", "-U", "mini", "-d", "mini", "-c")
    sessions = []

    def connect(statement: str, sign: str) -> None:
        """Start a session; go on when the server's own list shows the sign of it."""
        argv = ("docker", "compose", "exec", "-T", "db", *login, statement)
        pipe = subprocess.PIPE
        sessions.append(subprocess.Popen(argv, cwd=mini.root, stdout=pipe, stderr=pipe))
        shows = f"select count(*) from pg_stat_activity where wait_event{sign}"  # noqa: S608
        for _ in range(60):
            if mini.psql(shows) != "0":
                return
            mini.run("sleep", "0.5")
        pytest.fail(f"no session with wait_event{sign}")

    try:
        begin = "begin; lock table people; insert into people (name) values ('x');"
        connect(f"{begin} select pg_sleep(300)", " = 'PgSleep'")
        connect("select count(*) from people", "_type = 'Lock'")
        mini.run("sleep", "2")
        outcome = mini.json("fix.locks", "--yes")
        assert outcome["status"] == "verified"
        assert "not committed" in outcome["plan"]["steps"][0]["destroys"][0]
        assert mini.rows() == rows
        assert mini.json("fix.locks", "--yes")["status"] == "nothing"
    finally:
        for session in sessions:
            session.kill()
