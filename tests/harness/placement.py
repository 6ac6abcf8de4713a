"""Names and ports for the stacks of one test run, and what dead runs left."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.harness.commands import call, outside
from tests.harness.containers import PROJECT_LABEL, remove_project

PREFIX = "unstuck-e2e"
CLAIMS = Path(tempfile.gettempdir()) / f"{PREFIX}-claims"
#: Below the range from which the kernel gives ports to clients.
FIRST_PORT, BLOCKS, BLOCK = 21_000, 400, 20
KEYS = ("BACKEND_PORT", "FRONTEND_PORT", "DB_PORT", "REDIS_PORT")


@contextmanager
def project(worker: str) -> Iterator[str]:
    """Claim a project's name for a worker of this run.

    The claim ends with this process, however that ends.
    """
    CLAIMS.mkdir(exist_ok=True)
    path = CLAIMS / f"{PREFIX}-{os.getpid()}-{worker}"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path.name
    path.unlink(missing_ok=True)


def ports(worker: str) -> dict[str, int]:
    """Return free ports, the same ones in each run where they can be had.

    The frontend's build has the backend's port in it: with the same port the
    build cache knows it already, whichever checkout it was made from.
    """
    return dict(zip(KEYS, _run_of(len(KEYS), worker, 0), strict=True))


def small_port(worker: str) -> int:
    """Return a free port for a worker's small stack, beside its big one's."""
    return _run_of(1, worker, len(KEYS) + 4)[0]


def _run_of(count: int, worker: str, offset: int) -> range:
    """Claim free ports in a row, in the worker's own block if that can be."""
    number = int(worker.removeprefix("gw") or 0) if worker != "master" else 0
    for block in range(number, number + BLOCKS):
        first = FIRST_PORT + block % BLOCKS * BLOCK + offset
        wanted = range(first, first + count)
        if all(_free(port) for port in wanted) and _claimed(f"ports-{first}"):
            return wanted
    raise RuntimeError(f"no {count} free ports from {FIRST_PORT} on")


#: Held until this process ends: another run's stack may not be up yet.
_held: list[IO[str]] = []


def _claimed(name: str) -> bool:
    """Claim a name for the rest of this process; False if another one has it."""
    CLAIMS.mkdir(exist_ok=True)
    file = (CLAIMS / name).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held.append(file)
    return True


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
    """Whether the process that a project belongs to still holds its claim."""
    path = CLAIMS / name
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    path.unlink(missing_ok=True)
    return False
