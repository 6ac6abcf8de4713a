"""The machine and the versions that the figures hold for."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.harness.commands import CHECKOUT, call

from .workshop import commit


@dataclass(frozen=True)
class Machine:
    """What the figures were measured on.

    Attributes:
        versions: name to version of what took part.
        load: the load average of the last minute, before and after.
    """

    system: str
    cpu: str
    cpus: int
    memory: int
    versions: dict[str, str]
    commit: str
    taken: str
    load: tuple[float, float]

    @classmethod
    def here(cls, environ: Mapping[str, str]) -> Machine:
        """Look at this machine."""
        asked = {
            "Docker Engine": ("docker", "version", "--format", "{{.Server.Version}}"),
            "Docker CLI": ("docker", "version", "--format", "{{.Client.Version}}"),
            "Compose": ("docker", "compose", "version", "--short"),
            "ripgrep": ("rg", "--version"),
            "sed": ("sed", "--version"),
            "gzip": ("gzip", "--version"),
            "curl": ("curl", "--version"),
            "Chromium": (os.environ.get("CHROMIUM") or "chromium", "--version"),
        }
        versions = {"Python": platform.python_version(), **_packages()}
        for name, argv in asked.items():
            versions[name] = _first(argv, environ)
        return cls(
            system=f"{platform.system()} {platform.release()}, {platform.machine()}",
            cpu=_cpu(),
            cpus=os.cpu_count() or 0,
            memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            versions=versions,
            commit=commit(),
            taken=datetime.now(UTC).isoformat(timespec="minutes"),
            load=(os.getloadavg()[0], 0.0),
        )

    def after(self) -> Machine:
        """Return the same with the load as it is now."""
        return replace(self, load=(self.load[0], os.getloadavg()[0]))


def _first(argv: tuple[str, ...], environ: Mapping[str, str]) -> str:
    """Return the version in the first line that a program says."""
    try:
        said = call(*argv, cwd=CHECKOUT, env=environ, timeout=30).out
    except OSError:
        return "not installed"
    words = next(iter(said.splitlines()), "").split()
    numbers = [word for word in words if word.lstrip("v")[:1].isdigit()]
    return numbers[0] if numbers else "unknown"


def _packages() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("invoke", "msgspec", "hyperscan"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _cpu() -> str:
    """Return the processor's name as the system has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()
