"""Read back from a bundle what a report is made from."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ...core.bundle import layout
from ...core.bundle.webreport import Material
from ...core.errors import WrongUsage
from ...core.logs.events import Event
from ...core.logs.tails import Tails
from ...core.model import Report
from ...core.snapshot import Snapshot, decode
from .archive import MAX_DOCUMENT, opened

_PIECE = 1 << 20


def read_material(path: Path) -> Material:
    """Return everything a report shows of a bundle.

    Raises:
        WrongUsage: it is no bundle, or a damaged one.
    """
    documents: dict[str, bytes] = {}
    tails = Tails(8)
    with opened(path) as members:
        for member in members:
            if member.name.startswith(f"{layout.LOGS}/"):
                while piece := member.stream.read(_PIECE):
                    tails.take(member.name, piece)
            elif member.name in _DOCUMENTS:
                documents[member.name] = member.stream.read(MAX_DOCUMENT)
    if missing := [name for name in _NEEDED if name not in documents]:
        raise WrongUsage(f"{path} holds no {missing[0]}")
    try:
        return Material(
            snapshot=_snapshot(documents),
            report=msgspec.json.decode(documents[layout.REPORT], type=Report),
            manifest=layout.read_manifest(documents[layout.MANIFEST]),
            events=events(documents.get(layout.EVENTS)),
            logs=tails.lines(),
        )
    except msgspec.DecodeError as error:
        raise WrongUsage(f"{path} is damaged: {error}") from error


def events(data: bytes | None) -> list[Event]:
    """Return the events of an ``events.json``; none if there is no such file."""
    if not data:
        return []
    document = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return msgspec.json.decode(document.get("events", b"[]"), type=list[Event])


def _snapshot(documents: dict[str, bytes]) -> Snapshot:
    return decode(documents[layout.SNAPSHOT])


_NEEDED = (layout.SNAPSHOT, layout.REPORT, layout.MANIFEST)
_DOCUMENTS = (*_NEEDED, layout.EVENTS)
