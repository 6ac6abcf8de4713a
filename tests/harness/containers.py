"""What a project's containers are like, seen past the product; how to remove them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from .commands import CHECKOUT, call, outside

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ONE_OFF_LABEL = "com.docker.compose.oneoff"
#: What a container changes by itself, which is no drift.
OWN_CHANGES = ("/tmp", "/run", "/var/run", "/root", "/var/log")
#: See `Container`.
COLUMNS = "|".join(
    (
        "{{.Id}}",
        "{{.State.Status}}",
        "{{if .State.Health}}{{.State.Health.Status}}{{end}}",
        f'{{{{index .Config.Labels "{SERVICE_LABEL}"}}}}',
        f'{{{{index .Config.Labels "{ONE_OFF_LABEL}"}}}}',
        '{{with .GraphDriver}}{{with .Data}}{{index . "UpperDir"}}{{end}}{{end}}',
    )
)


class Container(NamedTuple):
    """What `COLUMNS` tell of a container; ``upper``: its own layer, on this machine."""

    id: str
    state: str
    health: str
    service: str
    one_off: str
    upper: str


def a_process_is_stopped() -> bool:
    """Whether a process of this machine was sent SIGSTOP: to wake them is dear."""
    if not sys.platform.startswith("linux"):
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The state follows the name, which may hold anything.
            if stat.read_text().rpartition(")")[2].split()[0] == "T":
                return True
        except (OSError, UnicodeDecodeError):
            continue  # it has ended since
    return False


def containers(project: str) -> list[Container]:
    """Look at every container of a project, running or not."""
    label = f"label={PROJECT_LABEL}={project}"
    listed = _docker("ps", "--all", "--quiet", "--filter", label)
    ids = listed.split()
    if not ids:
        return []
    found = _docker("inspect", "--format", COLUMNS, *ids)
    return [Container(*line.split("|")) for line in found.splitlines()]


def changed(container: Container) -> set[str]:
    """Return the paths that a container changed in its image.

    On an overlay of this machine files tell, with their sizes; ``docker diff``
    says the same in five seconds for the whole stack.
    """
    upper = Path(container.upper or "/nowhere")
    if upper.is_dir():
        paths = {
            f"/{path.relative_to(upper).as_posix()} {path.lstat().st_size}"
            for path in upper.rglob("*")
            if not path.is_dir() or path.is_symlink()
        }
    else:
        lines = _docker("diff", container.id).splitlines()
        paths = {line[2:] for line in lines}
    return {
        path
        for path in paths
        if not path.startswith(OWN_CHANGES) and "__pycache__" not in path
    }


def remove_project(project: str) -> None:
    """Remove everything that bears a Compose project's label, and its images."""
    label = f"label={PROJECT_LABEL}={project}"
    env = outside()

    def ids(*args: str) -> list[str]:
        listed = call("docker", *args, "--filter", label, cwd=CHECKOUT, env=env)
        return listed.out.split()

    def remove(kind: tuple[str, ...], found: list[str]) -> None:
        if found:
            call("docker", *kind, *found, cwd=CHECKOUT, env=env)

    remove(("rm", "--force", "--volumes"), ids("ps", "--all", "--quiet"))
    remove(("volume", "rm", "--force"), ids("volume", "ls", "--quiet"))
    remove(("network", "rm"), ids("network", "ls", "--quiet"))
    remove(("image", "rm"), ids("image", "ls", "--quiet"))


def _docker(*args: str) -> str:
    return call("docker", *args, cwd=CHECKOUT, env=outside()).out
