"""Decide how a machine gets a usable engine, from what was seen on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from ..errors import EngineUnavailable
from . import apt

#: Debian 12's own engine is 20.10 and its Compose v1; the next release's
#: packages install on it, for they need no newer C library.
NEXT_SUITE = {"bookworm": "trixie"}
FIRST_GOOD_DEBIAN = 13
INSTALL_IT = "install Docker Engine with Compose v2: docs.docker.com/engine/install"

_DEBIAN_PLUGINS = ("docker-compose", "docker-buildx")
_DEBIAN_ENGINE = ("docker.io", "docker-cli", "containerd", "iptables")
_UBUNTU_PLUGINS = ("docker-compose-v2", "docker-buildx")
_UBUNTU_ENGINE = ("docker.io", "iptables")
#: Packages of Docker's own repository, for an engine that came from there.
_DOCKER_CE = ("docker-compose-plugin", "docker-buildx-plugin")
#: Comes with the release itself; the next one's is not wanted.
_NEVER_PINNED = "iptables"

SOURCE_FILE = "/etc/apt/sources.list.d/unstuck-docker.sources"
PIN_FILE = "/etc/apt/preferences.d/unstuck-docker"


class Seen(NamedTuple):
    """What a look at the Docker CLI and its engine gave.

    Attributes:
        cli: whether there is a ``docker`` command.
        server: the engine's version; empty if none answers.
        error: what the CLI said when none answered.
        compose: the plugin's version; empty if there is no plugin.
        url: the endpoint that the CLI uses.
        source: what named it; empty for the platform's default.
        context: the context's name.
    """

    cli: bool
    server: str = ""
    error: str = ""
    compose: str = ""
    url: str = ""
    source: str = ""
    context: str = "default"


class Machine(NamedTuple):
    """The machine that the tasks run on.

    Attributes:
        system: as ``platform.system()`` has it.
        root: whether this user may install and start services.
        os_release: the fields of ``/etc/os-release``.
        daemon: whether a ``dockerd`` is installed.
        docker_ce: whether Docker's own packages are.
    """

    system: str
    root: bool = False
    os_release: Mapping[str, str] = {}
    daemon: bool = False
    docker_ce: bool = False


class Action(Enum):
    """What to do next; after each one the machine is looked at again."""

    READY = "ready"
    START_DESKTOP = "start Docker Desktop"
    START_DAEMON = "start dockerd"
    INSTALL = "install"


class Recipe(NamedTuple):
    """Packages to install and what APT must be told first.

    Attributes:
        packages: their names.
        origin: the suite they come from, to tell the user.
        files: path to text of the source and pin files to write; often none.
    """

    packages: tuple[str, ...]
    origin: str
    files: Mapping[str, str]


def decide(seen: Seen, machine: Machine) -> Action:
    """Return the next thing to do towards an engine with Compose v2.

    Raises:
        EngineUnavailable: only the user can do it; the message says what.
    """
    if seen.server:
        return _decide_compose(seen, machine)
    desktop = machine.system == "Darwin" and seen.context.startswith("desktop-")
    if seen.source and not desktop:
        # What the CLI says of an engine that isn't there repeats the address.
        why = "" if seen.error.startswith("Cannot connect") else seen.error
        raise EngineUnavailable(
            f"no Docker Engine answers at {seen.url}, which {seen.source} names"
            + (f": {why}" if why else ""),
            "start that engine, or choose another: docker context ls",
        )
    if "permission denied" in seen.error.lower():
        raise EngineUnavailable(
            f"this user may not use the Docker Engine at {seen.url}",
            "sudo usermod -aG docker $USER, then log in anew",
        )
    if machine.system == "Darwin":
        return Action.START_DESKTOP
    if machine.system != "Linux":
        raise EngineUnavailable(
            f"no Docker Engine answers at {seen.url}", "start Docker Desktop"
        )
    if not machine.root:
        raise EngineUnavailable(
            f"no Docker Engine answers at {seen.url}, and only root may start one",
            "sudo systemctl start docker" if machine.daemon else INSTALL_IT,
        )
    if machine.daemon and seen.cli and seen.compose:
        return Action.START_DAEMON
    if distribution(machine.os_release):
        return Action.INSTALL
    raise EngineUnavailable(
        "no Docker Engine with Compose v2 here, and it is installed by itself "
        "on Debian and Ubuntu only",
        "install Docker Engine with Compose v2: docs.docker.com/engine/install",
    )


def _decide_compose(seen: Seen, machine: Machine) -> Action:
    major = re.match(r"v?(\d+)", seen.compose)
    if major and int(major[1]) >= 2:
        return Action.READY
    ours = machine.root and distribution(machine.os_release)
    if machine.system == "Linux" and ours:
        return Action.INSTALL
    what = f"Compose {seen.compose}" if seen.compose else "no Compose plugin"
    raise EngineUnavailable(
        f"the Docker CLI has {what}; Compose v2 is needed (docker compose version)",
        "update Docker Desktop"
        if machine.system == "Darwin"
        else "install the package docker-compose-plugin, docker-compose-v2 (Ubuntu) "
        "or docker-compose (Debian 13)",
    )


def distribution(os_release: Mapping[str, str]) -> str:
    """Return ``debian`` or ``ubuntu`` where the recipes hold, else nothing."""
    name = os_release.get("ID", "")
    like = os_release.get("ID_LIKE", "").split()
    if name == "ubuntu" or "ubuntu" in like:
        return "ubuntu"
    return "debian" if name == "debian" else ""


def codename(os_release: Mapping[str, str]) -> str:
    """Return the release's suite name, of Ubuntu's for a derivative of it."""
    return os_release.get("UBUNTU_CODENAME") or os_release.get("VERSION_CODENAME", "")


def engine_recipe(
    machine: Machine, sources: Iterable[apt.Source], *, running: bool
) -> Recipe:
    """Return how to install engine, CLI, Compose v2 and buildx on this machine.

    Args:
        machine: what was seen of it.
        sources: APT's own sources.
        running: an engine answers and lacks its plugins only. It stays as it
            is: replacing it would stop its containers.

    Raises:
        EngineUnavailable: there is no recipe for this release, or its mirror
            is not among APT's sources.
    """
    release, suite = machine.os_release, codename(machine.os_release)
    if machine.docker_ce:
        return Recipe(_DOCKER_CE, "the source that docker-ce came from", {})
    if distribution(release) == "ubuntu":
        packages = _UBUNTU_PLUGINS + (() if running else _UBUNTU_ENGINE)
        return Recipe(packages, suite or "Ubuntu", {})
    packages = _DEBIAN_PLUGINS + (() if running else _DEBIAN_ENGINE)
    version = release.get("VERSION_ID", "")
    if not version or int(version.partition(".")[0]) >= FIRST_GOOD_DEBIAN:
        return Recipe(packages, suite or "Debian", {})
    wanted = NEXT_SUITE.get(suite)
    if not wanted:
        raise EngineUnavailable(
            f"Debian {version} has no engine with Compose v2 that could be installed",
            INSTALL_IT,
        )
    own = apt.of_suite(sources, suite)
    if own is None:
        raise EngineUnavailable(
            f"APT's sources name no mirror of {suite}, so {wanted} can't be found",
            "look at /etc/apt/sources.list and /etc/apt/sources.list.d",
        )
    second = own._replace(suites=(wanted,), components=("main",))
    files = {
        SOURCE_FILE: apt.deb822(second, logins=True),
        PIN_FILE: _pins(wanted, packages),
    }
    return Recipe(packages, wanted, files)


def _pins(suite: str, packages: Iterable[str]) -> str:
    pinned = " ".join(name for name in packages if name != _NEVER_PINNED)
    return (
        f"# Nothing else comes from {suite}, which is here for the engine only.\n"
        f"Package: *\nPin: release n={suite}\nPin-Priority: 100\n\n"
        f"Package: {pinned}\nPin: release n={suite}\nPin-Priority: 990\n"
    )


def daemon_error(log: str) -> str:
    """Return why dockerd ended: its own last word, without what surrounds it."""
    lines = [line.strip() for line in log.splitlines()[-40:] if line.strip()]
    # The reason itself comes bare; what is logged has a time and a level.
    bare = [line for line in lines if not line.startswith("time=")]
    last = (bare or lines or ["it left no log"])[-1]
    message = re.search(r'msg="((?:[^"\\]|\\.)*)"', last)
    return message[1] if message else last


def parse_os_release(text: str) -> dict[str, str]:
    """Return the fields of an os-release(5) file."""
    fields = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            fields[key] = value.strip("\"'")
    return fields
