"""``bundle.logs --plain``: one log as text, the playbook's backend.log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .core.bundle.collectors import Scene
    from .core.bundle.layout import Cut, Options
    from .core.config import Settings
    from .making import Step


class PlainLog(NamedTuple):
    """The file that was written."""

    path: Path
    size: int
    services: tuple[str, ...]
    cuts: tuple[Cut, ...]
    interrupted: bool


def write(settings: Settings, options: Options, out: str, step: Step) -> PlainLog:
    """Write the redacted log of the backend, or of ``--services``, as one file.

    Like ``docker compose logs > backend.log`` it replaces the one before.

    Raises:
        Unsafe: a secret was left; nothing is kept.
        WrongUsage: there is no such service, or nowhere to write to.
        EngineUnavailable: without an engine there is no log.
    """
    import time

    from .adapters import aside
    from .adapters.bundle import plainfile, weeding
    from .adapters.bundle.interrupts import interrupts
    from .adapters.bundle.verifying import verify
    from .making import check_safe, look

    scene, redactor = look(settings, options, time.time(), step)
    scene.engine()
    scene = scene._replace(options=with_service(scene))
    services = scene.options.services
    name = f"{services[0] if len(services) == 1 else 'stack'}.log"
    path = aside.destination(out, settings.root / "bundles", name, replace=True)
    aside.sweep(path.parent)
    part = aside.part_of(path)
    step(f"reading the log of {', '.join(services)}")
    try:
        with interrupts() as stop:
            size, cuts = plainfile.write(part, scene, redactor, stop)
            step("verifying that no secret is left in it")
            if leaks := verify(part, redactor):
                size, cut = weeding.weed(leaks, part, path.name)
                cuts += (cut,)
                check_safe(part, redactor, path.name)
            aside.place(part, path)
    finally:
        part.unlink(missing_ok=True)
    return PlainLog(path, size, services, cuts, stop.asked)


def with_service(scene: Scene) -> Options:
    """Return the options with the backend filled in where no service is named.

    Raises:
        WrongUsage: the stack has no backend to fill in.
    """
    from msgspec.structs import replace

    from .core.errors import WrongUsage

    if scene.options.services:
        return scene.options
    roles = scene.snapshot.model.roles if scene.snapshot.model else {}
    if "backend" not in roles:
        raise WrongUsage("which service is the backend?", "name it: --services NAME")
    return replace(scene.options, services=(roles["backend"],))
