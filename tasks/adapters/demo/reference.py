"""Brings the reference stack up: engine, settings, images, services, data."""

from __future__ import annotations

from pathlib import Path

from ...core import sessions
from ...core.config import Settings
from ...core.errors import Stop, WrongUsage
from ...core.sources import envfile as lines
from .. import envfile, render, runner, settings
from ..compose import Compose
from ..fixes.doing import Doing
from ..fixes.letting import set_password
from ..fixes.pgserver import NoData
from . import bootstrap, images
from .stages import Stage, Stages

#: What a first start may take at most, images and packages included, in seconds.
UP_SECONDS = 1800.0
HEALTHY_SECONDS = 300
SEED_SECONDS = 120.0


def up() -> Settings:
    """Bring the reference stack up, healthy, migrated and seeded.

    Everything in it may be repeated: what is there already is left as it is.

    Returns:
        The settings it runs with.

    Raises:
        EngineUnavailable: there is no engine, and none can be had here.
        Stop: an image, a service or its data could not be had.
        WrongUsage: this is no checkout with a reference stack.
    """
    root = home()
    stages = Stages(5)
    with stages.next("engine") as stage:
        version = bootstrap.ensure_engine(stage.say, stage.line)
        stage.result = f"Docker Engine {version}"
    with stages.next("settings") as stage:
        stage.result, new_secrets = _settings(root, stage)
    with stages.next("base images") as stage:
        stage.result = base_images(root, stage)
    loaded = settings.load(root)
    compose = Compose(loaded)
    with stages.next("services") as stage:
        if new_secrets:
            _let_in(loaded, stage)
        _services(compose, stage)
        stage.result = "healthy"
    with stages.next("data") as stage:
        stage.result = data(compose, loaded, stage)
    return loaded


def existing() -> Compose:
    """Return the Compose command of a reference stack that was set up before.

    Raises:
        WrongUsage: it never was, or its files don't resolve any more.
    """
    root = home()
    compose = Compose(settings.load(root))
    error = compose.resolve().model.error
    if error and not (root / ".env").exists():
        raise WrongUsage("there is no .env: the reference stack was never set up here")
    if error:
        raise WrongUsage(f"Compose does not resolve the files: {error}", "inv demo")
    return compose


def down_args(*, volumes: bool) -> tuple[str, ...]:
    """Return the arguments that make Compose take the stack down."""
    return ("down", "--volumes") if volumes else ("down",)


def down(compose: Compose, *, volumes: bool) -> None:
    """Stop the reference stack and remove its containers and networks.

    Args:
        compose: its Compose command; see `existing`.
        volumes: remove its data, too.

    Raises:
        Stop: Compose failed; the message quotes it.
    """
    args = down_args(volumes=volumes)
    render.echo(compose.argv(*args))
    with Stage("down") as stage:
        _must(compose, stage, UP_SECONDS, *args)


def home() -> Path:
    """Return the checkout that holds the reference stack.

    Raises:
        WrongUsage: this copy of Unstuck has none, or another stack is chosen.
    """
    root = settings.HOME
    if not (root / images.DIRECTORY).is_dir():
        raise WrongUsage("this copy of Unstuck comes without the reference stack")
    chosen = settings.load().root
    if chosen != root:
        raise WrongUsage(
            f"UNSTUCK_ROOT names another stack: {chosen}",
            "unset UNSTUCK_ROOT for the reference stack",
        )
    return root


def base_images(root: Path, stage: Stage) -> str:
    """Make sure that the base images are there and named in ``.env``.

    Returns:
        Which ones are used, in words.

    Raises:
        Stop: they can neither be pulled nor built here.
    """
    environ = settings.load(root).environ
    chosen = images.ensure(root, environ, stage.say, stage.line)
    envfile.assign(root / ".env", chosen)
    official = lines.values((root / ".env.example").read_text())
    count = sum(official.get(key) == image for key, image in chosen.items())
    if count == len(chosen):
        return "official"
    local = "local stand-ins" if not count else f"{len(chosen) - count} local"
    return f"{local}{f', {count} official' if count else ''}"


def data(compose: Compose, loaded: Settings, stage: Stage) -> str:
    """Migrate the database and seed its tables; both may be repeated.

    Returns:
        What was done, in words.

    Raises:
        Stop: a command failed; the message quotes it.
    """
    backend = compose.resolve().model.roles["backend"]
    for command in (loaded.migrate, *loaded.seed):
        _must(compose, stage, SEED_SECONDS, "exec", "-T", backend, *command)
    return "migrated and seeded"


def _settings(root: Path, stage: Stage) -> tuple[str, bool]:
    """Complete ``.env``; say what was done, and whether secrets were made."""
    path = root / ".env"
    existed = path.exists()
    filled = envfile.complete(path, root / ".env.example")
    for key, port in filled.moved.items():
        stage.say(f"  the example's port is taken: {key}={port}")
    if not filled.added and not filled.generated:
        return ".env is complete", False
    what = "completed" if existed else "made"
    made = len(filled.generated)
    return f".env {what}, {made} secrets generated", bool(made)


def _let_in(loaded: Settings, stage: Stage) -> None:
    """Give the database's roles the passwords of a new ``.env``.

    Data that an earlier checkout has left knows others, and would let nobody in.

    Raises:
        Stop: it is there, and can't be told.
    """
    doing = Doing(loaded, "demo", "", stage.say)
    model = doing.model
    logins = sessions.logins(model, model.roles.get("db", ""))
    for login in {login.user: login for login in logins}.values():
        try:
            set_password(doing, login.service, login.user)
        except NoData:
            return
        stage.say(f"  earlier data: {login.user} has the password of .env now")


def _services(compose: Compose, stage: Stage) -> None:
    limit = ("--wait-timeout", str(HEALTHY_SECONDS))
    _must(compose, stage, UP_SECONDS, "up", "--detach", "--build", "--wait", *limit)


def _must(compose: Compose, stage: Stage, seconds: float, *args: str) -> None:
    done = runner.stream(
        compose.argv(*args),
        on_line=stage.line,
        cwd=compose.cwd,
        env=compose.env(),
        timeout=seconds,
    )
    if not done.ok:
        raise Stop(
            f"docker compose {args[0]} failed: {done.last_error}",
            compose.copyable(*args),
        )
