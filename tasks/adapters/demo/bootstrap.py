"""From a bare machine to an engine that answers, with Compose v2.

A running engine is used as it is. Where there is none, Docker Desktop is
started (macOS), or an installed engine is, or one is installed first (Debian
and Ubuntu, as root). What can't be done here is said in one sentence.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ...core.errors import EngineUnavailable
from ...core.machine import provision
from ...core.machine.provision import Action, Machine, Seen
from .. import runner
from ..docker import endpoint
from . import packages

Say = Callable[[str], None]

#: Seconds until a started engine must answer.
DAEMON_SECONDS = 60.0
DESKTOP_SECONDS = 180.0
#: Seconds for one question to an engine that may hang.
ASK_SECONDS = 20.0
SYSTEMD = Path("/run/systemd/system")
DAEMON_LOG = Path("/var/log/dockerd.log")
DAEMON_PID = Path("/var/run/docker.pid")


def ensure_engine(say: Say, on_line: Say | None = None) -> str:
    """Return the version of a running engine; get one running if there is none.

    Args:
        say: is given each line that the user should read.
        on_line: is given each line that an installation prints.

    Raises:
        EngineUnavailable: only the user can do it; the message says what.
        Stop: an installation failed.
    """
    tried: set[Action] = set()
    while True:
        seen, here = look(), machine()
        action = provision.decide(seen, here)
        if action is Action.READY:
            return seen.server
        if action in tried:
            raise EngineUnavailable(
                f"tried to {action.value}, and still no engine with Compose v2 "
                f"answers at {seen.url}" + (f": {seen.error}" if seen.error else ""),
                f"look at {DAEMON_LOG}" if DAEMON_LOG.exists() else "",
            )
        tried.add(action)
        if action is Action.INSTALL:
            install(say, on_line or _nothing, running=bool(seen.server))
        elif action is Action.START_DAEMON:
            start_daemon(say)
        else:
            start_desktop(say)


def look() -> Seen:
    """Return what the Docker CLI and its engine say; never raises for a "no".

    Raises:
        EngineUnavailable: a Docker context is named that does not exist.
    """
    at = endpoint.find(os.environ)
    chosen = at.context != "default" or bool(os.environ.get("DOCKER_HOST"))
    where = Seen(
        cli=False,
        url=at.url,
        source=at.source if chosen else "",
        context=at.context,
    )
    asked = runner.run(("docker", "version", "--format", "json"), timeout=ASK_SECONDS)
    if asked.code == runner.MISSING:
        return where
    server = ""
    try:
        server = str(json.loads(asked.out)["Server"]["Version"])
    except (ValueError, KeyError, TypeError):
        if asked.code == runner.TIMED_OUT:
            return where._replace(cli=True, error=f"no answer in {ASK_SECONDS:.0f} s")
    compose = runner.run(("docker", "compose", "version", "--short"), timeout=20)
    return where._replace(
        cli=True,
        server=server,
        error="" if server else asked.last_error,
        compose=compose.out.strip() if compose.ok else "",
    )


def machine() -> Machine:
    """Return what matters of the machine that the tasks run on."""
    return Machine(
        system=platform.system(),
        root=packages.may_install() or os.geteuid() == 0,
        os_release=packages.os_release(),
        daemon=shutil.which("dockerd") is not None,
        docker_ce=Path("/usr/share/doc/docker-ce-cli").exists(),
    )


def install(say: Say, on_line: Say, *, running: bool) -> None:
    """Install the engine, or only its plugins where an engine is running.

    Raises:
        EngineUnavailable: there is no recipe for this release.
        Stop: APT failed.
    """
    recipe = provision.engine_recipe(machine(), packages.sources(), running=running)
    missing = "Compose v2" if running else "a Docker Engine with Compose v2"
    say(f"{missing} is missing: installing from {recipe.origin}:")
    say(f"  {' '.join(recipe.packages)}")
    packages.install(recipe.packages, files=recipe.files, on_line=on_line)


def start_daemon(say: Say) -> None:
    """Start the installed engine: by systemd where it runs, else detached.

    Raises:
        EngineUnavailable: it ended, or did not answer in time; the message
            quotes its log.
    """
    if SYSTEMD.is_dir():
        say("Docker Engine is not running: systemctl start docker")
        done = runner.run(("systemctl", "start", "docker"), timeout=DAEMON_SECONDS)
        if not done.ok:
            raise EngineUnavailable(
                f"the Docker Engine does not start: {done.last_error}",
                "journalctl -u docker -n 30",
            )
        wait(DAEMON_SECONDS, _never)
        return
    say(f"Docker Engine is not running: starting dockerd (log: {DAEMON_LOG})")
    _forget_stale_pid()
    wait(DAEMON_SECONDS, runner.detach(("dockerd",), DAEMON_LOG))


def start_desktop(say: Say) -> None:
    """Start Docker Desktop on macOS and wait for its engine.

    Raises:
        EngineUnavailable: it is not installed, or did not answer in time.
    """
    say("Docker Engine is not running: starting Docker Desktop ...")
    if not runner.run(("open", "-g", "-a", "Docker"), timeout=30).ok:
        raise EngineUnavailable(
            "no Docker Engine is running, and Docker Desktop is not installed",
            "brew install --cask docker",
        )
    wait(DESKTOP_SECONDS, _never)


def wait(seconds: float, ended: Callable[[], int | None]) -> None:
    """Wait until an engine answers.

    Args:
        seconds: for how long.
        ended: returns the exit status of the engine's process once it has one.
            Another's engine that answers meanwhile is as good.

    Raises:
        EngineUnavailable: none does; the message quotes the daemon's log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        gone = ended() is not None
        if look().server:
            return
        if gone:
            raise EngineUnavailable(
                f"dockerd ended at once: {_last_error()}", f"tail -n 30 {DAEMON_LOG}"
            )
        time.sleep(0.3)
    raise EngineUnavailable(
        f"the Docker Engine was started and did not answer in {seconds:.0f} s",
        f"tail -n 30 {DAEMON_LOG}" if DAEMON_LOG.exists() else "look at Docker Desktop",
    )


def ensure_chromium(say: Say, on_line: Say) -> str:
    """Return the path of a Chromium for the browser tests, installed if need be.

    Returns:
        The path; words that say so where there is none and none can be had.

    Raises:
        Stop: APT failed.
    """
    named = os.environ.get("CHROMIUM", "")
    found = named or ensure_program("chromium", "chromium", say, on_line)
    return found or "none: browser tests are skipped"


def ensure_program(name: str, package: str, say: Say, on_line: Say) -> str:
    """Return the path of a program, installed if need be; empty if it can't be had.

    Raises:
        Stop: APT failed.
    """
    found = shutil.which(name)
    if not found and packages.may_install():
        say(f"installing the package {package}")
        packages.install((package,), on_line=on_line)
        found = shutil.which(name)
    return found or ""


def _forget_stale_pid() -> None:
    """Remove a dead engine's PID file if another program has that PID by now.

    dockerd itself would take that program for an engine and refuse to start.
    """
    try:
        pid = int(DAEMON_PID.read_text())
        running = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError):
        return
    if running != "dockerd":
        DAEMON_PID.unlink(missing_ok=True)


def _last_error() -> str:
    """Return why the daemon ended, from its log."""
    try:
        text = DAEMON_LOG.read_text(errors="replace")
    except OSError:
        return "it left no log"
    return provision.daemon_error(text)


def _never() -> None:
    return None


def _nothing(_line: str) -> None:
    return None
