"""What Compose and our own reading of its files agreed on before.

``docker compose config`` takes 100 ms of a processor, mostly to start; our own
reading takes 15, but only Compose knows all of Compose's rules. So it is asked
once for each state of what it reads. If both then gave the same model, our own
reading serves until the files, ``.env``, a variable they name or Compose itself
change. Kept is that they agreed, by a digest; never what they agreed on.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from .. import files
from ..compose import Compose, Resolved, compose_version
from ..settings import process_environ
from ..store import Directory
from . import endpoint, resolving

if TYPE_CHECKING:
    from ...core.config import Settings

#: Keys whose values name further files: what is in those, our reading can't say.
_ELSEWHERE = re.compile(r"\b(include|label_file|file)[\"']?\s*:")
_WORD = re.compile(r"[A-Za-z_]\w*")
#: Variables that steer Compose and the CLI themselves.
_STEERING = ("COMPOSE_", "DOCKER_", "BUILDKIT_")
#: Below the directory of the CLI's configuration, and where packages put them.
_PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


class _Reading(NamedTuple):
    """Our own reading, and the digest of all that Compose would have read."""

    resolved: Resolved
    digest: str


def resolve(settings: Settings) -> Resolved:
    """Return the model as Compose resolves it, or would.

    Raises:
        WrongUsage: a setting names a service that there isn't.
    """
    kept = Directory(settings.state / "cache")
    program = _compose_program()
    ours = _read(settings, program) if program else None
    if ours and kept.get(f"compose-{ours.digest}") is not None:
        return ours.resolved
    resolved = Compose(settings).resolve()
    if ours and _same(ours.resolved, resolved):
        kept.put(f"compose-{ours.digest}", b"")
        kept.keep_newest("compose-*")
    return resolved


def version(settings: Settings) -> tuple[str, str]:
    """Return Compose's version, or an empty one and why v2 can't be used.

    The same program says the same: it is asked once.
    """
    kept = Directory(settings.state / "cache")
    program = _compose_program()
    name = f"version-{_digest(program)}"
    if program and (known := kept.get(name)):
        return known.decode(), ""
    found, error = compose_version()
    if program and not error:
        kept.put(name, found.encode())
        kept.keep_newest("version-*", 2)
    return found, error


def _same(ours: Resolved, theirs: Resolved) -> bool:
    return (ours.model, ours.ports) == (theirs.model, theirs.ports)


def _read(settings: Settings, program: str) -> _Reading | None:
    """Read the files; None where they send Compose to files of which we don't know."""
    sources = resolving.read(settings)
    if any(_ELSEWHERE.search(text) for text in sources.texts.values()):
        return None
    env_files = {str(files.project_directory(settings) / ".env"): ""}

    def read_env(path: str) -> Mapping[str, str] | None:
        env_files[path] = ""
        return files.env_values(path)

    loaded = resolving.own_reading(settings, sources, read_env)
    if loaded.errors:
        return None
    resolved = resolving.made(settings, sources, loaded.document, ours=True)
    for path in env_files:
        env_files[path] = files.read_text(Path(path)) or ""
    texts = (*sources.texts.values(), *env_files.values())
    named = {word for text in texts for word in _WORD.findall(text)}
    variables = {
        key: value
        for key, value in process_environ().items()
        if key in named or key.startswith(_STEERING)
    }
    read = (program, sources.texts, env_files, variables)
    return _Reading(resolved, _digest(read, resolved.model, resolved.ports))


def _digest(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:32]


def _compose_program() -> str:
    """Name the Compose that would run, and its state; empty if it isn't found."""
    docker = shutil.which("docker")
    folders = [
        str(endpoint.configuration(process_environ()) / "cli-plugins"),
        *_PLUGINS,
    ]
    plugins = (Path(folder, "docker-compose") for folder in folders)
    plugin = next((path for path in plugins if os.access(path, os.X_OK)), None)
    if not docker or not plugin:
        return ""
    states = (path.stat() for path in (Path(docker), plugin))
    marks = (f"{s.st_ino}:{s.st_size}:{s.st_mtime_ns}" for s in states)
    return " ".join((docker, str(plugin), *marks))
