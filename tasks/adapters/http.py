"""The one door to the stack's own HTTP endpoints.

Redirects are reported, not followed; bodies are cut; a total time limit holds
even against a server that trickles.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urljoin, urlsplit

from ..core.snapshot import Response

MAX_BODY = 64 << 10


def fetch(
    name: str,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 5.0,
    limit: int = MAX_BODY,
) -> Response:
    """Return what one request got, or in ``error`` why it got nothing.

    Args:
        name: what the answer is kept under.
        url: absolute ``http`` or ``https`` address.
        method: HTTP method.
        headers: sent as they are.
        body: what is sent.
        timeout: seconds for all of it.
        limit: bytes of the body that are kept.
    """
    began = time.monotonic()
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        text = _read(answer, limit, began + timeout)
        kept: dict[str, str] = {}
        for key, value in answer.getheaders():
            low = key.lower()
            kept[low] = f"{kept[low]}\n{value}" if low in kept else value
        return Response(
            name=name,
            url=url,
            status=answer.status,
            headers=kept,
            body=text,
            seconds=round(time.monotonic() - began, 3),
        )
    except (OSError, HTTPException) as error:
        return Response(
            name=name,
            url=url,
            error=_words(error, timeout),
            seconds=round(time.monotonic() - began, 3),
        )
    finally:
        connection.close()


def location(response: Response) -> str:
    """Return the absolute address that a redirect names, else nothing."""
    target = response.headers.get("location", "")
    return urljoin(response.url, target) if target else ""


def port_open(host: str, port: int, timeout: float = 0.5) -> bool:
    """Tell whether something accepts TCP connections at ``host:port``."""
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False


def _read(answer: HTTPResponse, limit: int, deadline: float) -> str:
    data = b""
    while len(data) < limit:
        piece = answer.read1(min(65536, limit - len(data)))
        if not piece:
            break
        data += piece
        if time.monotonic() > deadline:
            raise TimeoutError
    return data.decode(errors="replace")


def _words(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:.0f} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nothing listens there"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the connection was cut: the port is published, nothing answers behind"
    return str(error) or type(error).__name__
