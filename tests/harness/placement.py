"""Names and ports for the stacks of one test run, and what dead runs left."""

from __future__ import annotations

import os
import socket
import zlib
from pathlib import Path

import psutil

from tests.harness.stack import CHECKOUT, PROJECT_LABEL, call, outside, remove_project

PREFIX = "unstuck-e2e"
#: Below the range from which the kernel gives ports to clients.
FIRST_PORT, BLOCKS, BLOCK = 21_000, 400, 20
KEYS = ("BACKEND_PORT", "FRONTEND_PORT", "DB_PORT", "REDIS_PORT")


def project(worker: str) -> str:
    """Return the project's name of a worker of this run."""
    return f"{PREFIX}-{os.getpid()}-{worker}"


def ports(worker: str) -> dict[str, int]:
    """Return free ports, the same ones in each run where they can be had.

    The frontend's build has the backend's port in it: with the same port the
    build cache knows it already.
    """
    number = int(worker.removeprefix("gw") or 0) if worker != "master" else 0
    start = zlib.crc32(str(CHECKOUT).encode()) + number
    for block in range(start, start + BLOCKS):
        first = FIRST_PORT + block % BLOCKS * BLOCK
        wanted = range(first, first + len(KEYS))
        if all(_free(port) for port in wanted):
            return dict(zip(KEYS, wanted, strict=True))
    raise RuntimeError(f"no {len(KEYS)} free ports from {FIRST_PORT} on")


def _free(port: int) -> bool:
    with socket.socket() as binding:
        binding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            binding.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def clean_up() -> list[str]:
    """Remove the stacks of runs that were killed; return their names."""
    columns = f'{{{{.Label "{PROJECT_LABEL}"}}}}'
    names: set[str] = set()
    for kind in (("ps", "--all"), ("volume", "ls"), ("network", "ls")):
        argv = ("docker", *kind, "--filter", f"label={PROJECT_LABEL}")
        done = call(*argv, "--format", columns, cwd=Path.cwd(), env=outside())
        names.update(done.out.split())
    dead = [name for name in names if name.startswith(PREFIX) and not _alive(name)]
    for name in dead:
        remove_project(name)
    return dead


def _alive(name: str) -> bool:
    """Whether the run that a project belongs to is still going on."""
    try:
        pid = int(name.removeprefix(f"{PREFIX}-").partition("-")[0])
        command = psutil.Process(pid).cmdline()
    except (ValueError, psutil.Error):
        return False
    return any("pytest" in word or "execnet" in word for word in command)
