"""Which base images the reference stack uses: official ones or stand-ins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

#: The label that tells what a stand-in was made from.
LABEL = "unstuck.content"
ROOT = "debian"


class Base(NamedTuple):
    """One base image of the stack.

    Attributes:
        name: its directory below ``demo/images``.
        variable: the key of ``.env`` that names the image.
        official: the image of the example file.
        stand_in: what is built here in its place.
        content: digest of what the stand-in is built from.
    """

    name: str
    variable: str
    official: str
    stand_in: str
    content: str = ""


class Plan(NamedTuple):
    """What is left to do until every base image is there.

    Attributes:
        use: key of ``.env`` to the image that is settled for it.
        missing: bases of which no usable image is there yet.
    """

    use: dict[str, str]
    missing: tuple[Base, ...]


def plan(
    bases: Iterable[Base],
    named: Mapping[str, str],
    present: Mapping[str, str],
) -> Plan:
    """Return what is settled and what is missing.

    An image that is there is used without asking a registry. A stand-in in use
    stays in use as long as it is what would be built now: a volume that one
    server made is not handed to another's without need.

    Args:
        bases: the stack's base images.
        named: what ``.env`` and the environment name now.
        present: image to its `LABEL` (or nothing) of the images on the engine.
    """
    use: dict[str, str] = {}
    missing = []
    for base in bases:
        value = named.get(base.variable, "")
        if value not in ("", base.official, base.stand_in):
            use[base.variable] = value  # the user's own choice, pulled by Compose
        elif value == base.stand_in and present.get(value) == base.content:
            use[base.variable] = value
        elif base.official in present:
            use[base.variable] = base.official
        elif present.get(base.stand_in) == base.content:
            use[base.variable] = base.stand_in
        else:
            missing.append(base)
    return Plan(use, tuple(missing))


def digest(parts: Sequence[bytes | str]) -> str:
    """Return a digest of everything that an image is made from, in order."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()[:16]


def bake_file(bases: Iterable[Base], directory: str) -> dict[str, object]:
    """Return the ``docker buildx bake`` document that builds stand-ins."""
    targets = {
        base.name: {
            "context": f"{directory}/{base.name}",
            "tags": [base.stand_in],
            "labels": {LABEL: base.content},
        }
        for base in bases
    }
    return {"group": {"default": {"targets": list(targets)}}, "target": targets}
