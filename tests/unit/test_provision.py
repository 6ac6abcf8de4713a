"""How a machine gets an engine: what was seen in, what to do out."""

from __future__ import annotations

import pytest

from tasks.core.errors import EngineUnavailable
from tasks.core.machine import apt, provision
from tasks.core.machine.provision import Action, Machine, Seen

OS_RELEASE = {
    "debian-11": 'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\n',
    "debian-12": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
    "debian-13": 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
    "debian-sid": 'ID=debian\nPRETTY_NAME="Debian GNU/Linux forky/sid"\n',
    "ubuntu": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID='24.04'\nVERSION_CODENAME=noble\n",
    "mint": 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n'
    "VERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n",
    "fedora": "ID=fedora\nVERSION_ID=40\n",
}
SOCKET = "unix:///var/run/docker.sock"
NOT_RUNNING = (
    f"Cannot connect to the Docker daemon at {SOCKET}. Is the docker daemon running?"
)
SOURCES = (
    apt.Source(
        ("http://mirror.invalid/debian",),
        ("bookworm", "bookworm-updates"),
        ("main", "contrib"),
        "/usr/share/keyrings/debian-archive-keyring.gpg",
    ),
)


def on(name: str, **fields: bool) -> Machine:
    release = provision.parse_os_release(OS_RELEASE[name])
    return Machine(system="Linux", os_release=release, **fields)


MAC = Machine(system="Darwin")
ROOT_12 = on("debian-12", root=True)
NOTHING = Seen(cli=False, url=SOCKET)
DEAD = Seen(cli=True, error=NOT_RUNNING, compose="2.26.1-4", url=SOCKET)
ALIVE = Seen(cli=True, server="26.1.5", compose="2.26.1-4", url=SOCKET)


@pytest.mark.parametrize(
    ("seen", "machine", "action"),
    [
        (ALIVE, ROOT_12, Action.READY),
        (ALIVE, on("fedora"), Action.READY),
        (ALIVE._replace(compose="v2.39.1-desktop.1"), MAC, Action.READY),
        (ALIVE._replace(compose="5.0.0"), MAC, Action.READY),
        (ALIVE._replace(source="DOCKER_HOST"), ROOT_12, Action.READY),
        # The plugin alone is missing, or is the old program.
        (ALIVE._replace(compose=""), ROOT_12, Action.INSTALL),
        (ALIVE._replace(compose="1.29.2"), ROOT_12, Action.INSTALL),
        # No engine.
        (NOTHING, ROOT_12, Action.INSTALL),
        (NOTHING, on("ubuntu", root=True), Action.INSTALL),
        (DEAD, ROOT_12._replace(daemon=True), Action.START_DAEMON),
        (DEAD, on("fedora", root=True, daemon=True), Action.START_DAEMON),
        (DEAD._replace(compose=""), ROOT_12._replace(daemon=True), Action.INSTALL),
        (DEAD, MAC, Action.START_DESKTOP),
        (
            DEAD._replace(
                source="the Docker context 'desktop-linux'", context="desktop-linux"
            ),
            MAC,
            Action.START_DESKTOP,
        ),
    ],
)
def test_what_is_done(seen: Seen, machine: Machine, action: Action) -> None:
    assert provision.decide(seen, machine) is action


@pytest.mark.parametrize(
    ("seen", "machine", "words"),
    [
        # A configured engine is the user's: nothing is installed in its place.
        (
            DEAD._replace(source="DOCKER_HOST", url="tcp://10.0.0.9:2375"),
            ROOT_12,
            "at tcp://10.0.0.9:2375, which DOCKER_HOST names",
        ),
        (
            NOTHING._replace(source="the Docker context 'colima'", context="colima"),
            MAC,
            "context 'colima'",
        ),
        (
            DEAD._replace(error=f"permission denied while trying at {SOCKET}"),
            on("debian-12"),
            "may not use the Docker Engine",
        ),
        (NOTHING, on("debian-12"), "only root may start one"),
        (DEAD, on("debian-12", daemon=True), "only root may start one"),
        (NOTHING, on("fedora", root=True), "on Debian and Ubuntu only"),
        (ALIVE._replace(compose="1.29.2"), MAC, "Compose 1.29.2"),
        (ALIVE._replace(compose=""), on("debian-12"), "no Compose plugin"),
        (ALIVE._replace(compose=""), on("fedora", root=True), "no Compose plugin"),
        (NOTHING, Machine(system="Windows"), "no Docker Engine answers"),
    ],
)
def test_what_only_the_user_can_do(seen: Seen, machine: Machine, words: str) -> None:
    with pytest.raises(EngineUnavailable, match=words) as caught:
        provision.decide(seen, machine)
    assert caught.value.code == 3
    assert caught.value.hint


def test_debian_12_takes_the_engine_from_the_next_release() -> None:
    recipe = provision.engine_recipe(ROOT_12, SOURCES, running=False)
    assert recipe.origin == "trixie"
    assert {"docker.io", "docker-cli", "docker-compose", "docker-buildx"} < set(
        recipe.packages
    )
    source = recipe.files[provision.SOURCE_FILE]
    assert "URIs: http://mirror.invalid/debian\nSuites: trixie\n" in source
    assert "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n" in source
    pins = recipe.files[provision.PIN_FILE]
    assert "Package: *\nPin: release n=trixie\nPin-Priority: 100\n" in pins
    assert "iptables" not in pins


def test_a_running_engine_gets_its_plugins_and_stays_as_it_is() -> None:
    recipe = provision.engine_recipe(ROOT_12, SOURCES, running=True)
    assert recipe.packages == ("docker-compose", "docker-buildx")
    assert "docker.io" not in recipe.files[provision.PIN_FILE]
    machine = ROOT_12._replace(docker_ce=True)
    recipe = provision.engine_recipe(machine, SOURCES, running=True)
    assert recipe.packages == ("docker-compose-plugin", "docker-buildx-plugin")
    assert not recipe.files


@pytest.mark.parametrize(
    ("name", "origin", "package"),
    [
        ("debian-13", "trixie", "docker-compose"),
        ("debian-sid", "Debian", "docker-compose"),
        ("ubuntu", "noble", "docker-compose-v2"),
        ("mint", "noble", "docker-compose-v2"),
    ],
)
def test_others_have_it_themselves(name: str, origin: str, package: str) -> None:
    recipe = provision.engine_recipe(on(name, root=True), (), running=False)
    assert recipe.origin == origin
    assert package in recipe.packages
    assert not recipe.files


def test_what_can_t_be_installed_is_said() -> None:
    with pytest.raises(EngineUnavailable, match="Debian 11"):
        provision.engine_recipe(on("debian-11", root=True), SOURCES, running=False)
    with pytest.raises(EngineUnavailable, match="no mirror of bookworm"):
        provision.engine_recipe(ROOT_12, (), running=False)


def test_the_daemons_reason_is_told_from_its_log() -> None:
    logged = 'time="2026-01-01T00:00:00Z" level=info msg="Starting up"\n'
    warned = 'time="2026-01-01T00:00:01Z" level=warning msg="no \\"swap\\" limit"\n'
    why = "failed to start daemon: pid file found, ensure docker is not running\n"
    assert provision.daemon_error(logged + why + warned) == why.strip()
    assert provision.daemon_error(logged + warned) == 'no \\"swap\\" limit'
    assert provision.daemon_error("") == "it left no log"
