"""A stack small enough to be destroyed and rebuilt in each test: seconds, not a minute.

Its files are in ``tests/fixtures/mini``; each `Mini` is a copy under a project of
its own, driven by this checkout's ``./inv``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from tests.harness.commands import CHECKOUT, NotUp, Result, call, outside
from tests.harness.containers import remove_project

FIXTURE = CHECKOUT / "tests/fixtures/mini"
BASE = "unstuck-e2e/mini-base"
#: What the base image has: exact, so that the cache knows it.
PACKAGES = (
    "alembic==1.13.3",
    "sqlalchemy==2.0.36",
    "psycopg2-binary==2.9.10",
    "Mako==1.3.5",
    "MarkupSafe==3.0.2",
    "typing_extensions==4.12.2",
)
PEOPLE = 25


def base_images() -> dict[str, str]:
    """Return the base images of this machine, as ``./inv test`` chose them."""
    chosen = dotenv_values(CHECKOUT / ".env")
    return {
        "POSTGRES_IMAGE": chosen.get("POSTGRES_IMAGE") or "postgres:15",
        "PYTHON_IMAGE": chosen.get("PYTHON_IMAGE") or "python:3.11-slim",
    }


def build_base() -> None:
    """Build the image that every mini backend starts from; cached after that."""
    lines = [
        f"FROM {base_images()['PYTHON_IMAGE']}",
        f"RUN pip install --no-cache-dir --quiet {' '.join(PACKAGES)}",
        "",
    ]
    argv = ("docker", "build", "--quiet", "--tag", BASE, "-")
    done = call(*argv, cwd=CHECKOUT, env=outside(), stdin="\n".join(lines))
    if done.code:
        raise NotUp(done.err)


@dataclass
class Mini:
    """One such stack.

    Attributes:
        root: its directory.
        project: its Compose project's name.
        environ: what its commands run with.
        env_text: its ``.env`` as it was made.
        image: the id of the backend's image as it was made.
        ruined: its database will never come up; Compose would wait a minute.
    """

    root: Path
    project: str
    environ: dict[str, str] = field(default_factory=outside)
    env_text: str = ""
    image: str = ""
    ruined: bool = False

    def inv(
        self,
        *args: str,
        timeout: float = 240,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run this checkout's ``./inv`` on the stack."""
        argv = (str(CHECKOUT / "inv"), *args)
        environ = {**self.environ, **(env or {})}
        return call(*argv, cwd=CHECKOUT, env=environ, timeout=timeout, stdin=stdin)

    def json(
        self, *args: str, code: int | None = 0, env: Mapping[str, str] | None = None
    ) -> Any:
        """Run it with ``--json`` and return the document."""
        done = self.inv(*args, "--json", env=env)
        said = f"{done.out[-6000:]}\n{done.err[-4000:]}"
        assert code is None or done.code == code, said
        assert "Traceback" not in done.err, said
        return json.loads(done.out)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start ``./inv`` and return at once."""
        return subprocess.Popen(
            (str(CHECKOUT / "inv"), *args),
            cwd=CHECKOUT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *argv: str, timeout: float = 120, stdin: str | None = None) -> Result:
        """Run any command in its directory."""
        environ = {
            k: v for k, v in self.environ.items() if not k.startswith("UNSTUCK_")
        }
        return call(*argv, cwd=self.root, env=environ, timeout=timeout, stdin=stdin)

    def must(self, *args: str) -> str:
        """Run ``docker compose``, which must succeed; return what it printed."""
        done = self.run("docker", "compose", *args)
        if done.code:
            said = f"{done.out[-1000:]}{done.err[-2000:]}"
            raise NotUp(f"docker compose {' '.join(args)}: {done.code}: {said}")
        return done.out

    def psql(self, statement: str, database: str = "mini") -> str:
        """Run SQL; return the rows, columns parted by ``|``."""
        options = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        login = ("-U", "mini", "-d", database, "-c", statement)
        return self.must("exec", "-T", "db", *options, *login).strip()

    def rows(self) -> str:
        """Return every row of the table, to compare."""
        return self.psql("select id, name, email from people order by id")

    def container(self, service: str) -> str:
        """Return the id of a service's container, running or not."""
        return self.must("ps", "--all", "--quiet", service).strip()

    def up(self) -> None:
        """Bring it up from nothing: migrated and seeded."""
        self.must("up", "--detach", "--build", "--wait")
        self.must("exec", "-T", "backend", "alembic", "upgrade", "head")
        self.must("exec", "-T", "backend", "python", "-m", "scripts.seed")
        self.must("exec", "-T", "backend", "sh", "-c", "echo kept > /uploads/file")
        self.image, self.ruined = self._image(), False

    def reset(self) -> None:
        """Bring it back to healthy, migrated and seeded, its files as they were."""
        build = ["--build"] if self._edited() else []
        for name in ("backups", ".unstuck"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        shutil.copytree(FIXTURE, self.root, dirs_exist_ok=True)
        (self.root / ".env").write_text(self.env_text)
        for path in self.root.rglob("versions/*.py"):
            if not (FIXTURE / path.relative_to(self.root)).exists():
                path.unlink()
        self.run("docker", "compose", "unpause")
        if not self.ruined:
            up = ("up", "--detach", *build, "--wait", "--wait-timeout", "60")
            done = self.run("docker", "compose", *up, "--remove-orphans")
            if done.code == 0 and self._seeded():
                self.image = self._image()
                return
        self.must("down", "--volumes", "--remove-orphans")
        self.up()

    def _edited(self) -> bool:
        """Whether the backend's image may be of other files than the fixture's."""
        files = [path for path in FIXTURE.rglob("*") if path.is_file()]
        copies = [self.root / path.relative_to(FIXTURE) for path in files]
        same = all(
            copy.exists() and copy.read_bytes() == path.read_bytes()
            for path, copy in zip(files, copies, strict=True)
        )
        found = {path.name for path in self.root.rglob("versions/*.py")}
        added = found.difference(path.name for path in files)
        return not same or bool(added) or self._image() != self.image

    def _image(self) -> str:
        argv = ("image", "inspect", "--format", "{{.Id}}", f"{self.project}-backend")
        return self.run("docker", *argv).out.strip()

    def _seeded(self) -> bool:
        try:
            found = self.psql(
                "select version_num, (select count(*) from people) from alembic_version"
            )
        except NotUp:
            return False
        return found == f"0002|{PEOPLE}"

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in a file of the copy; it must be there."""
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{path} does not contain {old!r}"
        file.write_text(text.replace(old, new))

    def set_env(self, **values: str) -> None:
        """Set keys of its ``.env``."""
        path = self.root / ".env"
        lines = [
            line
            for line in path.read_text().splitlines()
            if line.partition("=")[0] not in values
        ]
        lines += [f"{key}={value}" for key, value in values.items()]
        path.write_text("".join(f"{line}\n" for line in lines))

    def journals(self) -> list[Path]:
        """Return its journals, the newest first."""
        return sorted((self.root / ".unstuck/journal").glob("*.jsonl"), reverse=True)

    def backups(self) -> list[Path]:
        """Return its dumps, the newest first."""
        return sorted((self.root / "backups").glob("*.dump"), reverse=True)

    def kill_when(self, process: subprocess.Popen[str], event: str, n: int) -> None:
        """Send SIGKILL to a running ``./inv`` when its journal says so."""
        self.wait_for(process, event, n)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()

    def wait_for(self, process: subprocess.Popen[str], event: str, n: int) -> None:
        """Wait until the journal of a running ``./inv`` says so.

        Args:
            process: as `start` returned it.
            event: ``step`` for within, ``done`` for after.
            n: the step's number.
        """
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if _happened(self.journals(), event, n):
                return
            if process.poll() is not None:
                out, err = process.communicate()
                raise AssertionError(f"it ended before {event} {n}:\n{out}\n{err}")
            time.sleep(0.005)
        raise AssertionError(f"no {event} {n} in time")


def _happened(journals: list[Path], event: str, n: int) -> bool:
    """Whether the newest attempt of the newest journal has come so far."""
    if not journals:
        return False
    found = False
    for line in journals[0].read_text().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            break
        if record.get("event") in ("begin", "resume"):
            found = False
        number = record.get("n") or (record.get("step") or {}).get("n")
        found = found or (record.get("event"), number) == (event, n)
    return found


@contextmanager
def running(directory: Path, project: str, port: int) -> Iterator[Mini]:
    """Run a mini stack for as long as the context lasts.

    Args:
        directory: an empty directory.
        project: the Compose project's name; what it had left is removed first.
        port: where its backend is published.
    """
    build_base()
    root = directory / "stack"
    shutil.copytree(FIXTURE, root)
    mini = Mini(root, project)
    mini.environ |= {
        "UNSTUCK_ROOT": str(root),
        "XDG_STATE_HOME": str(directory / "state"),
    }
    values = {
        "COMPOSE_PROJECT_NAME": project,
        "BACKEND_PORT": str(port),
        "DB_USER": "mini",
        "DB_NAME": "mini",
        "DB_PASSWORD": "mini-database-password",
        "POSTGRES_IMAGE": base_images()["POSTGRES_IMAGE"],
        "MINI_BASE": BASE,
        "UNSTUCK_PINS": "MarkupSafe==3.0.2",
        "UNSTUCK_TABLES": "people",
        "UNSTUCK_SEED": "python -m scripts.seed",
        "UNSTUCK_HEALTH_PATHS": "/health",
        "UNSTUCK_VERIFY_SECONDS": "45",
    }
    mini.env_text = "".join(f"{k}={v}\n" for k, v in values.items())
    (root / ".env").write_text(mini.env_text)
    (root / ".env").chmod(0o600)
    remove_project(project)
    try:
        mini.up()
        yield mini
    finally:
        remove_project(project)
