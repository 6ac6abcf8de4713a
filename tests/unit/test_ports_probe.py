"""Whose a published port is, also while its container comes and goes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tasks.adapters import http
from tasks.adapters.probes import containers
from tasks.core.snapshot import Port


class Look:
    """Answers as a Look does, from what it was made with."""

    def __init__(self, restarts: int, running: bool) -> None:
        document = {
            "RestartCount": restarts,
            "State": {"Running": running, "Restarting": False},
            "NetworkSettings": {"Ports": {"80/tcp": BOUND} if running else {}},
            "HostConfig": {"PortBindings": {"80/tcp": BOUND}},
        }
        self.settings = SimpleNamespace(host="")
        self._parts = {
            "client": SimpleNamespace(endpoint=SimpleNamespace(host="127.0.0.1")),
            "compose": SimpleNamespace(
                ports=[Port(service="web", port=8080, target=80)]
            ),
            "documents": [document],
        }

    def get(self, name: str) -> Any:
        return self._parts[name]


BOUND = [{"HostIp": "127.0.0.1", "HostPort": "8080"}]
PROXY = "process docker-proxy (pid 7)"


@pytest.mark.parametrize(
    ("restarts", "running", "who", "ours", "holder"),
    [
        (0, True, "nobody asks", True, ""),
        (3, False, PROXY, True, ""),  # it came up since it was inspected
        (3, False, "process nc (pid 8)", False, "process nc (pid 8)"),
        (0, False, PROXY, False, PROXY),  # ours never ran: another container's
    ],
)
def test_whose_port(
    monkeypatch: pytest.MonkeyPatch,
    restarts: int,
    running: bool,
    who: str,
    ours: bool,
    holder: str,
) -> None:
    monkeypatch.setattr(http, "port_open", lambda *_: True)
    monkeypatch.setattr(containers, "holder", lambda *_: who)
    look: Any = Look(restarts, running)
    (port,) = containers.ports(look)
    assert (port.open, port.ours, port.holder) == (True, ours, holder)
