"""The reference stack in a private copy of the checkout, under its own name.

Tests may break it and edit its files as they like: `ReferenceStack.reset`
brings it back in seconds, and nothing of the working tree is touched.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dotenv import dotenv_values

LOG = logging.getLogger(__name__)
CHECKOUT = Path(__file__).parents[2]
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ONE_OFF_LABEL = "com.docker.compose.oneoff"
#: What a container changes by itself, which is no drift.
OWN_CHANGES = ("/tmp", "/run", "/var/run", "/root", "/var/log")
#: See `_Container`.
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


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str
    seconds: float


class NotUp(Exception):  # noqa: N818 - what it means, not that it is one
    """The stack did not come up; the message is what the command said."""


def call(
    *argv: str,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float = 300,
    stdin: str | None = None,
) -> Result:
    """Run a command to its end; exit status 124 means its time was up."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=dict(env),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode(errors="replace")
        return Result(124, said, "timed out", timeout)
    seconds = time.monotonic() - began
    return Result(done.returncode, done.stdout, done.stderr, seconds)


def outside() -> dict[str, str]:
    """Return this process's environment without what would steer a stack.

    The environment wins over ``.env``, so a COMPOSE_PROJECT_NAME or a port that
    a developer exports would turn the tests on that developer's own stack.
    """
    keys = set(dotenv_values(CHECKOUT / ".env.example"))
    return {
        key: value
        for key, value in os.environ.items()
        if key not in keys
        and not key.startswith(("COMPOSE_", "UNSTUCK_", "PYTEST_"))
        and key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }


@dataclass
class ReferenceStack:
    """One running stack.

    Attributes:
        root: the private copy of the checkout.
        project: its Compose project's name.
        environ: what its commands run with.
        first: what the ``./inv demo`` that made it said.
    """

    root: Path
    project: str
    environ: dict[str, str] = field(default_factory=outside)
    first: Result | None = None
    _images: dict[str, str] = field(default_factory=dict)
    _changes: dict[str, set[str]] = field(default_factory=dict)
    _env_file: bytes = b""

    # -- what tests use -----------------------------------------------------

    @property
    def env(self) -> dict[str, str]:
        """The keys and values of its ``.env``."""
        values = dotenv_values(self.root / ".env")
        return {key: value or "" for key, value in values.items()}

    @property
    def backend(self) -> str:
        """The backend's URL."""
        return f"http://localhost:{self.env['BACKEND_PORT']}"

    @property
    def frontend(self) -> str:
        """The frontend's URL."""
        return f"http://localhost:{self.env['FRONTEND_PORT']}"

    def run(
        self,
        *argv: str,
        timeout: float = 300,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run any command in the copy."""
        environ = {**self.environ, **(env or {})}
        return call(*argv, cwd=self.root, env=environ, timeout=timeout, stdin=stdin)

    def compose(self, *args: str, timeout: float = 300) -> Result:
        """Run ``docker compose`` on the stack."""
        file = "docker-compose.local.yml"
        return self.run("docker", "compose", "-f", file, *args, timeout=timeout)

    def inv(
        self,
        *args: str,
        timeout: float = 300,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run the copy's ``./inv``, which is this checkout's code."""
        return self.run("./inv", *args, timeout=timeout, stdin=stdin, env=env)

    def must(self, *args: str, timeout: float = 300) -> str:
        """Run ``docker compose``, which must succeed; return what it printed."""
        done = self.compose(*args, timeout=timeout)
        if done.code:
            raise NotUp(f"docker compose {' '.join(args)}: {done.err[-2000:]}")
        return done.out

    def container(self, service: str) -> str:
        """Return the id of a service's container, running or not."""
        return self.must("ps", "--all", "--quiet", service).strip()

    def psql(self, statement: str, database: str = "") -> str:
        """Run SQL as the superuser; return the rows, columns parted by ``|``."""
        user, name = self.env["DB_USER"], database or self.env["DB_NAME"]
        options = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        login = ("psql", *options, "-U", user, "-d", name, "-c", statement)
        return self.must("exec", "-T", "db", *login).strip()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in a file of the copy; it must be there."""
        file = self.root / path
        text = file.read_text()
        if old not in text:
            raise AssertionError(f"{path} does not contain {old!r}")
        file.write_text(text.replace(old, new))

    def reset(self, *recreate: str) -> None:
        """Bring the stack back to healthy, migrated and seeded.

        Restores the copy's files, the images, the database and every service
        that is paused, stopped, unhealthy or was changed inside. A stopped
        process goes on; a changed environment or image recreates.

        Args:
            recreate: services to make anew in any case.
        """
        self._restore_files()
        self._wake()
        drifted = {*recreate, *self._drifted()}
        self._restore_images()
        stores = {"db", "redis"}
        try:
            # What is thrown away need not end in its own time.
            up = ("up", "-d", "--timeout", "1")
            if drifted & stores:
                self.must(*up, "--wait", "--force-recreate", *stores)
            self._restore_database()
            rest = drifted - stores
            if rest:
                self.must(*up, "--no-deps", "--force-recreate", *sorted(rest))
            self.must(*up, "--wait", "--remove-orphans")
        except NotUp as why:
            # Worse than that: from its beginning, which the build cache shortens.
            LOG.warning("%s is started anew: %s", self.project, why)
            self.must("down", "--volumes", "--remove-orphans")
            self.start()

    # -- how it lives ---------------------------------------------------------

    def start(self) -> None:
        """Bring it up as a newcomer does, and remember how it was.

        Raises:
            NotUp: ``./inv demo`` did not bring every service up healthy.
        """
        done = self.inv("demo", timeout=1500)
        self.first = self.first or done
        running = self.compose("up", "--detach", "--wait")
        if running.code:
            raise NotUp(f"./inv demo: {done.out[-2000:]}{done.err[-2000:]}")
        self._env_file = (self.root / ".env").read_bytes()
        self._remember_images()
        self._changes = {c.service: self._changed(c) for c in self._containers()}
        self._make_template()

    def stop(self) -> None:
        """Remove everything of it: containers, networks, volumes, images."""
        remove_project(self.project)

    def _restore_files(self) -> None:
        for args in (("checkout", "--force", "."), ("clean", "-fdq")):
            done = self.run("git", *args)
            if done.code:
                raise NotUp(f"git {args[0]}: {done.err}")
        (self.root / ".env").write_bytes(self._env_file)

    def _containers(self) -> list[_Container]:
        """Look at every container of it, running or not."""
        label = f"label={PROJECT_LABEL}={self.project}"
        listed = self.run("docker", "ps", "--all", "--quiet", "--filter", label)
        ids = listed.out.split()
        if not ids:
            return []
        found = self.run("docker", "inspect", "--format", COLUMNS, *ids)
        return [_Container(*line.split("|")) for line in found.out.splitlines()]

    def _wake(self) -> None:
        """Remove one-off containers; let what is paused or stopped go on."""
        stopped = _a_process_is_stopped()

        def wake(container: _Container) -> None:
            id_, state = container.id, container.state
            if container.one_off == "True":
                self.run("docker", "rm", "--force", id_)
            elif state == "paused":
                self.run("docker", "unpause", id_)
            if stopped and state in ("paused", "running"):
                # Processes that were sent SIGSTOP; PID 1 is not among them.
                signal = ("sh", "-c", "kill -CONT -1")
                self.run("docker", "exec", "--user", "0", id_, *signal, timeout=10)
                self.run("docker", "kill", "--signal", "CONT", id_)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(wake, self._containers()))

    def _changed(self, container: _Container) -> set[str]:
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
            lines = self.run("docker", "diff", container.id).out.splitlines()
            paths = {line[2:] for line in lines}
        return {
            path
            for path in paths
            if not path.startswith(OWN_CHANGES) and "__pycache__" not in path
        }

    def _drifted(self) -> set[str]:
        """Return the services that are missing, unwell or changed inside."""
        seen = {c.service: c for c in self._containers() if c.one_off != "True"}
        return {
            service
            for service, changes in self._changes.items()
            if service not in seen
            or (seen[service].state, seen[service].health) != ("running", "healthy")
            or self._changed(seen[service]) != changes
        }

    def _remember_images(self) -> None:
        for name in self.must("config", "--images").splitlines():
            found = self.run("docker", "image", "inspect", "--format", "{{.Id}}", name)
            self._images[name] = found.out.strip()

    def _restore_images(self) -> None:
        """Give each image its name back; one that is gone is built by ``up``."""
        for name, id_ in self._images.items():
            self.run("docker", "image", "tag", id_, name)

    # -- the database ---------------------------------------------------------

    @property
    def _template(self) -> str:
        return f"{self.env['DB_NAME']}_template"

    def _make_template(self) -> None:
        name, template = self.env["DB_NAME"], self._template
        self.psql(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", "postgres")
        self._copy_database(name, template)

    def _copy_database(self, source: str, target: str) -> None:
        """Copy a database; whoever is connected to the source is thrown out."""
        for _ in range(20):
            others = f"FROM pg_stat_activity WHERE datname = '{source}'"
            self.psql(f"SELECT pg_terminate_backend(pid) {others}", "postgres")
            try:
                self.psql(f"CREATE DATABASE {target} TEMPLATE {source}", "postgres")
            except NotUp as error:
                if "being accessed by other users" not in str(error):
                    raise
            else:
                return
        raise NotUp(f"{source} is never left alone long enough to copy it")

    def _restore_database(self) -> None:
        env, name = self.env, self.env["DB_NAME"]
        # Without the template, the volume is another one: this fails.
        self._as_superuser(
            f"ALTER ROLE {env['DB_USER']} PASSWORD '{env['DB_PASSWORD']}'",
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {self._template}",
        )

    def _as_superuser(self, *statements: str) -> None:
        """Run SQL, one statement after the other, in one process."""
        options = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres")
        each = [part for one in statements for part in ("-c", one)]
        user = ("-U", self.env["DB_USER"])
        self.must("exec", "-T", "db", "psql", *options, *user, *each)


class _Container(NamedTuple):
    """What `COLUMNS` tell of a container; ``upper``: its own layer, on this machine."""

    id: str
    state: str
    health: str
    service: str
    one_off: str
    upper: str


def _a_process_is_stopped() -> bool:
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


def copy_checkout(target: Path) -> None:
    """Copy the checkout's files, uncommitted ones included, as a git repository.

    Its ``.venv`` is this one's, so ``./inv`` there sets nothing up.
    """
    listed = call(
        *("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=CHECKOUT,
        env=os.environ,
    )
    for name in filter(None, listed.out.split("\0")):
        source, copy = CHECKOUT / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    (target / ".venv").symlink_to(CHECKOUT / ".venv")
    exclude = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    (target / ".git").mkdir()
    for args in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*exclude, "commit", "--quiet", "--no-verify", "--message", "copy"),
    ):
        done = call("git", *args, cwd=target, env=os.environ)
        if done.code:
            raise NotUp(f"git {args[0]}: {done.err}")
    with (target / ".git/info/exclude").open("a") as file:
        file.write(".venv\n")


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


@contextmanager
def running(
    directory: Path, project: str, ports: Mapping[str, int]
) -> Iterator[ReferenceStack]:
    """Run a stack of its own for as long as the context lasts.

    Args:
        directory: an empty directory for the copy of the checkout.
        project: the Compose project's name; what it had left is removed first.
        ports: the port keys of ``.env`` and their values.
    """
    copy_checkout(directory)
    lines = [f"COMPOSE_PROJECT_NAME={project}"]
    lines += [f"{key}={port}" for key, port in ports.items()]
    (directory / ".env").write_text("".join(f"{line}\n" for line in lines))
    stack = ReferenceStack(directory, project)
    remove_project(project)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
