"""The door to Compose: the one place that builds a ``docker compose`` command."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core import compose_model, composefile, locations, roles
from ..core.composeerrors import explain, warned
from ..core.config import Settings
from ..core.snapshot import Model, Port, Unset
from . import files, runner

Json = dict[str, Any]

#: Keeps Compose's output plain and free of advertisements.
QUIET = {"COMPOSE_ANSI": "never", "DOCKER_CLI_HINTS": "false"}
_TRUE = frozenset({"1", "true", "t", "yes", "y"})


@dataclass(frozen=True, slots=True)
class Resolved:
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
    hashes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compose:
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
        """Return the variables that keep what Compose says parsable."""
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
        limit = self.settings.probe_timeout
        with ThreadPoolExecutor(2) as pool:
            asked = pool.submit(self.hashes) if hashes else None
            said = self.run("config", "--format", "json", timeout=limit)
            texts = files.compose_files(self.settings)
            resolved = self._resolved(said, texts)
            return (
                Resolved(
                    resolved.model, resolved.document, resolved.ports, asked.result()
                )
                if asked
                else resolved
            )

    def hashes(self) -> dict[str, str]:
        """Return each service's configuration hash; empty where Compose refuses."""
        said = self.run("config", "--hash", "*", timeout=self.settings.probe_timeout)
        lines = said.out.splitlines() if said.ok else []
        pairs = (line.rpartition(" ") for line in lines)
        return {name.strip(): value for name, _, value in pairs if name}

    def _resolved(self, said: runner.Result, texts: Mapping[str, str]) -> Resolved:
        document, error = self._document(said, texts)
        approximate = bool(error)
        if approximate:
            document = self._approximate(texts)
        separator = self.settings.environ.get("COMPOSE_COMPATIBILITY", "").lower()
        model = compose_model.parse(
            document,
            files=self.settings.files,
            separator="_" if separator in _TRUE else "-",
            escaped=not approximate,
        )
        return Resolved(
            model=self._completed(model, said, texts, error),
            document=document,
            ports=compose_model.ports(document),
        )

    def _document(
        self, said: runner.Result, texts: Mapping[str, str]
    ) -> tuple[Json, str]:
        """Return what Compose printed, or why it printed nothing."""
        if said.ok:
            try:
                document = json.loads(said.out)
            except ValueError:
                return {}, "docker compose config printed no JSON"
            if isinstance(document, dict):
                return document, ""
            return {}, "docker compose config printed no JSON object"
        if said.code == runner.TIMED_OUT:
            return {}, f"docker compose config did not end in {said.seconds:.0f} s"
        missing = unusable(said)
        return {}, missing or explain(said.err, texts, self.settings.environ)

    def _approximate(self, texts: Mapping[str, str]) -> Json:
        loaded = composefile.load(
            texts,
            self.settings.environ,
            str(files.project_directory(self.settings)),
            home=str(Path.home()),
            read_env=files.env_values,
        )
        return loaded.document

    def _completed(
        self, model: Model, said: runner.Result, texts: Mapping[str, str], error: str
    ) -> Model:
        """Add what Compose does not print: roles, places in the files."""
        from msgspec.structs import replace

        contexts = files.contexts(model.services)
        assigned = roles.assign(model.services, self._named(), contexts)
        environ = {"COMPOSE_PROJECT_NAME": model.project, **self.settings.environ}
        unset = locations.unset(texts, environ)
        # A variable of an env file, or of a file that another one includes.
        known = {variable.name for variable in unset}
        unset += tuple(
            Unset(name=name, file="", line=0)
            for name in warned(said.err)
            if name not in known
        )
        services = {
            name: replace(service, mounts=files.existing(service.mounts))
            for name, service in model.services.items()
        }
        return replace(
            model,
            error=error,
            approximate=bool(error),
            services=services,
            roles=assigned,
            workers=compose_model.workers(model, assigned.get("backend", "")),
            unset=unset,
            locations=locations.locations(texts),
        )

    def _named(self) -> dict[str, str]:
        named = self.settings
        return {
            "backend": named.backend,
            "frontend": named.frontend,
            "db": named.db,
            "redis": named.redis,
        }


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
