"""Write the logs of some containers into one text file, redacted as they come."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ...core.bundle.collectors import Scene, Stream
from ...core.bundle.layout import Cut
from ...core.redact import Redactor
from . import limits
from .interrupts import Interrupts


def write(
    path: Path, scene: Scene, redactor: Redactor, stop: Interrupts
) -> tuple[int, tuple[Cut, ...]]:
    """Write the file, for its owner alone; return its size and what is missing.

    A full disk, like any other limit, leaves what came before.
    """
    from ... import bundles

    cuts: list[Cut] = []
    collector = bundles.logs
    seconds, room = collector.limits(scene.options)
    deadline = time.monotonic() + seconds
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:

        def raw() -> Iterator[bytes]:
            streams = [p for p in collector.collect(scene) if isinstance(p, Stream)]
            # What the run before said comes before, as it does in time.
            streams.sort(key=lambda s: (s.name.split("/")[1], "previous" not in s.name))
            for stream in streams:
                name = stream.name.rpartition("/")[2].removesuffix(".log")
                if len(streams) > 1:
                    yield f"==> {name} <==\n".encode()
                yield from limits.within(
                    stream.pieces,
                    room=room,
                    deadline=deadline,
                    stop=stop,
                    cut=partial(_note, cuts, name),
                )

        size = 0
        try:
            for piece in redactor.stream(raw()):
                file.write(piece)
                size += len(piece)
            file.flush()
        except OSError as error:
            cuts.append(Cut(what=path.name, why=str(error.strerror)))
        os.fsync(file.fileno())
    return size, tuple(cuts)


def _note(cuts: list[Cut], what: str, why: str) -> None:
    cuts.append(Cut(what=what, why=why))
