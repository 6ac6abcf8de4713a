"""The engine's frames: what it cut into pieces is whole again."""

from __future__ import annotations

import io
import struct
from typing import cast

import pytest

from tasks.adapters.docker.streams import frames
from tasks.adapters.docker.wire import Answer, WireError

TIME = b"2026-01-02T10:00:00.123456789Z "
SECRET = b"kT7wZ2qLr5Tn9vXe"


def frame(kind: int, payload: bytes) -> bytes:
    return struct.pack(">B3xL", kind, len(payload)) + payload


def read(data: bytes, *, stamped: bool = True) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for kind, payload in frames(cast("Answer", io.BytesIO(data)), stamped=stamped):
        found[kind] = found.get(kind, b"") + payload
    return found


def test_a_long_line_has_one_time_and_its_secret_in_one_piece() -> None:
    data = b"".join(
        [
            frame(1, TIME + b"first\n"),
            frame(1, TIME + b"x" * 16384 + SECRET[:7]),
            frame(2, TIME + b"meanwhile\n"),
            frame(1, TIME + SECRET[7:] + b"y" * 16384),
            frame(1, TIME + b" end\n"),
            frame(1, TIME + b"last\n"),
        ]
    )
    found = read(data)
    assert found[2] == TIME + b"meanwhile\n"
    lines = found[1].splitlines()
    assert lines[0] == TIME + b"first"
    assert lines[1] == TIME + b"x" * 16384 + SECRET + b"y" * 16384 + b" end"
    assert lines[2:] == [TIME + b"last"]


def test_what_has_no_times_stays_as_it_is() -> None:
    data = frame(1, b"2026 a") + frame(1, b"2026 b") + frame(1, b"") + frame(1, b"\n")
    assert read(data, stamped=False) == {1: b"2026 a2026 b\n"}


def test_a_stream_that_ends_within_a_frame_was_broken_off() -> None:
    with pytest.raises(WireError):
        read(frame(1, TIME + b"x\n")[:-1])
