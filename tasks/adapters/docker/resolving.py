"""From what Compose says, or what its files say without it, to the Model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from ...core import roles
from ...core.compose import locations
from ...core.compose import model as compose_model
from ...core.compose.complaints import explain, warned
from ...core.config import Settings
from ...core.snapshot import Model, Unset
from .. import files, runner
from ..compose import Compose, Resolved, unusable

if TYPE_CHECKING:
    from ...core.compose import file as composefile

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
    return resolved._replace(hashes=asked)


def _resolved(settings: Settings, said: runner.Result) -> Resolved:
    sources = read(settings)
    document, error = _document(said, sources.texts, sources.environ)
    if not error:
        return made(settings, sources, document, warnings=said.err)
    document = own_reading(settings, sources).document
    if "unable to resolve docker endpoint" in error:
        # An engine that isn't there; the files may be as good as ever.
        found = made(settings, sources, document, ours=True, warnings=said.err)
        return found._replace(model=replace(found.model, approximate=True))
    return made(settings, sources, document, error=error, warnings=said.err)


class Sources(NamedTuple):
    """What a model is resolved from: the Compose files and the variables."""

    texts: Mapping[str, str]
    environ: Mapping[str, str]


def read(settings: Settings) -> Sources:
    """Read what the stack's model is resolved from."""
    return Sources(files.compose_files(settings), files.compose_environ(settings))


def own_reading(
    settings: Settings,
    sources: Sources,
    read_env: composefile.ReadEnv = files.env_values,
) -> composefile.Loaded:
    """Return what the files say as far as we can tell without Compose."""
    from ...core.compose import file

    return file.load(
        sources.texts,
        sources.environ,
        str(files.project_directory(settings)),
        home=str(Path.home()),
        read_env=read_env,
    )


def made(
    settings: Settings,
    sources: Sources,
    document: Json,
    *,
    ours: bool = False,
    error: str = "",
    warnings: str = "",
) -> Resolved:
    """Make the model of a document.

    Args:
        settings: the settings of this run.
        sources: what the document was resolved from.
        document: Compose's own, or `own_reading`'s.
        ours: it is `own_reading`'s: no ``$`` is doubled in it.
        error: why Compose has none; the document is then our reading too.
        warnings: what Compose said on stderr.

    Raises:
        WrongUsage: a setting names a service that there isn't.
    """
    compatible = sources.environ.get("COMPOSE_COMPATIBILITY", "").lower() in _TRUE
    model = compose_model.parse(
        document,
        files=settings.files,
        separator="_" if compatible else "-",
        escaped=not (ours or error),
    )
    model = replace(model, error=error, approximate=bool(error))
    return Resolved(
        model=_completed(settings, model, warnings, sources),
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


def _completed(
    settings: Settings, model: Model, warnings: str, sources: Sources
) -> Model:
    """Add what Compose does not print: roles, places in the files."""
    texts, environ = sources
    named = {role: str(getattr(settings, role)) for role in roles.NAMES}
    assigned = roles.assign(model.services, named, files.contexts(model.services))
    project = {"COMPOSE_PROJECT_NAME": model.project}
    unset = locations.unset(texts, {**project, **environ})
    # A variable of an env file, or of a file that another one includes.
    known = {variable.name for variable in unset}
    unset += tuple(
        Unset(name=name, file="", line=0)
        for name in warned(warnings)
        if name not in known
    )
    return replace(
        model,
        roles=assigned,
        workers=compose_model.workers(model, assigned.get("backend", "")),
        unset=unset,
        locations=locations.locations(texts),
    )
