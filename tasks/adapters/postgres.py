"""The door to PostgreSQL: its protocol, version 3, as far as a question needs it.

A psql in the container says the same, at the price of a command in a container.
The libraries that speak it take longer to import than that.
https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from socket import socket
from typing import NamedTuple

from ..core import scram
from . import network

PORT = 5432
_VERSION = (3 << 16).to_bytes(4, "big")
#: Kinds of authentication that a server may ask for.
_LET_IN, _IN_CLEAR, _MD5, _SASL, _SASL_GOES_ON, _SASL_ENDS = 0, 3, 5, 10, 11, 12


class Refused(Exception):  # noqa: N818 - it is the server's word, not always an error
    """The server does not let us in; the message is its own."""


class Login(NamedTuple):
    """Who asks; never printed."""

    user: str
    database: str
    password: str


def ask(
    address: str,
    login: Login,
    statements: Iterable[str],
    parameters: Mapping[str, str],
    timeout: float,
) -> list[list[str]]:
    """Return for each statement the first column of its rows, as text.

    Each is a transaction of its own; of one that fails there are no rows.

    Args:
        address: of the container; see `network.address`.
        login: who asks, and what.
        statements: SQL, one statement each.
        parameters: of the session, as ``application_name``.
        timeout: seconds for all of it.

    Raises:
        Refused: the server says no.
        ConnectionError: nothing listens there, or none that talks to us.
        TimeoutError: it took the connection and does not answer in time.
    """
    asked = [statement.encode() + b"\0" for statement in statements]
    with network.connect(address, PORT) as connection:
        session = _Session(connection, time.monotonic() + timeout)
        session.log_in(login, parameters)
        for statement in asked:
            session.send(b"Q", statement)
        answers = [list(session.rows()) for _ in asked]
        session.send(b"X", b"")
    return answers


class _Session:
    def __init__(self, connection: socket, deadline: float) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._deadline = deadline

    def log_in(self, login: Login, parameters: Mapping[str, str]) -> None:
        """Log in, and wait until the server takes statements.

        Raises:
            Refused: the server says no.
            ConnectionError: it asks for what we can't give.
        """
        named = {"user": login.user, "database": login.database, **parameters}
        words = [word.encode() + b"\0" for pair in named.items() for word in pair]
        self.send(b"", _VERSION + b"".join(words) + b"\0")
        exchange = scram.Exchange(login.password, os.urandom(18))
        for kind, body in self._messages():
            if kind == b"E":
                raise Refused(_words(body))
            if kind == b"R" and (answer := _answer(login, exchange, body)):
                self.send(b"p", answer)

    def rows(self) -> Iterator[str]:
        """Yield the first column of each row of one statement."""
        for kind, body in self._messages():
            if kind == b"D" and (size := int.from_bytes(body[2:6], signed=True)) >= 0:
                yield body[6 : 6 + size].decode(errors="replace")

    def send(self, kind: bytes, body: bytes) -> None:
        """Send one message: its kind, its length, its body."""
        self._connection.settimeout(self._left())
        self._connection.sendall(kind + (len(body) + 4).to_bytes(4, "big") + body)

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the server's messages until it is ready for the next statement."""
        while (kind := self._read(1)) != b"Z":
            yield kind, self._read(int.from_bytes(self._read(4)) - 4)
        self._read(5)  # its length, and whether a transaction is open

    def _read(self, size: int) -> bytes:
        """Read so many bytes.

        Raises:
            ConnectionError: it broke off, or it speaks something else.
        """
        self._connection.settimeout(self._left())
        data = self._stream.read(size) if size >= 0 else b""
        if len(data) != max(size, 0) or size < 0:
            raise ConnectionError("what answers there is no PostgreSQL")
        return data

    def _left(self) -> float:
        return max(0.001, self._deadline - time.monotonic())


def _answer(login: Login, exchange: scram.Exchange, body: bytes) -> bytes:
    """Return what a request to authenticate is answered with, empty if nothing.

    Raises:
        ConnectionError: it asks for a way that we don't have.
    """
    way, rest = int.from_bytes(body[:4]), body[4:]
    if way == _LET_IN:
        return b""
    if way == _IN_CLEAR:
        return login.password.encode() + b"\0"
    if way == _MD5:
        return _md5(login, salt=rest) + b"\0"
    if way == _SASL and scram.MECHANISM in rest.split(b"\0"):
        first = exchange.first()
        return scram.MECHANISM + b"\0" + len(first).to_bytes(4, "big") + first
    if way == _SASL_GOES_ON:
        return exchange.final(rest)
    if way == _SASL_ENDS and exchange.proves(rest):
        return b""
    raise ConnectionError("it asks for a way to log in that we don't have")


def _md5(login: Login, salt: bytes) -> bytes:
    """Return the answer to the way of PostgreSQL 13 and older; not by choice."""
    inner = hashlib.md5((login.password + login.user).encode(), usedforsecurity=False)
    outer = inner.hexdigest().encode() + salt
    digest = hashlib.md5(outer, usedforsecurity=False).hexdigest()
    return f"md5{digest}".encode()


def _words(body: bytes) -> str:
    """Return the message of an error, of whose fields each begins with its kind."""
    fields = {part[:1]: part[1:] for part in body.split(b"\0")}
    return fields.get(b"M", b"").decode(errors="replace")
