"""The reference stack in a private copy of the checkout, under its own name.

Tests may break it and edit its files as they like: `ReferenceStack.reset`
brings it back in seconds, and nothing of the working tree is touched.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from .commands import NotUp, Result, call, copy_checkout, outside
from .containers import (
    Container,
    a_process_is_stopped,
    changed,
    containers,
    remove_project,
)

LOG = logging.getLogger(__name__)


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
        self._changes = {c.service: changed(c) for c in containers(self.project)}
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

    def _wake(self) -> None:
        """Remove one-off containers; let what is paused or stopped go on."""
        stopped = a_process_is_stopped()

        def wake(container: Container) -> None:
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
            list(pool.map(wake, containers(self.project)))

    def _drifted(self) -> set[str]:
        """Return the services that are missing, unwell or changed inside."""
        seen = {c.service: c for c in containers(self.project) if c.one_off != "True"}
        return {
            service
            for service, changes in self._changes.items()
            if service not in seen
            or (seen[service].state, seen[service].health) != ("running", "healthy")
            or changed(seen[service]) != changes
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
