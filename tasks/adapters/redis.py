"""The door to redis: what it says of itself, in its own protocol (RESP).

A redis-cli started in the container takes 70 ms of a processor to say the same.
https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

PORT = 6379
#: Seconds within which a container of this machine takes a connection.
CONNECT_SECONDS = 0.3


class Said(NamedTuple):
    """An answer of redis's.

    Attributes:
        refused: why it refuses, in the words of redis-cli; empty if it doesn't.
        info: its INFO; empty if it refuses.
    """

    refused: str
    info: str


def reaches(address: str, gateway: str) -> bool:
    """Tell whether this machine is the gateway of an address's network.

    Then what answers there is that container: no port is published in between,
    which another program of this machine may hold as well.
    """
    if not address or not gateway:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, PORT))  # sends nothing: UDP
        except OSError:
            return False
        return str(probe.getsockname()[0]) == gateway


def info(address: str, password: str, timeout: float) -> Said:
    """Log in with a password, if there is one, and ask for INFO.

    Args:
        address: IPv4 address of the container.
        password: of the default user; empty for none.
        timeout: seconds in which each answer must be there.

    Raises:
        OSError: nothing listens there, or what does is no redis that talks to us.
        TimeoutError: it took the connection and does not answer.
    """
    with socket.socket() as connection:
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect((address, PORT))
        except TimeoutError as error:
            raise ConnectionError(*error.args) from error
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
