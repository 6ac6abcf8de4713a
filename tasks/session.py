"""One look from start to end: settings, Snapshot, Findings, Diagnoses, Report.

Every command that reports on the stack goes through `observe` and `judge`, so
that live, in a fix's verification and from a bundle the same is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from .adapters.look import Look
    from .core.config import Settings
    from .core.model import Report
    from .core.redact import Redactor
    from .core.snapshot import Container, Model, Snapshot

#: Parts of the Snapshot that come from files alone: no engine is missed for them.
FILE_PARTS = frozenset({"model", "env", "requirements", "migrations", "api_source"})


class Seen(NamedTuple):
    """A redacted Snapshot and the Redactor that made it so."""

    snapshot: Snapshot
    redactor: Redactor


def observe(settings: Settings, probes: Iterable[str] | None = None) -> Seen:
    """Look at the stack, once, and return what was seen without its secrets.

    Args:
        settings: the settings of this run.
        probes: the parts to look at; all of them if None.

    Raises:
        WrongUsage: the settings name a service or a file that there isn't.
    """
    from .adapters import look
    from .adapters.probes import PROBES

    _missing_signatures(settings)
    parts = look.PARTS if probes is None else tuple(probes)
    learner = _Learner(settings)
    snapshot, looked = look.collect(settings, PROBES, parts, learner.prepare)
    from .adapters.probes.engine import confirm

    snapshot = confirm(snapshot, looked)
    redactor = learner.redactor(snapshot.model, snapshot.containers)
    return Seen(redact(snapshot, redactor), redactor)


#: What triage waits for, and what runs beside it: see `glimpse`.
FIRST = (
    *("engine", "model", "containers", "logs", "ports"),
    *("env", "requirements", "migrations"),
)
BESIDE = (
    *("api_source", "dockerfiles", "images", "host_files", "inside"),
    *("database", "redis", "http", "served", "login"),
)
GRACE_SECONDS = 0.15


def glimpse(settings: Settings) -> Iterator[Seen]:
    """Look quickly: yield what is seen at once, then what takes longer.

    While no container is unwell and something has not answered, that may still
    tell of a cause: nothing is yielded before it has.

    Raises:
        WrongUsage: the settings name a service that the stack does not have.
    """
    from .adapters import look
    from .adapters.probes import PROBES

    _missing_signatures(settings)
    learner = _Learner(settings)
    for snapshot in look.glance(
        settings, PROBES, FIRST, BESIDE, GRACE_SECONDS, learner.prepare
    ):
        from .core.diagnosis.triage import states_of, unanswered

        if not states_of(snapshot) and unanswered(snapshot):
            continue
        redactor = learner.redactor(snapshot.model, snapshot.containers)
        yield Seen(redact(snapshot, redactor), redactor)


class _Learner:
    """Does what the end needs while the probes still wait for others."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._from: tuple[object, object] = (None, None)
        self._learned: Redactor | None = None

    def prepare(self, look: Look) -> None:
        """Import what judges and prints; learn the secrets as soon as they are seen."""
        from . import checks as _  # noqa: F401
        from .adapters import render, secrets  # noqa: F401
        from .core.diagnosis import causes, diagnose  # noqa: F401

        if look.begun("containers"):
            look.maybe("containers")
        self.redactor(look.value("model"), look.value("containers"))

    def redactor(
        self, model: Model | None, containers: tuple[Container, ...] | None
    ) -> Redactor:
        """Return what knows the secrets of the settings and of these."""
        from .adapters.secrets import redactor_for

        same = self._from[0] is model and self._from[1] is containers
        if self._learned is None or not same:
            self._learned = redactor_for(self._settings, model, containers)
            self._from = (model, containers)
        return self._learned


def _missing_signatures(settings: Settings) -> None:
    """Refuse a file of failures that isn't there: it would never match.

    Raises:
        WrongUsage: the settings name one.
    """
    from .core.errors import WrongUsage

    for name in settings.signatures:
        if not (settings.root / name).is_file():
            raise WrongUsage(f"UNSTUCK_SIGNATURES: there is no file {name}")


def redact(snapshot: Snapshot, redactor: Redactor) -> Snapshot:
    """Return the snapshot with every secret replaced by its token."""
    import msgspec

    tree = redactor.tree(msgspec.to_builtins(snapshot))
    redacted: Snapshot = msgspec.convert(tree, type(snapshot))
    return redacted


def replay(path: Path) -> Snapshot:
    """Return the Snapshot that a bundle, or a file of its own, holds.

    Raises:
        WrongUsage: there is none in it.
    """
    from .adapters.bundle.archive import read_snapshot

    return read_snapshot(path)


def judge(
    snapshot: Snapshot, *, checks: Iterable[str] | None = None, strict: bool = False
) -> Report:
    """Let the checks and the diagnosis look at a Snapshot.

    Args:
        snapshot: what was seen.
        checks: ids of the checks to run; all of them if None.
        strict: whether warnings count as failures.

    Returns:
        The report; its exit code is 3 where the engine could not be used.
    """
    from msgspec.structs import replace

    from . import checks as _  # noqa: F401 - declares them
    from .adapters import store
    from .core.diagnosis import diagnose
    from .core.errors import EngineUnavailable
    from .core.model import Report, StackId, exit_code
    from .core.verdict import CHECKS, run

    known = diagnose.catalogue(snapshot.settings.signatures, store.shared())
    names = list(CHECKS) if checks is None else list(checks)
    findings = tuple(run(CHECKS[name], snapshot) for name in names)
    engine, model = snapshot.engine, snapshot.model
    needs_engine = any(not FILE_PARTS.issuperset(CHECKS[n].probes) for n in names)
    # What is read from files is not the worse for an engine that is down.
    told = snapshot if needs_engine else replace(snapshot, engine=None)
    usable = engine is None or (engine.reachable and engine.compose)
    return Report(
        stack=StackId(
            project=model.project if model else "",
            files=model.files if model else (),
            context=engine.context if engine else "",
            engine=engine.version if engine else "",
            compose=engine.compose if engine else "",
        ),
        checks=findings,
        diagnoses=diagnose.diagnose(told, findings, known),
        seconds=snapshot.seconds,
        exit_code=exit_code(findings, strict=strict)
        if usable or not needs_engine
        else EngineUnavailable.code,
    )
