"""What the stack's own files say: Compose model, env files, pins, migrations."""

from __future__ import annotations

from ...core import snapshot
from .. import compose as door
from .. import files
from ..look import Look, Unseen


def compose(look: Look) -> door.Resolved:
    """Resolve the Compose files; not a part itself, `model` and others use it."""
    return door.Compose(look.settings).resolve(hashes=True)


def model(look: Look) -> snapshot.Model:
    """Return what should run."""
    resolved: door.Resolved = look.get("compose")
    return resolved.model


def env(look: Look) -> snapshot.EnvFiles:
    """Return the keys of ``.env`` and of its example."""
    return files.env_files(look.settings)


def requirements(look: Look) -> snapshot.Requirements:
    """Return the requirements in the backend's build context."""
    return files.requirements(look.settings, _built(look, "backend"))


def migrations(look: Look) -> snapshot.Migrations:
    """Return the revisions in the backend's build context."""
    found = files.migrations(look.settings, _built(look, "backend"))
    if found is None:
        raise Unseen("the backend has no directory of Alembic revisions")
    return found


def api_source(look: Look) -> snapshot.ApiSource:
    """Return what the frontend's API module says."""
    return files.api_source(look.settings, _built(look, "frontend"))


def host_files(look: Look) -> snapshot.HostFiles:
    """Return the digests of the backend's source files."""
    return files.host_files(look.settings, _built(look, "backend"))


def dockerfiles(look: Look) -> tuple[snapshot.Dockerfile, ...]:
    """Return the Dockerfiles of the services that are built."""
    found: snapshot.Model = look.get("model")
    return files.dockerfiles(look.settings, found.services)


def _built(look: Look, role: str) -> snapshot.Service:
    """Return the service in a role, which must have a build context here.

    Raises:
        Unseen: there is no such service, or it isn't built from local files.
    """
    found: snapshot.Model = look.get("model")
    service = found.role(role)
    if service is None:
        raise Unseen(f"the stack has no {role}")
    if not service.context:
        raise Unseen(f"{service.name} is not built here: it has no build context")
    return service
