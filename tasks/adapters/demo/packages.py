"""The one door to APT: its sources, and installing packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...core.errors import Stop
from ...core.machine import apt, provision
from .. import runner

Say = Callable[[str], None]

_SOURCES = Path("/etc/apt")
_GET = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "a"}


def os_release() -> Mapping[str, str]:
    """Return the machine's os-release(5) fields; none where there is no file."""
    try:
        return provision.parse_os_release(Path("/etc/os-release").read_text())
    except OSError:
        return {}


def sources() -> tuple[apt.Source, ...]:
    """Return the enabled sources of this machine's APT."""
    paths = [_SOURCES / "sources.list"]
    for pattern in ("*.list", "*.sources"):
        paths.extend((_SOURCES / "sources.list.d").glob(pattern))
    return apt.parse({str(path): path.read_text() for path in paths if path.is_file()})


def may_install() -> bool:
    """Whether packages can be installed here: APT, as root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(
    names: Sequence[str],
    *,
    files: Mapping[str, str] | None = None,
    on_line: Say,
) -> None:
    """Install packages without what they merely recommend.

    Args:
        names: the packages.
        files: sources and pins to write before, by path.
        on_line: is given each line that APT prints.

    Raises:
        Stop: APT failed; the message quotes it.
    """
    for path, text in (files or {}).items():
        _write(Path(path), text)
    argv = (*_GET, "install", "-y", "--no-install-recommends", *names)
    if not files and runner.stream(argv, on_line=on_line, env=_QUIET).ok:
        return
    # Its lists are missing or old, or there is a new source.
    if not runner.stream((*_GET, "update"), on_line=on_line, env=_QUIET).ok and files:
        # An old machine's keyring does not know the next release's keys yet.
        keyring = (*_GET, "install", "-y", "debian-archive-keyring")
        runner.stream(keyring, on_line=on_line, env=_QUIET)
        runner.stream((*_GET, "update"), on_line=on_line, env=_QUIET)
    done = runner.stream(argv, on_line=on_line, env=_QUIET)
    if not done.ok:
        errors = [line for line in done.out.splitlines() if line.startswith("E: ")]
        quoted = errors[-1] if errors else done.last_error
        raise Stop(f"installing {' '.join(names)} failed: {quoted}", " ".join(argv))


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all; a login in it stays root's own."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.touch(mode=0o600 if "@" in text else 0o644)
    temporary.write_text(text)
    temporary.replace(path)
