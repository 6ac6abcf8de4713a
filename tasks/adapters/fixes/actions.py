"""What a step does that is not simply its command, by name.

Each takes the run and the step and returns what later steps need of it. Each
may be done twice: a run that was killed does its last step again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...core.errors import WrongUsage
from ...core.model import Step
from .. import runner
from . import letting, waits
from .doing import Doing, StepFailed

Action = Callable[[Doing, Step], dict[str, str]]


def command(doing: Doing, step: Step) -> dict[str, str]:
    """Run a step's command, its output handed over line by line.

    Raises:
        StepFailed: it failed; the message is its last words.
    """
    # Plain lines instead of a drawing: they are what the journal keeps.
    env = {**doing.compose.env(), "BUILDKIT_PROGRESS": "plain"}
    done = runner.stream(
        step.argv,
        on_line=doing.say,
        timeout=step.timeout,
        env=env,
        cwd=doing.compose.cwd,
    )
    if done.code == runner.TIMED_OUT:
        raise StepFailed(f"{step.argv[0]} did not end within {step.timeout:.0f} s")
    if not done.ok:
        raise StepFailed(reason(done.out) or done.last_error)
    return {}


def reason(output: str) -> str:
    """Return the line of an output that says why it failed, empty if none does."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in reversed(lines[-30:]):
        lowered = line.lower()
        if "no module named" in lowered or "not found in $path" in lowered:
            return line
        if lowered.startswith(("error", "failed")) or "error:" in lowered:
            return line
    return ""


def edit(doing: Doing, step: Step) -> dict[str, str]:
    """Edit a file of the stack: whole or not at all, its mode kept."""
    from ...core.fixes.fileedits import unflatten

    wanted = unflatten(step.args)
    path = (doing.settings.root / wanted.path).resolve()
    try:
        text = path.read_bytes().decode()
        edited = wanted.apply(text)
        if edited != text:
            _replace(path, edited.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise StepFailed(f"{wanted.path} can't be edited: {error}") from error
    except WrongUsage as error:
        raise StepFailed(error.message, error.hint) from error
    return {}


def _replace(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}.unstuck")
    try:
        aside.write_bytes(data)
        aside.chmod(path.stat().st_mode & 0o7777)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def complete_env(doing: Doing, step: Step) -> dict[str, str]:
    """Make or complete ``.env``; see `tasks.adapters.fixes.recover`."""
    from .recover import complete

    complete(doing, step.args["path"], step.args["example"])
    return {}


def backup(doing: Doing, step: Step) -> dict[str, str]:
    """Back every database up."""
    from .backup import everything

    made = everything(doing, files=bool(step.args.get("files")))
    for path in made:
        doing.say(f"backup: {path}")
    return _remember(doing, made)


def copy_volume(doing: Doing, step: Step) -> dict[str, str]:
    """Copy a volume to a file; one that is gone was copied before it went."""
    from .backup import copy_files
    from .pgserver import Mount, volume_exists

    name = step.args["volume"]
    if not volume_exists(doing, name):
        doing.say(f"there is no volume {name}")
        return {}
    mount = Mount(name, "/data", declared=True)
    return _remember(doing, [copy_files(doing, step.args["service"], mount)])


def _remember(doing: Doing, made: list[Path]) -> dict[str, str]:
    known = doing.memory.get("backups", "").splitlines()
    paths = [*known, *(str(path) for path in made)]
    return {"backups": "\n".join(dict.fromkeys(paths))} if paths else {}


def restore(doing: Doing, step: Step) -> dict[str, str]:
    """Restore one backup."""
    from .restore import restore as put_back

    done = put_back(doing, doing.settings.root / step.args["file"])
    return {"restored": done.database}


def restore_latest(doing: Doing, step: Step) -> dict[str, str]:  # noqa: ARG001 - every action takes it
    """Restore what this run backed up; nothing if there was nothing."""
    from .restore import restore as put_back

    for path in doing.memory.get("backups", "").splitlines():
        if path.endswith(".dump"):
            put_back(doing, Path(path))
    return {}


def down(doing: Doing, step: Step) -> dict[str, str]:
    """Take the stack down with its volumes, and see that they are gone.

    Compose only warns of a volume that something else still uses.
    """
    from .pgserver import volume_exists
    from .stakes import users_of_volume

    command(doing, step)
    left = [v for v in step.args["volumes"].split() if volume_exists(doing, v)]
    for name in left:
        users = [r["Names"][0].lstrip("/") for r in users_of_volume(doing.engine, name)]
        if users:
            raise StepFailed(f"the volume {name} is still used by {', '.join(users)}")
        # Without a name in the model, Compose leaves it behind.
        doing.engine.send("DELETE", f"/volumes/{name}", timeout=60)
    return {}


def move_aside(doing: Doing, step: Step) -> dict[str, str]:
    """Move a bind-mounted directory aside and leave an empty one like it.

    In a container, as root: on Linux the files belong to the server's user, and
    the engine may not be on this machine.
    """
    source, target = Path(step.args["source"]), Path(step.args["target"])
    script = (
        'cd /parent; [ -e "$2" ] && exit 0; [ -e "$1" ] || exit 0; '
        'mv "$1" "$2" && mkdir "$1" && '
        'chown "$(stat -c %u:%g "$2")" "$1" && chmod "$(stat -c %a "$2")" "$1"'
    )
    said = doing.engine.one_off(
        doing.model.services[step.args["service"]].image,
        ["sh", "-c", script, "unstuck", source.name, target.name],
        binds=[f"{source.parent}:/parent"],
        timeout=step.timeout,
    )
    if said.code:
        raise StepFailed(f"{source} can't be moved: {said.err.strip() or said.code}")
    return {"aside": str(target)}


def remove_images(doing: Doing, step: Step) -> dict[str, str]:
    """Remove images that nothing uses; one that is gone is none."""
    from urllib.parse import quote

    from ..engine import EngineError

    for name in step.args["images"].split():
        document = doing.engine.image(name)
        if document is None:
            doing.say(f"{name} is gone already")
            continue
        users = [
            row["Names"][0].lstrip("/")
            for row in doing.engine.get("/containers/json", all=1)
            if row["ImageID"] == document["Id"]
        ]
        if users and len(document.get("RepoTags") or ()) <= 1:
            raise StepFailed(f"{name} is used by {', '.join(users)}")
        try:
            path = f"/images/{quote(name, safe='/:@')}"
            for gone in doing.engine.send("DELETE", path, timeout=120) or ():
                doing.say(" ".join(f"{k}: {v}" for k, v in gone.items()))
        except EngineError as error:
            raise StepFailed(f"{name} can't be removed: {error}") from error
    return {}


def seed(doing: Doing, step: Step) -> dict[str, str]:
    """Run a seed command if its table is empty, and see that it filled it."""
    from ...core.fixes.pgsql import identifier
    from .pgserver import serving

    table = step.args["table"]
    quoted = ".".join(identifier(part) for part in table.split("."))
    count = f"select count(*) from {quoted}"  # noqa: S608 - quoted above

    def rows() -> int:
        with serving(doing) as server:
            return int(server.ask(count)[0])

    if there := rows():
        doing.say(f"{table}: {there} rows are there, nothing is added")
        return {}
    try:
        command(doing, step)
    except StepFailed as error:
        raise StepFailed(
            f"{table} was not seeded: {error.message}",
            "is the script in the image? its command: UNSTUCK_SEED in .env",
        ) from error
    if not (made := rows()):
        raise StepFailed(f"the command ended well, and {table} is empty as before")
    doing.say(f"{table}: {made} rows")
    return {}


#: Every action that a step can name.
ACTIONS: dict[str, Action] = {
    "": command,
    "await-database": waits.database,
    "await-engine": waits.engine,
    "await-exit": waits.exit,
    "backup": backup,
    "complete-env": complete_env,
    "copy-volume": copy_volume,
    "down": down,
    "edit": edit,
    "end-session": letting.end_session,
    "move-aside": move_aside,
    "remove-images": remove_images,
    "restore": restore,
    "restore-latest": restore_latest,
    "seed": seed,
    "set-password": letting.give_password,
}
