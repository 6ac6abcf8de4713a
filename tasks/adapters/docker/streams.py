"""The engine's multiplexed streams: logs, and what commands in containers print."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator

from .wire import Answer, WireError

#: Bytes asked for at a time: a read a line is what makes the SDK's logs slow.
CHUNK = 1 << 18
#: Stream and length of a frame; see `frames`.
unpack_frame = struct.Struct(">B3xL").unpack_from
#: A command that prints without end is cut here.
MAX_OUTPUT = 8 << 20
_NEWLINE = 0x0A
#: Bytes of a time with nanoseconds and a zone, the blank behind it included.
_LONGEST_TIME = 40


def frames(answer: Answer, *, stamped: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield (stream, payload) of the engine's multiplexed format.

    Source: the API reference's "Stream format": one byte of stream (1 or 2),
    three of padding, a big-endian length, the payload. Payloads of one stream
    that arrived together are joined: a call a line is what makes the SDK slow.

    Args:
        answer: what to read.
        stamped: each payload begins with a time. The engine keeps a long line
            in pieces of 16 kB and puts a time before each: within a line, and
            maybe within a secret. Those but the first are taken out.
    """
    buffer = b""
    unended: set[int] = set()
    while piece := answer.read(CHUNK):
        buffer = buffer + piece if buffer else piece
        end, at, stream = len(buffer), 0, 0
        joined: list[bytes] = []
        while end - at >= 8:  # once a line: every name here is paid for
            kind, size = unpack_frame(buffer, at)
            behind = at + 8 + size
            if behind > end:
                break
            if kind != stream and joined:
                yield stream, b"".join(joined)
                joined = []
            stream = kind
            start = at + 8
            if stamped and size:
                if kind in unended:
                    start = _behind_time(buffer, start, behind)
                if buffer[behind - 1] != _NEWLINE:
                    unended.add(kind)
                elif unended:
                    unended.discard(kind)
            joined.append(buffer[start:behind])
            at = behind
        if joined:
            yield stream, b"".join(joined)
        buffer = buffer[at:]
    if buffer:
        raise WireError("the engine broke off")


def _behind_time(buffer: bytes, start: int, end: int) -> int:
    """Return the offset behind the time that a payload begins with."""
    blank = buffer.find(b" ", start, min(end, start + _LONGEST_TIME))
    return blank + 1 if blank >= 0 and buffer[start : start + 4].isdigit() else start


def collect(answer: Answer, timeout: float) -> tuple[str, str, bool]:
    """Return both streams of a command and whether it ended by itself.

    A command that prints without end is cut at 8 MB as well as at its time.
    """
    deadline = time.monotonic() + timeout
    parts: dict[int, list[bytes]] = {1: [], 2: []}
    size, whole = 0, True
    try:
        for stream, payload in frames(answer):
            parts.setdefault(stream, []).append(payload)
            size += len(payload)
            if time.monotonic() > deadline or size > MAX_OUTPUT:
                whole = False
                break
    except WireError:
        whole = False
    finally:
        answer.close()
    out, err = (b"".join(parts[k]).decode(errors="replace") for k in (1, 2))
    return out, err, whole
