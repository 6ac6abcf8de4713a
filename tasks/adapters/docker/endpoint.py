"""Which engine the Docker CLI would talk to: the same order, the same files.

``DOCKER_HOST``, then ``DOCKER_CONTEXT``, then the current context of the CLI's
configuration, then the platform's default socket. The SDK's own resolution
costs its import (60 to 100 ms) and ignores part of this order.
Source: https://docs.docker.com/engine/manage-resources/contexts/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ...core.errors import EngineUnavailable

DEFAULT_SOCKET = "unix:///var/run/docker.sock"


class Endpoint(NamedTuple):
    """Where an engine listens.

    Attributes:
        context: the context's name; ``default`` when only the host is known.
        url: ``unix://``, ``tcp://`` or ``ssh://`` address.
        source: what named it, to quote when it doesn't answer.
        tls: whether the connection needs the SDK's TLS set-up.
    """

    context: str
    url: str
    source: str
    tls: bool = False

    @property
    def local(self) -> bool:
        """Whether the engine shares this machine's network and ports."""
        return self.url.startswith(("unix://", "npipe://")) or self.host in (
            "localhost",
            "127.0.0.1",
            "::1",
        )

    @property
    def host(self) -> str:
        """The host at which the engine publishes ports."""
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def socket(self) -> str | None:
        """The path of the socket, for an engine behind one."""
        if not self.url.startswith("unix://"):
            return None
        return self.url.removeprefix("unix://")


def find(environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that ``docker`` would use in this environment.

    Raises:
        EngineUnavailable: a context is named that does not exist.
    """
    tls = bool(environ.get("DOCKER_TLS_VERIFY"))
    if host := environ.get("DOCKER_HOST"):
        return Endpoint("default", host, "DOCKER_HOST", tls)
    folder = configuration(environ)
    source = "DOCKER_CONTEXT"
    name = environ.get("DOCKER_CONTEXT", "")
    if not name:
        source = str(folder / "config.json")
        name = str(_read(folder / "config.json").get("currentContext") or "")
    if name in ("", "default"):
        return Endpoint("default", DEFAULT_SOCKET, "the default context", tls)
    digest = hashlib.sha256(name.encode()).hexdigest()
    folder /= "contexts"
    meta = _read(folder / "meta" / digest / "meta.json")
    try:
        url = str(meta["Endpoints"]["docker"]["Host"])  # type: ignore[index]
    except (KeyError, TypeError):
        raise EngineUnavailable(
            f"the Docker context {name!r} (named by {source}) does not exist",
            "docker context ls",
        ) from None
    needs_tls = (folder / "tls" / digest / "docker").is_dir()
    return Endpoint(name, url, f"the Docker context {name!r}", needs_tls)


def configuration(environ: Mapping[str, str]) -> Path:
    """Return the directory of the Docker CLI's configuration."""
    home = environ.get("HOME") or str(Path.home())
    return Path(environ.get("DOCKER_CONFIG") or f"{home}/.docker")


def _read(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
