"""Hold a stream to its limits: size, time, errors of its source, Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from ...core.states import size
from .backlog import Backlog
from .interrupts import Interrupts

#: Seconds between two looks at the time while a source gives little or nothing.
TICK_SECONDS = 0.1

#: What a cut file itself says, so that its reader knows too.
CUT_LINE = "\n[unstuck: cut here: {}]\n"


def within(
    pieces: Iterable[bytes],
    *,
    room: int,
    deadline: float,
    stop: Interrupts,
    cut: Callable[[str], None],
) -> Iterator[bytes]:
    """Yield pieces until the first limit; what ends them early is the last one.

    Args:
        pieces: of a source that may fail or hang for as long as its own limit.
        room: bytes.
        deadline: in the time of ``time.monotonic``.
        stop: tells of Ctrl-C.
        cut: is told why the pieces end early, if they do.
    """
    seen, why = 0, "interrupted" if stop.asked else ""
    source = Backlog(() if why else pieces)
    try:
        while not why:
            piece: bytes | None
            try:
                stop.wait(lambda: source.wait(TICK_SECONDS))
                piece = source.take()
            except KeyboardInterrupt:
                piece, why = source.close(), "interrupted"
            except Exception as error:  # the engine, its socket, a log driver
                piece, why = b"", str(error) or type(error).__name__
            if piece is None:
                return
            if seen + len(piece) > room:
                piece = piece[: room - seen]
                why = f"over the cap of {size(room)}"
            elif not why and time.monotonic() > deadline:
                why = "over its time limit"
            seen += len(piece)
            if piece:
                yield piece
    finally:
        source.close()
    cut(why)
    yield CUT_LINE.format(why).encode()
