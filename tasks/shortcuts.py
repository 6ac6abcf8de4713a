"""Muscle memory: the everyday Compose commands, files and project filled in.

Each echoes the documented command it runs, so that it can be copied.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .command import command

if TYPE_CHECKING:
    from invoke import Context

    from .adapters.compose import Compose
    from .core.config import Settings
    from .core.snapshot import Model


@command(
    positional=["service"],
    help={"service": "only these, by commas", "build": "build images first"},
)
def up(c: Context, service: str = "", build: bool = False) -> int:
    """Start the stack, or some services of it, and wait until it is healthy."""
    options = ["--build"] if build else []
    code = _compose(c, "up", "--detach", "--wait", *options, services=service)
    if code == 1:
        from .adapters import render

        render.error("not all of it came up", "inv triage")
    return code


@command()
def down(c: Context) -> int:
    """Stop the stack and remove its containers; volumes stay."""
    return _compose(c, "down")


@command()
def ps(c: Context) -> int:
    """List the stack's containers, stopped ones included."""
    return _compose(c, "ps", "--all")


@command(
    positional=["service"],
    help={
        "service": "only these, by commas",
        "tail": "lines of each service",
        "since": "e.g. 10m, 2h or a time",
        "follow": "go on with new lines until Ctrl-C",
    },
)
def logs(
    c: Context,
    service: str = "",
    tail: str = "200",
    since: str = "",
    follow: bool = False,
) -> int:
    """Show the logs of the stack or of some services."""
    if tail != "all" and not tail.isdecimal():
        # Compose itself takes whatever it does not understand for "all".
        from .core.errors import WrongUsage

        raise WrongUsage(f"--tail takes a number of lines, or all: {tail!r}")
    options = ["--tail", tail]
    options += ["--since", since] if since else []
    options += ["--follow"] if follow else []
    return _compose(c, "logs", *options, services=service)


@command(positional=["service"], help={"service": "the backend if none is named"})
def sh(c: Context, service: str = "") -> int:
    """Open a shell in a running container."""
    settings, compose = _stack()
    name = _one(compose, service) if service else _role(compose, "backend")
    # bash where the image has it, sh where not; both know what -c is.
    shell = "command -v bash >/dev/null && exec bash || exec sh"
    return _run(c, settings, compose, "exec", *_tty(), name, "sh", "-c", shell)


@command(help={"command": "run this one statement and end"})
def psql(c: Context, command: str = "") -> int:
    """Open psql in the database's container, as its own user."""
    settings, compose = _stack()
    name = _role(compose, "db")
    statement = ["-c", command] if command else []
    # The container's own variables name the user and the database.
    login = '-U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-$POSTGRES_USER}"'
    script = f'exec psql {login} "$@"'
    argv = ["exec", *_tty(), name, "sh", "-c", script, "psql", *statement]
    return _run(c, settings, compose, *argv)


@command(positional=["service"], help={"service": "only these, by commas"})
def restart(c: Context, service: str = "") -> int:
    """Restart containers as they are; for changed settings use fix.recreate."""
    return _compose(c, "restart", services=service)


@command(help={"json": "one JSON document on stdout"})
def health(c: Context, json: bool = False) -> int:  # noqa: ARG001 - Invoke's
    """Ask the health endpoints (the same as check.health)."""
    from .checking import check_one

    return check_one("health", json=json)


@command(
    name="open",
    positional=["service"],
    help={"service": "the frontend if none is named"},
)
def open_(c: Context, service: str = "") -> int:
    """Open the frontend, or another service's port, in the browser."""
    from .adapters import render, runner
    from .core.errors import WrongUsage

    settings, compose = _stack()
    resolved = compose.resolve()
    name = _one(compose, service) if service else _role(compose, "frontend")
    port = next((p.port for p in resolved.ports if p.service == name), None)
    if port is None:
        published = ", ".join(dict.fromkeys(p.service for p in resolved.ports))
        raise WrongUsage(
            f"{name} publishes no port", f"these do: {published or 'none'}"
        )
    url = f"http://{settings.host or 'localhost'}:{port}"
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    render.echo([opener, url])
    if c.config.run.dry:
        return 0
    if not runner.run([opener, url], timeout=10).ok:
        render.out(url)  # no desktop here: the address is what can be given
    return 0


def _stack() -> tuple[Settings, Compose]:
    from .adapters.compose import Compose
    from .adapters.settings import load

    settings = load()
    return settings, Compose(settings)


def _compose(c: Context, *args: str, services: str = "") -> int:
    settings, compose = _stack()
    return _run(c, settings, compose, *args, *_services(compose, services))


def _run(c: Context, settings: Settings, compose: Compose, *args: str) -> int:
    """Echo one Compose command and hand it the terminal.

    Raises:
        EngineUnavailable: there is no Compose v2, or no engine.
        WrongUsage: the Compose files don't resolve.
    """
    from .adapters import render, runner

    argv = compose.argv(*args)
    if c.config.run.dry:
        render.echo(argv)
        return 0
    _ready(compose)
    render.echo(argv)
    code = runner.hand_over(argv, cwd=settings.root)
    if code in (0, 130):
        return code
    if render.reader_gone():
        return 0
    _explain(compose)
    return 1


def _ready(compose: Compose) -> None:
    """Stop where the command is bound to fail and would not say why in one line.

    Of a broken ``.env`` Compose prints the line, and with it the value.
    """
    from .adapters.engine import connect
    from .adapters.files import env_files

    connect()
    if env_files(compose.settings).invalid:
        _resolvable(compose)


def _explain(compose: Compose) -> None:
    """Turn a failure that is the engine's or Compose's own into its exit code."""
    from .adapters.compose import compose_version
    from .adapters.engine import connect
    from .core.errors import EngineUnavailable

    connect()
    _, problem = compose_version()
    if problem:
        raise EngineUnavailable(problem)
    _resolvable(compose)


def _resolvable(compose: Compose) -> None:
    from .core.errors import WrongUsage

    if error := compose.resolve().model.error:
        message = f"the Compose files don't resolve: {error}"
        raise WrongUsage(message, "inv check.all --only compose,env")


def _role(compose: Compose, role: str) -> str:
    from .core.errors import WrongUsage

    model: Model = compose.resolve().model
    if role in model.roles:
        return model.roles[role]
    if not model.services:
        _resolvable(compose)
    raise WrongUsage(
        f"which service is the {role}? this stack has "
        f"{', '.join(model.services) or 'none'}",
        f"name it: set UNSTUCK_{role.upper()} in .env",
    )


def _one(compose: Compose, typed: str) -> str:
    """Return the one service that was named.

    Raises:
        WrongUsage: the stack has no such service, or there are several.
    """
    from .core.errors import WrongUsage

    names = _services(compose, typed)
    if len(names) != 1:
        raise WrongUsage(f"one service at a time: {typed}")
    return names[0]


def _services(compose: Compose, typed: str) -> list[str]:
    """Return the services that were named, by commas.

    Compose shows an empty log, and exits 0, for a service that it doesn't know.

    Raises:
        WrongUsage: the stack has no such service, in no profile.
    """
    from .checking import words
    from .core.errors import WrongUsage
    from .core.nearest import unknown

    names = words(typed)
    known = set(compose.resolve().model.services) if names else set()
    if known.issuperset(names):
        return names
    said = compose.run("--profile", "*", "config", "--services")
    known.update(said.out.split() if said.ok else ())
    if known and (wrong := [name for name in names if name not in known]):
        raise WrongUsage(*unknown("service", wrong, sorted(known)))
    return names


def _tty() -> list[str]:
    return [] if sys.stdin.isatty() and sys.stdout.isatty() else ["-T"]
