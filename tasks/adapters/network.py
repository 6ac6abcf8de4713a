"""Which containers this machine can talk to without a command in them, and how.

A command started in a container takes 60 ms of a processor before it does anything.
"""

from __future__ import annotations

import socket
from typing import Any

#: Seconds within which a container of this machine takes a connection.
CONNECT_SECONDS = 0.3


def address(document: dict[str, Any]) -> str:
    """Return a container's IPv4 address if this machine is its network's gateway.

    Then what answers there is that container: no published port is in between,
    which another program of this machine may hold as well. Empty if there is
    none: with Docker Desktop or a distant engine, or without root for the engine.

    Args:
        document: its inspect document.
    """
    for network in (document["NetworkSettings"]["Networks"] or {}).values():
        if _is_gateway(network["Gateway"], network["IPAddress"]):
            return str(network["IPAddress"])
    return ""


def connect(address: str, port: int) -> socket.socket:
    """Return a connection to a container.

    Raises:
        ConnectionError: none, or none within `CONNECT_SECONDS`.
    """
    connection = socket.socket()
    connection.settimeout(CONNECT_SECONDS)
    try:
        connection.connect((address, port))
    except OSError as error:
        connection.close()
        raise ConnectionError(str(error)) from error
    return connection


def _is_gateway(gateway: str, address: str) -> bool:
    if not address or not gateway:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))  # UDP: this sends nothing
        except OSError:
            return False
        return str(probe.getsockname()[0]) == gateway
