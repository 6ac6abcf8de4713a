"""From what Compose says, or what its files say without it, to the Model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace as with_fields
from pathlib import Path
from threading import Thread
from typing import Any

from msgspec.structs import replace

from ..core import roles
from ..core.compose import locations
from ..core.compose import model as compose_model
from ..core.compose.complaints import explain, warned
from ..core.config import Settings
from ..core.snapshot import Model, Unset
from . import files, runner
from .compose import Compose, Resolved, unusable

Json = dict[str, Any]

_TRUE = frozenset({"1", "true", "t", "yes", "y"})


def resolve(compose: Compose, *, hashes: bool = False) -> Resolved:
    """Return the model as Compose resolves it, else as the files tell it.

    Raises:
        WrongUsage: a setting names a service that there isn't.
    """
    asked: dict[str, str] = {}
    beside = Thread(target=lambda: asked.update(compose.hashes()), daemon=True)
    if hashes:
        beside.start()
    limit = compose.settings.probe_timeout
    said = compose.run("config", "--format", "json", timeout=limit)
    resolved = _resolved(compose.settings, said)
    if hashes:
        beside.join()
    return with_fields(resolved, hashes=asked)


def _resolved(settings: Settings, said: runner.Result) -> Resolved:
    texts = files.compose_files(settings)
    environ = files.compose_environ(settings)
    document, error = _document(said, texts, environ)
    if error:
        document = _approximate(settings, texts, environ)
    compatible = environ.get("COMPOSE_COMPATIBILITY", "").lower() in _TRUE
    model = compose_model.parse(
        document,
        files=settings.files,
        separator="_" if compatible else "-",
        escaped=not error,
    )
    model = replace(model, error=error, approximate=bool(error))
    return Resolved(
        model=_completed(settings, model, said, texts, environ),
        document=document,
        ports=compose_model.ports(document),
    )


def _document(
    said: runner.Result, texts: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[Json, str]:
    """Return what Compose printed, or why it printed nothing."""
    if said.ok:
        try:
            document = json.loads(said.out)
        except ValueError:
            document = None
        if isinstance(document, dict):
            return document, ""
        return {}, "docker compose config printed no JSON object"
    if said.code == runner.TIMED_OUT:
        return {}, f"docker compose config did not end in {said.seconds:.1f} s"
    return {}, unusable(said) or explain(said.err, texts, environ)


def _approximate(
    settings: Settings, texts: Mapping[str, str], environ: Mapping[str, str]
) -> Json:
    from ..core.compose import file as composefile

    loaded = composefile.load(
        texts,
        environ,
        str(files.project_directory(settings)),
        home=str(Path.home()),
        read_env=files.env_values,
    )
    return loaded.document


def _completed(
    settings: Settings,
    model: Model,
    said: runner.Result,
    texts: Mapping[str, str],
    environ: Mapping[str, str],
) -> Model:
    """Add what Compose does not print: roles, places in the files."""
    named = {role: str(getattr(settings, role)) for role in roles.NAMES}
    assigned = roles.assign(model.services, named, files.contexts(model.services))
    project = {"COMPOSE_PROJECT_NAME": model.project}
    unset = locations.unset(texts, {**project, **environ})
    # A variable of an env file, or of a file that another one includes.
    known = {variable.name for variable in unset}
    unset += tuple(
        Unset(name=name, file="", line=0)
        for name in warned(said.err)
        if name not in known
    )
    return replace(
        model,
        services={
            name: replace(service, mounts=files.existing(service.mounts))
            for name, service in model.services.items()
        },
        roles=assigned,
        workers=compose_model.workers(model, assigned.get("backend", "")),
        unset=unset,
        locations=locations.locations(texts),
    )
