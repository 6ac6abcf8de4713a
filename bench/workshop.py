"""What is measured on: stacks, containers and logs, made when first asked for.

Everything bears the project name ``unstuck-bench`` and is gone at the end.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from tests.harness import placement
from tests.harness.commands import CHECKOUT, copy_checkout, outside
from tests.harness.containers import remove_project
from tests.harness.stack import ReferenceStack, running

from . import logs
from .stopwatch import Lap, lap

PROJECT = "unstuck-bench"
Say = Callable[[str], None]
MB = 1_000_000


class Workshop:
    """The fixtures of one run, and how its commands are run.

    Attributes:
        runs: pairs to run.
        say: is told what is being done.
        directory: a temporary directory; gone at the end.
        environ: what every command runs with: nothing that steers a stack.
    """

    def __init__(self, runs: int, say: Say, directory: Path, end: ExitStack) -> None:
        self.runs = runs
        self.say = say
        self.directory = directory
        self.environ = outside()
        self._end = end

    @cached_property
    def copy(self) -> Path:
        """A copy of the checkout for what needs no stack."""
        target = self.directory / "copy"
        target.mkdir()
        copy_checkout(target)
        return target

    @cached_property
    def stack(self) -> ReferenceStack:
        """The reference stack, healthy, migrated and seeded."""
        self.say("starting the reference stack")
        directory = self.directory / "stack"
        directory.mkdir()
        # The ports are in the frontend's build: the same ones spare building it.
        started = running(directory, PROJECT, placement.ports("gw90"))
        return self._end.enter_context(started)

    @property
    def image(self) -> str:
        """A small image that is here for certain."""
        return self.stack.env.get("REDIS_IMAGE") or "redis:7"

    def project(self, name: str, services: Mapping[str, str]) -> Path:
        """Start a Compose project of plain services; return its directory.

        Args:
            name: after ``unstuck-bench-``.
            services: name to the YAML of its keys, indented by four.
        """
        project = f"{PROJECT}-{name}"
        root = self.directory / name
        root.mkdir()
        text = "".join(
            f"  {service}:\n    image: {self.image}\n{body}"
            for service, body in services.items()
        )
        (root / "docker-compose.local.yml").write_text(
            f"name: {project}\nservices:\n{text}"
        )
        self._end.callback(remove_project, project)
        remove_project(project)
        self.compose(root, "up", "-d", "--quiet-pull")
        return root

    def compose(
        self, root: Path, *args: str, file: str = "docker-compose.local.yml"
    ) -> Lap:
        """Run ``docker compose`` in a directory."""
        return self.lap("docker", "compose", "-f", file, *args, cwd=root)

    def sleepers(self, count: int) -> Path:
        """Return the directory of a project of services that only sleep."""
        self.say(f"starting {count} services")
        body = (
            "    entrypoint: [sleep, infinity]\n"
            "    network_mode: none\n"
            "    stop_signal: SIGKILL\n"
        )
        names = [f"service-{number:02}" for number in range(count)]
        return self.project(f"{count}-services", dict.fromkeys(names, body))

    def log_file(self, megabytes: int) -> Path:
        """Return a file of log lines."""
        path = self.directory / f"{megabytes}.log"
        if not path.exists():
            logs.write(path, megabytes * MB)
        return path

    def logger(self, megabytes: int) -> Path:
        """Return the directory of a project whose one service logged so much."""
        self.say(f"letting a container log {megabytes} MB")
        file = self.log_file(megabytes)
        body = (
            "    entrypoint: [cat, /lines.log]\n"
            "    network_mode: none\n"
            f"    volumes: ['{file}:/lines.log:ro']\n"
        )
        root = self.project(f"log-{megabytes}", {"backend": body})
        self.compose(root, "wait", "backend")
        file.unlink()
        return root

    # -- running ------------------------------------------------------------

    def lap(
        self, *argv: str, cwd: Path, stdin: str = "", codes: tuple[int, ...] = (0,)
    ) -> Lap:
        """Run a command; see `stopwatch.lap`."""
        return lap(argv, cwd=cwd, env=self.environ, stdin=stdin, codes=codes)

    def shell(self, line: str, cwd: Path, stdin: str = "") -> Lap:
        """Run a line as a user types it; in a pipe every part must succeed."""
        bash = ("bash", "-o", "pipefail", "-c", line)
        return self.lap(*bash, cwd=cwd, stdin=stdin)

    def inv(
        self, *args: str, root: Path | None = None, codes: tuple[int, ...] = (0,)
    ) -> Lap:
        """Run ``./inv`` on the reference stack, or on the stack in ``root``."""
        here = self.stack.root
        env = {**self.environ, **({"UNSTUCK_ROOT": str(root)} if root else {})}
        return lap(("./inv", *args), cwd=here, env=env, codes=codes)


@contextmanager
def opened(runs: int, say: Say) -> Iterator[Workshop]:
    """Open a workshop; clear everything away at the end, however it ends.

    Raises:
        BlockingIOError: another run has it.
    """
    lock = Path(tempfile.gettempdir()) / f"{PROJECT}.lock"
    with lock.open("w") as held, ExitStack() as end:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        directory = Path(tempfile.mkdtemp(prefix=f"{PROJECT}-"))
        end.callback(shutil.rmtree, directory, ignore_errors=True)
        yield Workshop(runs, say, directory, end)
        say("clearing away")


def commit() -> str:
    """Return the commit of the checkout, marked if it is not clean."""
    from tests.harness.commands import call

    argv = ("git", "describe", "--always", "--dirty")
    return call(*argv, cwd=CHECKOUT, env=outside()).out.strip()
