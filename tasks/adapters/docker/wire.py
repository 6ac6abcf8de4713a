"""HTTP to the engine over its socket, without the SDK's import and per-line cost.

Used for ``unix://`` and plain ``tcp://`` endpoints; TLS and ssh go through the
SDK (see `tasks.adapters.engine`). Measured figures: docs/performance.md.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Protocol
from urllib.parse import urlsplit

from .endpoint import Endpoint

#: Seconds that what comes line by line is let gather before it is read. Whoever
#: waits in a read is woken for each line, and that costs the engine more than the
#: line: with this pause a large log comes in half the time.
GATHER_SECONDS = 0.0001


class WireError(Exception):
    """The engine can't be reached, or broke off."""


class Answer(Protocol):
    """An open answer of the engine."""

    status: int

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, empty at the end; blocks for them."""

    def header(self, name: str) -> str:
        """Return the value of a header, empty if it has none."""

    def close(self) -> None:
        """Let go of the connection."""


class Wire(Protocol):
    """One way to reach an engine."""

    def open(
        self,
        method: str,
        path: str,
        body: object | None,
        timeout: float,
        *,
        bare: bool = False,
    ) -> Answer:
        """Send a request and return the answer, headers read.

        Args:
            method: HTTP method.
            path: path and query below the engine's root.
            body: sent as JSON unless None.
            timeout: seconds for the connection and for each read.
            bare: ask for a body without chunks, if that is cheaper. Its end is
                the end of the connection, so an engine that dies looks like
                one that is done: ask the `pulse` from before the request.

        Raises:
            WireError: no connection, or none within the time.
        """

    def pulse(self, timeout: float) -> Callable[[], bool]:
        """Return a function that tells whether the engine still is the same.

        Raises:
            WireError: it can't be reached.
        """


class SocketWire:
    """Requests over a UNIX or TCP socket, one connection each.

    A connection costs 0.1 ms and leaves no state behind between threads.
    The engine puts each line of a log in a chunk of its own, and each read of
    a chunked body returns one: for large bodies HTTP/1.0 takes half the time.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def open(
        self,
        method: str,
        path: str,
        body: object | None,
        timeout: float,
        *,
        bare: bool = False,
    ) -> Answer:
        """See `Wire.open`."""
        connection = _Connection(self.endpoint, timeout, bare=bare)
        headers = {"Host": "docker", "Connection": "close"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, data, headers)
            pause = GATHER_SECONDS if bare else 0.0
            return _SocketAnswer(connection, connection.getresponse(), pause)
        except (OSError, HTTPException) as error:
            connection.close()
            raise WireError(_reason(error)) from error

    def pulse(self, timeout: float) -> Callable[[], bool]:
        """See `Wire.pulse`: a connection outlives no engine."""
        connection = _Connection(self.endpoint, timeout)

        def ask() -> bool:
            connection.request("GET", "/_ping", headers={"Host": "docker"})
            answer = connection.getresponse()
            answer.read()
            connection.auto_open = 0  # a second connection may be another engine's
            return answer.status == 200

        def alive() -> bool:
            try:
                return ask()
            except (OSError, HTTPException):
                return False
            finally:
                connection.close()

        try:
            ask()
        except (OSError, HTTPException) as error:
            connection.close()
            raise WireError(str(error) or type(error).__name__) from error
        return alive


class _Connection(HTTPConnection):
    def __init__(
        self, endpoint: Endpoint, timeout: float, *, bare: bool = False
    ) -> None:
        address = urlsplit(endpoint.url)
        super().__init__(address.hostname or "docker", address.port, timeout=timeout)
        self.path = endpoint.socket
        if bare:
            self._http_vsn, self._http_vsn_str = 10, "HTTP/1.0"

    def connect(self) -> None:
        if self.path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class _SocketAnswer:
    def __init__(
        self, connection: _Connection, response: HTTPResponse, pause: float
    ) -> None:
        self.connection = connection
        self.response = response
        self.status = response.status
        self.pause = pause

    def read(self, size: int = -1) -> bytes:
        try:
            if self.pause:
                time.sleep(self.pause)
            # read1 returns what is there; read would wait for the whole size.
            return self.response.read() if size < 0 else self.response.read1(size)
        except (OSError, HTTPException) as error:
            raise WireError(_reason(error)) from error

    def header(self, name: str) -> str:
        return self.response.headers.get(name, "")

    def close(self) -> None:
        self.response.close()
        self.connection.close()


def _reason(error: Exception) -> str:
    """Return an error in words, without its number."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
