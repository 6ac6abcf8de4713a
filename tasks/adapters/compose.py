"""The door to Compose: the one place that builds a ``docker compose`` command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.config import Settings
from . import runner

if TYPE_CHECKING:
    from ..core.snapshot import Model, Port

Json = dict[str, Any]

#: Keeps Compose's output plain and free of advertisements.
QUIET = {"COMPOSE_ANSI": "never", "DOCKER_CLI_HINTS": "false"}


class Resolved(NamedTuple):
    """The Compose model, with real values: redact it before it goes anywhere.

    Attributes:
        model: what should run; `Model.error` says why Compose refuses.
        document: Compose's own JSON, every ``$`` doubled; of an approximate
            model what was read without it.
        ports: the published ports; who listens there is not known here.
        hashes: service to the hash that its container should carry in the
            label ``com.docker.compose.config-hash``; empty if not asked for.
    """

    model: Model
    document: Json
    ports: tuple[Port, ...] = ()
    hashes: Mapping[str, str] = MappingProxyType({})


class Compose(NamedTuple):
    """The stack's Compose command.

    It is short and can be copied: file names as the settings have them, below
    the stack's root, which is where it runs (``cwd``).
    """

    settings: Settings

    @property
    def cwd(self) -> Path:
        """The directory to run every command of `argv` in."""
        return self.settings.root

    def argv(self, *args: str) -> tuple[str, ...]:
        """Return ``docker compose -f FILE ... args``."""
        named = [part for file in self.settings.files for part in ("-f", file)]
        return ("docker", "compose", *named, *args)

    def env(self) -> dict[str, str]:
        """Return the variables that keep what Compose says parsable.

        Never `Settings.environ`: Compose reads ``.env`` itself, and expands
        ``$NAME`` in it where python-dotenv does not.
        """
        return dict(QUIET)

    def run(self, *args: str, timeout: float = 60.0) -> runner.Result:
        """Run one Compose command to its end; never raises on failure."""
        argv = self.argv(*args)
        return runner.run(argv, timeout=timeout, env=self.env(), cwd=self.cwd)

    def copyable(self, *args: str) -> str:
        """Return the command for a user to type, from wherever they are."""
        command = shlex.join(self.argv(*args))
        here = Path.cwd() == self.cwd
        return command if here else f"cd {shlex.quote(str(self.cwd))} && {command}"

    def resolve(self, *, hashes: bool = False) -> Resolved:
        """Return the model as Compose resolves it, else as the files tell it.

        Services of profiles that are not active are not in it: nobody expects
        them to run. 60 ms; with ``hashes`` a second process runs beside.

        Raises:
            WrongUsage: a setting names a service that there isn't.
        """
        from .docker import (
            resolving,  # a command that only runs Compose needs none of it
        )

        return resolving.resolve(self, hashes=hashes)

    def hashes(self) -> dict[str, str]:
        """Return each service's configuration hash; empty where Compose refuses."""
        said = self.run("config", "--hash", "*", timeout=self.settings.probe_timeout)
        lines = said.out.splitlines() if said.ok else []
        pairs = (line.rpartition(" ") for line in lines)
        return {name.strip(): value for name, _, value in pairs if name}


def unusable(said: runner.Result) -> str:
    """Return why there is no Compose to speak of, empty if there is one."""
    if said.code == runner.MISSING:
        return "the docker command is not installed"
    text = said.err.lower()
    # Without the plugin, docker takes what follows for options of its own.
    if re.search(
        r"unknown shorthand flag|unknown flag: --(short|format)|unknown command"
        r"|is not a docker command",
        text,
    ):
        return "the Compose plugin is not installed (docker compose)"
    return ""


def compose_version() -> tuple[str, str]:
    """Return Compose's version, or an empty one and why v2 can't be used."""
    said = runner.run(("docker", "compose", "version", "--short"), timeout=10.0)
    version = said.out.strip().removeprefix("v")
    if said.ok and version[:1].isdigit():
        if int(version.split(".")[0]) >= 2:
            return version, ""
        return "", f"Compose {version} is too old: v2 or later is needed"
    error = unusable(said) or said.last_error
    old = runner.run(("docker-compose", "version", "--short"), timeout=10.0)
    if old.ok and old.out.strip()[:2] == "1.":
        return "", f"{error}; docker-compose {old.out.strip()} is v1 and too old"
    return "", error
