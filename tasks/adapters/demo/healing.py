"""Brings the reference stack back to health, whatever a fault broke in it.

Files come back from what was saved when the fault was put in, never from git:
a user's own changes stay. Data is only touched where the fault itself did.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...core.config import Settings
from ...core.errors import Stop
from .. import processes, runner, settings
from ..compose import Compose
from . import reference
from .saved import Saved
from .stages import Stage

Say = Callable[[str], None]

COMMAND_SECONDS = 300.0
BUILD_SECONDS = 1800.0
#: Seconds that a container gets to stop; a frozen one needs no more.
GRACE = "2"
HEALTHY_SECONDS = "120"


def heal(loaded: Settings, say: Say) -> list[str]:
    """Put back what faults changed and wait until every service is healthy.

    Returns:
        The faults that were in it.

    Raises:
        Stop: the stack does not come up; the message quotes Compose.
    """
    kept = Saved(loaded.root, loaded.state / "faults")
    faults = list(kept.record.faults)
    for pid in kept.record.pids:
        say("end the process that holds a port")
        _end(Path(pid))
    if files := kept.restore():
        say(f"restore {', '.join(files)}")
    loaded = settings.load(loaded.root)
    compose = Compose(loaded)
    _images(compose, kept, say)
    _thaw(compose, say)
    try:
        _services(compose, kept, loaded, say)
    except Stop:
        say("build and start it from the beginning")
        reference.up()
    _complete(compose, loaded, say)
    for keeper in kept.record.images.values():
        runner.run(("docker", "rmi", "--no-prune", keeper), cwd=loaded.root)
    kept.forget()
    return faults


def _services(compose: Compose, kept: Saved, loaded: Settings, say: Say) -> None:
    """Start what stores data, put the data back, start everything else anew."""
    model = compose.resolve().model
    stores = [model.roles[role] for role in ("db", "redis") if role in model.roles]
    say("start what stores data")
    anew = [store for store in stores if store in kept.record.anew]
    if anew:
        _up(compose, "--force-recreate", *anew)
    _up(compose, *stores)
    _let_in(loaded, say)
    if kept.record.dumped:
        say("restore the database's content")
        _data(compose, model.roles["db"], kept.dump)
    say("start everything else anew")
    _up(compose, "--force-recreate", *(n for n in model.services if n not in stores))


def _let_in(loaded: Settings, say: Say) -> None:
    """Give the database the password of ``.env`` back, if a fix gave it another."""
    from ... import fixes as _  # noqa: F401 - declares them
    from ... import planning, session
    from ..fixes.actions import ACTIONS
    from ..fixes.doing import Doing

    seen = session.observe(loaded, ["model", "database"]).snapshot
    doing = Doing(loaded, "demo.heal", planning.now_stamp())
    for step in planning.plan_for("password", seen, loaded).steps:
        say(step.why)
        ACTIONS[step.action](doing, step)


def _complete(compose: Compose, loaded: Settings, say: Say) -> None:
    """Migrate and seed a database that lacks something; touch no other."""
    from ... import session

    seen = session.observe(loaded, ["model", "database", "migrations"]).snapshot
    report = session.judge(seen, checks=["migrations", "data"])
    if any(finding.status == "fail" for finding in report.checks):
        say("migrate and seed the database")
        with Stage("data") as stage:
            reference.data(compose, loaded, stage)


def _up(compose: Compose, *args: str) -> None:
    """Start services; those that still fail are made anew, once."""
    wait = ("--wait", "--wait-timeout", HEALTHY_SECONDS, "--timeout", GRACE)
    up = ("up", "--detach", *wait, "--no-deps")
    done = compose.run(*up, *args, timeout=COMMAND_SECONDS)
    if not done.ok and "--force-recreate" not in args:
        done = compose.run(*up, "--force-recreate", *args, timeout=COMMAND_SECONDS)
    if not done.ok:
        raise Stop(f"the stack does not heal: {done.last_error}", "inv triage")


def _thaw(compose: Compose, say: Say) -> None:
    said = compose.run("ps", "--all", "--status", "paused", "--services")
    for service in said.out.split():
        say(f"unpause {service}")
        compose.run("unpause", service)


def _images(compose: Compose, kept: Saved, say: Say) -> None:
    """Give the images back their names; build anew what isn't there any more."""
    for image, keeper in kept.record.images.items():
        say(f"restore the image {image}")
        done = runner.run(("docker", "tag", keeper, image), cwd=compose.cwd)
        if done.ok:
            continue
        say("build it anew")
        built = compose.run("build", timeout=BUILD_SECONDS)
        if not built.ok:
            raise Stop(f"the image {image} can't be built: {built.last_error}")


def _data(compose: Compose, database: str, dump: Path) -> None:
    """Put the content back into an emptied schema, all of it or nothing."""
    script = (
        'psql -X -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "select '
        "pg_terminate_backend(pid) from pg_stat_activity where datname = "
        'current_database() and pid <> pg_backend_pid()" '
        '-c "drop schema public cascade" -c "create schema public" >/dev/null && '
        'exec pg_restore --single-transaction --exit-on-error -U "$POSTGRES_USER" '
        '-d "$POSTGRES_DB"'
    )
    argv = compose.argv("exec", "--no-TTY", database, "sh", "-c", script)
    done = runner.run(argv, timeout=COMMAND_SECONDS, cwd=compose.cwd, stdin=_read(dump))
    if not done.ok:
        raise Stop(
            f"the database's content can't be restored: {done.last_error}",
            f"it is kept in {dump}",
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Stop(f"{path} can't be read: {error.strerror}") from None


def _end(pid_file: Path) -> None:
    """End the process that a fault started, if it is still that one."""
    try:
        pid = int(pid_file.read_text("utf-8"))
    except (OSError, ValueError):
        return
    if processes.runs(pid, str(pid_file)):
        runner.kill_group(pid)
