"""What the backend's own Python says: versions, imports, files."""

from __future__ import annotations

import json

from ...core import snapshot
from .. import engine as door
from ..files import MAX_FILES, SKIP, SUFFIXES
from ..look import Look, Unseen
from ..memo import Memo
from ..settings import data_file
from .containers import running


def inside(look: Look) -> snapshot.Inside:
    """Ask in the running container, or in a one-off one of the same image.

    What takes long, the imports, is asked once for each state of the files
    that they load: see `Memo`.
    """
    service = look.get("model").role("backend")
    if service is None:
        raise Unseen("the stack has no backend")
    found: door.Engine = look.get("client")
    asked = request(look)
    try:
        document = running(look, service.name)
        return _entered(look, found, document, asked)
    except (Unseen, door.EngineError):
        pass  # looping, paused, not built: the image itself can be asked
    if look.quick:
        raise Unseen(f"{service.name} can't be entered, and this is a quick look")
    return _aside(look, found, service, asked)


def _entered(
    look: Look, found: door.Engine, document: door.Json, asked: door.Json
) -> snapshot.Inside:
    """Ask in a running container.

    Raises:
        Unseen: it has no Python that answers.
    """
    environment = document["Config"]["Env"]
    memo = Memo(look.settings.state, source(), document["Image"], environment, asked)
    argv = ["python", "-c", source(), json.dumps({**asked, "known": memo.known()})]
    said = found.exec(document["Id"], argv, timeout=look.timeout * 2)
    if said.code in (126, 127) or '"workdir"' not in said.out:
        raise Unseen("its Python can't be asked")
    name = str(document["Config"]["Labels"][door.SERVICE])
    return _inside(name, "exec", said.out, memo)


def _aside(
    look: Look, found: door.Engine, service: snapshot.Service, asked: door.Json
) -> snapshot.Inside:
    """Ask in a one-off container, or remember what one of this image answered.

    Without bind mounts such a container holds the image and nothing else, and
    the image's id is the digest of that: it can only answer the same again.
    """
    reference, binds = _image(look, service), _binds(look, service.name)
    limit = look.timeout * 2
    image = found.image(reference)
    memo = Memo(look.settings.state, source(), image and image["Id"], "image", asked)
    if image and not binds and (answer := memo.answer()):
        return _inside(service.name, "one-off", answer, memo)
    argv = ["python", "-c", source(), json.dumps(asked)]
    try:
        said = found.one_off(reference, argv, binds=binds, timeout=limit)
    except door.EngineError as error:
        raise Unseen(f"its image can't be asked: {error}") from error
    if said.timed_out:
        raise Unseen(f"its Python did not answer within {limit:.0f} s")
    if image and not binds:
        memo.keep_answer(said.out)
    return _inside(service.name, "one-off", said.out or said.err, memo)


def source() -> str:
    """Return the text of the script that runs inside."""
    return data_file("tasks", "adapters", "inside.py").read_text(encoding="utf-8")


def request(look: Look) -> door.Json:
    """Return what the script is asked."""
    from ...core.sources import pins

    requirements = look.maybe("requirements")
    names = [line.name for line in requirements.lines] if requirements else []
    # No pins, no imports: they are what takes the time.
    pinned = [] if look.quick else [pins.name(pin) for pin in look.settings.pins]
    return {
        "pins": pinned,
        "requirements": names,
        "imports": [] if look.quick else list(look.settings.imports),
        "suffixes": SUFFIXES,
        "skip": SKIP,
        "limit": MAX_FILES,
        "seconds": max(1, int(look.timeout * 2) - 1),
    }


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


def _inside(service: str, via: str, answer: str, memo: Memo) -> snapshot.Inside:
    try:
        said = json.loads(answer)
    except ValueError:
        last = (answer.strip().splitlines() or ["nothing"])[-1][:200]
        raise Unseen(f"its Python can't be asked: {last}") from None
    if said["error"] and not said["imports"]:
        raise Unseen(said["error"])
    memo.keep(said)
    return snapshot.Inside(
        service=service,
        via=via,
        python=said["python"],
        arch=said["arch"],
        workdir=said["workdir"],
        versions=said["versions"],
        imports=said["imports"],
        files=said["files"],
        tried=memo.taken if said.get("unchanged") else "",
    )
