"""What the stack's own files say: Compose model, env files, pins, migrations."""

from __future__ import annotations

from ...core import snapshot
from .. import files
from ..compose import Resolved
from ..docker import agreed
from ..look import Look, Unseen


def compose(look: Look) -> Resolved:
    """Resolve the Compose files, for the other probes."""
    return agreed.resolve(look.settings)


def version(look: Look) -> tuple[str, str]:
    """Return Compose's version, or an empty one and why it can't be used."""
    return agreed.version(look.settings)


def model(look: Look) -> snapshot.Model:
    """Return the resolved model; that it does not resolve is a fact as well."""
    resolved: Resolved = look.get("compose")
    return resolved.model


def env(look: Look) -> snapshot.EnvFiles:
    """Read the keys of ``.env`` and of its example."""
    return files.env_files(look.settings)


def requirements(look: Look) -> snapshot.Requirements:
    """Read the requirements of the backend's build context."""
    return files.requirements(look.settings, _built(look, "backend"))


def migrations(look: Look) -> snapshot.Migrations:
    """Read the revision files."""
    found = files.migrations(look.settings, _built(look, "backend"))
    if found is None:
        raise Unseen("the backend's build context has no Alembic revisions")
    return found


def api_source(look: Look) -> snapshot.ApiSource:
    """Read the frontend's API module."""
    return files.api_source(look.settings, _built(look, "frontend"))


def host_files(look: Look) -> snapshot.HostFiles:
    """Digest the source files of the backend's build context."""
    return files.host_files(look.settings, _built(look, "backend"))


def dockerfiles(look: Look) -> tuple[snapshot.Dockerfile, ...]:
    """Read the Dockerfile of every service that has one."""
    return files.dockerfiles(look.settings, look.get("model").services)


def _built(look: Look, role: str) -> snapshot.Service:
    """Return a role's service if its source is here.

    Raises:
        Unseen: the stack has no such service, or it is not built from source.
    """
    service: snapshot.Service | None = look.get("model").role(role)
    if service is None:
        raise Unseen(f"the stack has no {role}")
    if not service.context:
        raise Unseen(f"{service.name} is not built here: {service.image}")
    return service
