"""The fixes of the database's content: migrate, seed, restore."""

from __future__ import annotations

import shlex

from ..diagnosis.missing import Missing, in_logs, mentioning
from ..model import Step
from ..snapshot import Migrations
from ..sources import migrations as graph
from ..states import looping
from .fix import Blocked, Facts, Healthy, Keeps, Next, Note, Parts
from .remedies import expected, names

#: What a program can't do: tell which of two histories is meant.
_MERGE = "alembic merge heads"


def in_backend(facts: Facts, why: str, *command: str, **more: object) -> Step:
    """Return a step that runs a command with the backend's image and settings.

    In its container where that runs, as the playbook has it; else in a one-off
    container of the same image, which works while the backend is looping.
    """
    backend = facts.role("backend")
    if _enterable(facts, backend):
        return facts.run(why, "exec", "--no-TTY", backend, *command, **more)
    return one_off(facts, why, *command, **more)


def one_off(facts: Facts, why: str, *command: str, **more: object) -> Step:
    """Return a step that runs a command in a one-off container of the backend."""
    program, *rest = command
    flags = ("--rm", "--no-deps", "--no-TTY", "--entrypoint", program)
    return facts.run(why, "run", *flags, facts.role("backend"), *rest, **more)


def _enterable(facts: Facts, service: str) -> bool:
    containers = facts.snapshot.of(service)
    return bool(containers) and all(
        c.status == "running" and not looping(c) for c in containers
    )


def start_database(facts: Facts) -> Parts:
    """Yield the start of the database if it does not answer now."""
    db = facts.role("db")
    if facts.snapshot.database is None or not facts.snapshot.database.reachable:
        yield facts.run(f"start {db}", "up", "--detach", "--no-deps", db)
        yield Step(
            why=f"wait until {db} answers",
            argv=(*facts.compose, "exec", db, "pg_isready"),
            action="await-database",
            timeout=120,
        )


def backup_step(*, files: bool = False) -> Step:
    """Return the step that backs every database up.

    Args:
        files: copy the files of a database that can't be dumped; for what
            destroys them.
    """
    return Step(
        why="back up the database",
        argv=("inv", "db.backup"),
        action="backup",
        args={"files": "yes"} if files else {},
        timeout=6 * 3600.0,
    )


def migrate(facts: Facts) -> Parts:
    """Yield current, heads, upgrade: playbook section 2."""
    files, db = facts.snapshot.migrations, facts.snapshot.database
    if not facts.role("backend") or not facts.role("db"):
        yield Blocked("the stack has no backend or no database")
        return
    if files is None:
        why = facts.snapshot.why_not("migrations")
        yield Blocked(f"there are no version files: {why}")
        return
    yield from _missing(facts, files)
    stops = list(_cannot(facts, files))
    if stops:
        yield from stops
        return
    heads = names(r.id for r in graph.heads(files)) or "none"
    current = db.revisions if db and db.reachable else None
    if db and db.reachable:
        yield Note(f"current {names(current or ()) or 'none'}, head {heads}")
        if not graph.behind(files, current or ()):
            yield Note("every revision has been applied")
            return
        for revision in graph.behind(files, current or ()):
            yield Note(f"to apply: {revision.file} {revision.message}".rstrip())
    else:
        yield Note(f"head {heads}; the database does not answer yet")
    yield from start_database(facts)
    yield from _newest_image(facts)
    yield backup_step()
    rebuilt = _image_is_old(facts)
    run = one_off if rebuilt else in_backend
    yield run(facts, "apply the revisions", *facts.settings.migrate)
    yield from _wake(facts)
    yield Healthy((facts.role("db"),))


def _cannot(facts: Facts, files: Migrations) -> Parts:
    """Yield why the revisions can't be applied by a program, if they can't."""
    heads = graph.heads(files)
    for error in files.errors:
        yield Blocked(f"a migration can't be read: {error}")
    if len(heads) > 1:
        ids = names(r.id for r in heads)
        yield Blocked(f"the revisions have {len(heads)} heads: {ids}")
        yield Next(f"inv sh, then: {_MERGE} -m 'merge {ids}'")
        return
    db = facts.snapshot.database
    known = {revision.id for revision in files.revisions}
    for revision in (db.revisions or ()) if db else ():
        if revision not in known:
            yield Blocked(
                f"the database is at revision {revision}, which no file in "
                f"{files.directory} has: another branch, or a deleted migration"
            )
            yield Next(f"git log --all --oneline -S{revision} -- {files.directory}")
            yield Next("inv db.list: a backup from before it can be restored")


def _missing(facts: Facts, files: Migrations) -> Parts:
    """Yield which revision brings what is missing, as the playbook searches it."""
    db = facts.snapshot.database
    pending = {r.id for r in graph.behind(files, (db.revisions or ()) if db else ())}
    asked = facts.options.get("missing", "")
    wanted = [Missing(asked, asked)] if asked else in_logs(facts.snapshot)
    for missing in wanted:
        found = mentioning(files, missing.name)
        for revision in found:
            state = "to apply" if revision.id in pending else "applied already"
            yield Note(f"{missing.words} is in {revision.file} ({state})")
        if not found:
            yield Note(f"{missing.words} is in no revision: one must be generated")
            yield Next(_generate(facts, missing.name))


def _generate(facts: Facts, name: str) -> str:
    """Return the command that writes a revision, on the host's own files."""
    backend, compose = facts.role("backend"), shlex.join(facts.compose)
    return (
        f"{compose} exec {backend} alembic revision --autogenerate "
        f"-m {shlex.quote(f'add {name}')}, then {compose} cp the new file out of "
        f"{backend}"
    )


def _image_is_old(facts: Facts) -> bool:
    """Whether the image lacks revision files that lie on disk."""
    files, inside = facts.snapshot.migrations, facts.snapshot.inside
    host = facts.snapshot.host_files
    if files is None or inside is None or host is None or not inside.files:
        return False
    prefix = f"{host.root}/" if host.root not in ("", ".") else ""
    ours = {r.file.removeprefix(prefix) for r in files.revisions}
    return any(
        path in host.files and inside.files.get(path) != host.files[path]
        for path in ours
    )


def _newest_image(facts: Facts) -> Parts:
    if _image_is_old(facts):
        backend = facts.role("backend")
        yield Note(f"the image of {backend} lacks the newest revision files")
        yield facts.run(f"build the image of {backend}", "build", backend)


def _wake(facts: Facts) -> Parts:
    """Yield the start of a backend that gave up on the old schema."""
    services = [facts.role("backend"), *facts.workers]
    asleep = [n for n in services if n in expected(facts) and not _enterable(facts, n)]
    if _image_is_old(facts):
        asleep = [n for n in services if n in expected(facts)]
    if asleep:
        yield facts.run(f"start {names(asleep)}", "up", "--detach", *asleep)


def seed(facts: Facts) -> Parts:
    """Yield the seeding of every empty table: playbook section 5."""
    settings, db = facts.settings, facts.snapshot.database
    pairs = list(zip(settings.tables, settings.seed, strict=False))
    if not pairs:
        yield Blocked("no tables or no commands are set (UNSTUCK_TABLES, UNSTUCK_SEED)")
        return
    if not facts.role("backend") or not facts.role("db"):
        yield Blocked("the stack has no backend or no database")
        return
    rows = db.rows if db and db.reachable else {}
    unborn = [t for t in settings.tables if t in rows and rows[t] is None]
    if unborn:
        yield Blocked(f"there is no table {names(unborn)}: it must be migrated first")
        yield Next("inv fix.migrate, then inv fix.seed")
        return
    yield from start_database(facts)
    for table, command in pairs:
        if rows.get(table):
            yield Keeps(f"{table}: {rows[table]} rows are there")
            continue
        if absent := _absent(facts, command):
            yield Blocked(absent)
            yield Next("name the right command: UNSTUCK_SEED in .env")
            return
        base = in_backend(facts, f"fill {table}, if it is empty", *command)
        yield Step(
            why=base.why,
            argv=base.argv,
            action="seed",
            args={"table": table},
            timeout=600,
        )
    for table in settings.tables[len(pairs) :]:
        if not rows.get(table):
            yield Note(f"{table} has no command of its own in UNSTUCK_SEED")


def _absent(facts: Facts, command: tuple[str, ...]) -> str:
    """Return that a seed script is not in the image, empty if it is or may be."""
    inside, host = facts.snapshot.inside, facts.snapshot.host_files
    if inside is None or not inside.files:
        return ""
    if command[1:2] == ("-m",) and len(command) > 2:
        path = command[2].replace(".", "/")
        wanted = [f"{path}.py", f"{path}/__main__.py"]
        # A package that pip installed is not among the working directory's files.
        if not any(file.startswith(f"{path.split('/')[0]}/") for file in inside.files):
            return ""
    elif len(command) > 1 and command[1].endswith(".py"):
        wanted = [command[1].removeprefix(f"{inside.workdir.rstrip('/')}/")]
    else:
        return ""
    if any(file in inside.files for file in wanted):
        return ""
    said = f"the image of {inside.service} has no {wanted[0]}"
    if host and any(file in host.files for file in wanted):
        return f"{said}, though it lies in {host.root}: inv fix.rebuild-backend"
    return said


def restore(facts: Facts) -> Parts:
    """Yield the restore of one backup in the place of the database."""
    file = facts.options.get("file", "")
    if not facts.role("db"):
        yield Blocked("the stack has no database")
        return
    if not file:
        yield Blocked("which backup? name its file")
        yield Next("inv db.list")
        return
    if why := facts.unfit(file):
        yield Blocked(why)
        yield Next("inv db.list")
        return
    yield from start_database(facts)
    yield backup_step()
    yield Step(
        why="restore it beside the database, check it, swap the two",
        argv=("inv", "db.restore", file),
        action="restore",
        args={"file": file},
        destroys=("the database's present content, once the restored one is checked",),
        loses_data=True,
        timeout=6 * 3600.0,
    )
    users = (facts.role("backend"), *facts.workers)
    running = [n for n in users if n and _enterable(facts, n)]
    if running:
        why = f"restart {names(running)}, whose connections are gone"
        yield facts.run(why, "restart", *running)
    yield Keeps("the present database, until the restored one has every row")
    yield Healthy((facts.role("db"), *running))
