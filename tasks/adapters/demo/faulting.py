"""Puts a fault into the running reference stack, step by step."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import singledispatchmethod

from ...core import faults, snapshot
from ...core.config import Settings
from ...core.errors import Stop
from ...core.states import looping
from .. import envfile, http, look, runner, settings
from ..compose import Compose
from ..probes import PROBES
from . import saved

Say = Callable[[str], None]

STEP_SECONDS = 600.0
#: How long a fault may take to show.
SHOWS_SECONDS = 90.0
HOLDER = ("demo", "faults", "hold_port.py")


def put(fault: faults.Fault, loaded: Settings, say: Say) -> None:
    """Put a fault in and wait until it shows.

    Raises:
        Stop: a step failed, or the fault does not show.
    """
    breaker = Breaker(loaded)
    record = breaker.saved.record
    if fault.changes_data and not record.dumped:
        say("keep the database's content")
        breaker.dump()
    breaker.keep_images()
    record.faults.append(fault.name)
    breaker.saved.write()
    for step in fault.step:
        say(describe(step))
        breaker.do(step)
    for until in fault.until:
        say(f"wait until {until.service} {until.state or f'says {until.says!r}'}")
        breaker.wait(until)


def describe(step: faults.Step) -> str:
    """Return what a step does, in a few words."""
    match step:
        case faults.Edit() | faults.Write():
            return f"edit {step.file}"
        case faults.SetEnv():
            return f"{'set' if step.value is not None else 'remove'} {step.key} in .env"
        case faults.Image():
            return f"change the image of {step.service}"
        case faults.Compose():
            return f"docker compose {' '.join(step.args)}"
        case faults.Exec():
            return f"run {step.argv[0]} in {step.service}"
        case faults.Sql():
            return f"tell the database: {step.statements[0][:60]}"
        case faults.HoldPort():
            return f"let another process listen on {step.key}"
        case faults.Request():
            return f"ask the backend for {step.path}"


class Breaker:
    """Does the steps of faults in one checkout."""

    def __init__(self, loaded: Settings) -> None:
        self.settings = loaded
        self.compose = Compose(loaded)
        self.root = loaded.root
        self.saved = saved.Saved(loaded.root, loaded.state / "faults")

    @singledispatchmethod
    def do(self, step: faults.Step) -> None:
        """Do one step.

        Raises:
            Stop: it can't be done.
        """
        raise TypeError(type(step))

    @do.register
    def _edit(self, step: faults.Edit) -> None:
        path = self.saved.keep(step.file)
        text = path.read_text("utf-8")
        if step.find not in text:
            raise Stop(f"{step.file} does not hold {step.find!r}")
        path.write_text(text.replace(step.find, step.replace), "utf-8")

    @do.register
    def _write(self, step: faults.Write) -> None:
        path = self.saved.keep(step.file)
        # In bytes: a fault about line ends means them as they are written.
        path.write_bytes(step.text.encode())
        path.chmod(int(step.mode, 8))

    @do.register
    def _env(self, step: faults.SetEnv) -> None:
        path = self.saved.keep(".env")
        if step.value is None:
            lines = path.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith(f"{step.key}=")]
            envfile.write(path, "".join(kept))
        else:
            envfile.assign(path, {step.key: step.value})

    @do.register
    def _image(self, step: faults.Image) -> None:
        service = self._service(step.service)
        recipe = "\n".join([f"FROM {service.image}", *step.lines, ""])
        context = service.context or str(self.root)
        argv = ("docker", "build", "--quiet", "--tag", service.image, "-f", "-")
        self._must((*argv, context), stdin=recipe.encode())

    @do.register
    def _compose(self, step: faults.Compose) -> None:
        done = self.compose.run(*step.args, timeout=STEP_SECONDS)
        if not done.ok and not step.may_fail:
            raise Stop(f"docker compose {step.args[0]} failed: {done.last_error}")

    @do.register
    def _exec(self, step: faults.Exec) -> None:
        self._anew(step.service)
        options = ("--detach",) if step.detach else ("--no-TTY",)
        argv = self.compose.argv("exec", *options, step.service, *step.argv)
        for _ in range(step.times):
            self._must(argv)

    @do.register
    def _sql(self, step: faults.Sql) -> None:
        database = self.model().roles["db"]
        if step.detach:
            self._anew(database)
        options = ("--detach",) if step.detach else ("--no-TTY",)
        told = [part for text in step.statements for part in ("-c", text)]
        script = 'exec psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" "$@"'
        argv = ("exec", *options, database, "sh", "-c", script, "psql", "-d")
        name = self._service(database).environment.get("POSTGRES_DB") or ""
        for _ in range(step.times):
            self._must(self.compose.argv(*argv, name, *told))

    @do.register
    def _port(self, step: faults.HoldPort) -> None:
        port = settings.load(self.root).environ[step.key]
        pid = self.saved.directory / f"holder-{port}.pid"
        self.saved.record.pids.append(str(pid))
        self.saved.write()
        argv = (sys.executable, str(settings.data_file(*HOLDER)), port, str(pid))
        runner.detach(argv, self.saved.directory / "holder.log")
        deadline = time.monotonic() + 10
        while not pid.exists():
            if time.monotonic() > deadline:
                raise Stop(f"nothing could be made to listen on {port}")
            time.sleep(0.05)

    @do.register
    def _request(self, step: faults.Request) -> None:
        loaded = settings.load(self.root)
        base = self._address("backend")
        fields = dict(
            zip(
                loaded.login_fields,
                (loaded.login_user, loaded.login_password),
                strict=True,
            )
        )
        deadline = time.monotonic() + SHOWS_SECONDS
        while time.monotonic() < deadline:
            answer = http.fetch(
                "login",
                base + loaded.login_path,
                method="POST",
                headers={"Content-Type": "application/json"},
                body=json.dumps(fields).encode(),
            )
            if not answer.error:
                break  # it was still starting
            time.sleep(0.5)
        cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        http.fetch("page", base + step.path, headers={"Cookie": cookie})

    def keep_images(self) -> None:
        """Keep what is built here: a fix may build it anew from broken files."""
        kept = self.saved.record.images
        for service in self.model().services.values():
            if service.context and service.image not in kept:
                name = saved.keeper(service.image)
                kept[service.image] = name
                self.saved.write()
                self._must(("docker", "tag", service.image, name))

    def dump(self) -> None:
        """Keep the database's content."""
        database = self.model().roles["db"]
        script = 'exec pg_dump -Fc -U "$POSTGRES_USER" -d "$POSTGRES_DB"'
        argv = self.compose.argv("exec", "--no-TTY", database, "sh", "-c", script)
        self.saved.directory.mkdir(parents=True, exist_ok=True)
        self.saved.record.dumped = True
        self.saved.write()
        self._must(("sh", "-c", 'exec "$@" > "$0"', str(self.saved.dump), *argv))

    def wait(self, until: faults.Until) -> None:
        """Wait until a service is or says what it should.

        Raises:
            Stop: it does not within `SHOWS_SECONDS`.
        """
        deadline = time.monotonic() + SHOWS_SECONDS
        parts = ("containers", "logs") if until.says else ("containers",)
        while time.monotonic() < deadline:
            seen, _ = look.collect(self.settings, PROBES, parts)
            if shows(until, seen):
                return
            time.sleep(0.3)
        what = until.state or f"says {until.says!r}"
        raise Stop(f"the fault does not show: {until.service} is not {what}")

    def model(self) -> snapshot.Model:
        """Return the Compose model as it is now."""
        return Compose(settings.load(self.root)).resolve().model

    def _anew(self, service: str) -> None:
        if service not in self.saved.record.anew:
            self.saved.record.anew.append(service)
            self.saved.write()

    def _service(self, name: str) -> snapshot.Service:
        found = self.model().services.get(name)
        if found is None:
            raise Stop(f"the stack has no service {name}")
        return found

    def _address(self, role: str) -> str:
        resolved = Compose(settings.load(self.root)).resolve()
        name = resolved.model.roles[role]
        port = next(p.port for p in resolved.ports if p.service == name)
        return f"http://{self.settings.host or 'localhost'}:{port}"

    def _must(self, argv: tuple[str, ...], stdin: bytes | None = None) -> None:
        done = runner.run(argv, timeout=STEP_SECONDS, cwd=self.root, stdin=stdin)
        if not done.ok:
            raise Stop(f"{' '.join(argv[:4])} … failed: {done.last_error}")


def shows(until: faults.Until, seen: snapshot.Snapshot) -> bool:
    """Tell whether a fault has taken hold."""
    if until.says:
        logs = [log.text for log in seen.logs or () if log.service == until.service]
        return any(until.says in text for text in logs)
    containers = seen.of(until.service)
    if until.state == "looping":
        # Three starts: a crash loop by anybody's measure.
        return any(looping(c) and c.restarts >= 2 for c in containers)
    if until.state == "unhealthy":
        return any(c.health == "unhealthy" for c in containers)
    return any(c.status == until.state for c in containers)
