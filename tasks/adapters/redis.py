"""The door to redis: what it says of itself, in its own protocol (RESP).

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from . import network

PORT = 6379


class Said(NamedTuple):
    """An answer of redis's.

    Attributes:
        refused: why it refuses, in the words of redis-cli; empty if it doesn't.
        info: its INFO; empty if it refuses.
    """

    refused: str
    info: str


def info(address: str, password: str, timeout: float) -> Said:
    """Log in with a password, if there is one, and ask for INFO.

    Args:
        address: of the container; see `network.address`.
        password: of the default user; empty for none.
        timeout: seconds in which each answer must be there.

    Raises:
        ConnectionError: nothing listens there, or no redis that talks to us.
        TimeoutError: it took the connection and does not answer.
    """
    with network.connect(address, PORT) as connection:
        connection.settimeout(timeout)
        commands = [["AUTH", password]] if password else []
        for command in (*commands, ["INFO"]):
            connection.sendall(_request(command))
        with connection.makefile("rb") as answers:
            refused = _reply(answers).refused if password else ""
            said = _reply(answers)
    return said._replace(refused=f"AUTH failed: {refused}") if refused else said


def _request(words: Sequence[str]) -> bytes:
    """Return a command as an array of strings, each with its length in bytes."""
    parts = [word.encode() for word in words]
    lines = (b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%s" % (len(parts), b"".join(lines))


def _reply(answers: BinaryIO) -> Said:
    """Read one reply: a status, an error or a string.

    Raises:
        ConnectionError: it is none of those, or it is cut off.
    """
    line = answers.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"-" and not rest.startswith(b"DENIED"):
        return Said(rest.decode(errors="replace"), "")
    if kind == b"+":
        return Said("", "")
    if kind == b"$" and rest.isdigit():
        text = answers.read(int(rest) + 2)
        if len(text) == int(rest) + 2:
            return Said("", text.decode(errors="replace"))
    raise ConnectionError("what answers there is no redis that talks to us")
