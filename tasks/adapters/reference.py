"""Brings the reference stack up: engine, settings, images, services, data."""

from __future__ import annotations

from pathlib import Path

from ..core.config import Settings
from ..core.errors import Stop, WrongUsage
from . import bootstrap, envfile, images, render, runner, settings
from .compose import Compose
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
        stage.result = _settings(root, stage)
    with stages.next("base images") as stage:
        stage.result = base_images(root, stage)
    loaded = settings.load(root)
    compose = Compose(loaded)
    with stages.next("services") as stage:
        _services(compose, loaded, stage)
        stage.result = "healthy"
    with stages.next("data") as stage:
        stage.result = data(compose, loaded, stage)
    return loaded


def down(*, volumes: bool) -> None:
    """Stop the reference stack and remove its containers and networks.

    Args:
        volumes: remove its data, too.

    Raises:
        Stop: Compose failed; the message quotes it.
    """
    loaded = settings.load(home())
    argv = Compose(loaded).argv("down", *(["--volumes"] if volumes else []))
    render.echo(argv)
    _must(argv, loaded, Stage("down"), UP_SECONDS)


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
    return ", ".join(sorted(chosen.values()))


def data(compose: Compose, loaded: Settings, stage: Stage) -> str:
    """Migrate the database and seed its tables; both may be repeated.

    Returns:
        What was done, in words.

    Raises:
        Stop: a command failed; the message quotes it.
    """
    backend = compose.resolve().model.roles["backend"]
    for command in (loaded.migrate, *loaded.seed):
        argv = compose.argv("exec", "--no-TTY", backend, *command)
        _must(argv, loaded, stage, SEED_SECONDS)
    return "migrated and seeded"


def _settings(root: Path, stage: Stage) -> str:
    path = root / ".env"
    existed = path.exists()
    filled = envfile.complete(path, root / ".env.example")
    for key, port in filled.moved.items():
        stage.say(f"  the example's port is taken: {key}={port}")
    if not filled.added and not filled.generated:
        return ".env is complete"
    what = "completed" if existed else "made"
    return f".env {what}, {len(filled.generated)} secrets generated"


def _services(compose: Compose, loaded: Settings, stage: Stage) -> None:
    argv = compose.argv(
        *("--progress", "plain", "up", "--detach", "--build", "--wait"),
        *("--wait-timeout", str(HEALTHY_SECONDS)),
    )
    _must(argv, loaded, stage, UP_SECONDS)


def _must(argv: list[str], loaded: Settings, stage: Stage, seconds: float) -> None:
    done = runner.stream(
        argv,
        on_line=stage.line,
        cwd=loaded.root,
        env=loaded.environ,
        timeout=seconds,
    )
    if not done.ok:
        raise Stop(f"{_command(argv)} failed: {done.last_error}", "inv check.all")


def _command(argv: list[str]) -> str:
    """Return the part of a Compose command that tells what it was about."""
    for word in ("up", "exec", "down"):
        if word in argv:
            return " ".join(["docker compose", *argv[argv.index(word) :][:6]])
    return " ".join(argv[:3])
