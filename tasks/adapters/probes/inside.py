"""What the backend's own Python says: versions, imports, files."""

from __future__ import annotations

import json

from ...core import snapshot
from .. import engine as door
from ..files import MAX_FILES, SKIP, SUFFIXES
from ..look import Look, Unseen
from ..settings import data_file
from .containers import running


def inside(look: Look) -> snapshot.Inside:
    """Ask in the running container, or in a one-off one of the same image."""
    service = look.get("model").role("backend")
    if service is None:
        raise Unseen("the stack has no backend")
    found: door.Engine = look.get("client")
    argv = ["python", "-c", source(), request(look)]
    limit = look.timeout * 2
    try:
        document = running(look, service.name)
        said = found.exec(document["Id"], argv, timeout=limit)
        if said.code not in (126, 127) and '"workdir"' in said.out:
            return _inside(service.name, "exec", said.out)
    except (Unseen, door.EngineError):
        pass  # looping, paused, not built: the image itself can be asked
    if look.quick:
        raise Unseen(f"{service.name} can't be entered, and this is a quick look")
    try:
        said = found.one_off(
            _image(look, service), argv, binds=_binds(look, service.name), timeout=limit
        )
    except door.EngineError as error:
        raise Unseen(f"its image can't be asked: {error}") from error
    if said.timed_out:
        raise Unseen(f"its Python did not answer within {limit:.0f} s")
    return _inside(service.name, "one-off", said.out or said.err)


def source() -> str:
    """Return the text of the script that runs inside."""
    return data_file("tasks", "adapters", "inside.py").read_text(encoding="utf-8")


def request(look: Look) -> str:
    """Return what the script is asked, as JSON."""
    from packaging.requirements import Requirement

    requirements = look.maybe("requirements")
    names = [line.name for line in requirements.lines] if requirements else []
    # No pins, no imports: they are what takes the time.
    pins = [] if look.quick else [Requirement(p).name for p in look.settings.pins]
    return json.dumps(
        {
            "pins": pins,
            "requirements": names,
            "imports": [] if look.quick else list(look.settings.imports),
            "suffixes": SUFFIXES,
            "skip": SKIP,
            "limit": MAX_FILES,
            "seconds": max(1, int(look.timeout * 2) - 1),
        }
    )


def _image(look: Look, service: snapshot.Service) -> str:
    """Name the image: that of the service's container, else of the model."""
    for document in look.get("documents"):
        if (document["Config"]["Labels"] or {}).get(door.SERVICE) == service.name:
            return str(document["Image"])
    return service.image


def _binds(look: Look, service: str) -> list[str]:
    """Return the container's bind mounts, read-only: code may come from them."""
    for document in look.get("documents"):
        if (document["Config"]["Labels"] or {}).get(door.SERVICE) == service:
            return [
                f"{mount['Source']}:{mount['Destination']}:ro"
                for mount in document["Mounts"]
                if mount["Type"] == "bind"
            ]
    return []


def _inside(service: str, via: str, answer: str) -> snapshot.Inside:
    try:
        said = json.loads(answer)
    except ValueError:
        last = (answer.strip().splitlines() or ["nothing"])[-1][:200]
        raise Unseen(f"its Python can't be asked: {last}") from None
    if said["error"] and not said["imports"]:
        raise Unseen(said["error"])
    return snapshot.Inside(
        service=service,
        via=via,
        python=said["python"],
        arch=said["arch"],
        workdir=said["workdir"],
        versions=said["versions"],
        imports=said["imports"],
        files=said["files"],
    )
