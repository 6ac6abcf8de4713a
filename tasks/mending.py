"""The one way to mutate a stack: guards, plan, consent, backup, steps, proof.

Every ``fix.*`` and ``db.restore`` goes through here, and ``fix.auto`` does with
several plans in a row. Nothing here prints: a `Reporter` is told, and what came
of it is returned as an Outcome.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .adapters.doing import Doing
    from .adapters.journal import Journal
    from .adapters.lock import Lock
    from .core.config import Settings
    from .core.fixes.fix import Fix
    from .core.fixes.journal import History
    from .core.fixes.plan import Outcome, OutcomeStatus, Plan, StepResult
    from .core.model import Finding, Step
    from .core.redact import Redactor
    from .core.snapshot import Snapshot

#: Parts of the Snapshot that every plan needs: its guards and its project.
BASE = ("engine", "model", "requirements")


class Reporter(Protocol):
    """Who is told what is going on, while it does."""

    def step(self, n: int, total: int, step: Step) -> AbstractContextManager[object]:
        """Wrap the run of one step."""

    def line(self, text: str) -> None:
        """Take a line that a step printed."""

    def waiting(self, patience: float) -> AbstractContextManager[object]:
        """Wrap the verification, which ends after ``patience`` seconds."""

    def note(self, text: str) -> None:
        """Take something that a person should know."""


class Going(NamedTuple):
    """What one run is made of.

    Attributes:
        settings: the settings of this run.
        snapshot: the stack before.
        redactor: keeps secrets out of journal and outcome.
        reporter: who is told.
        lock: the project's lock, held by the caller.
        endpoint: the engine's address.
        stamp: the run's time in file names.
        overridden: guards that fail and were overridden.
    """

    settings: Settings
    snapshot: Snapshot
    redactor: Redactor
    reporter: Reporter
    lock: Lock | None
    endpoint: str
    stamp: str
    overridden: tuple[str, ...] = ()


def probes_of(fix: Fix) -> list[str]:
    """Return the parts of the Snapshot that a fix, its guards and checks read."""
    from . import checks as _  # noqa: F401 - declares them
    from .core.verdict import CHECKS

    ids = (*fix.verify, *fix.own)
    read = (probe for id in ids for probe in CHECKS[id].probes)
    return [*dict.fromkeys([*BASE, "containers", *fix.probes, *read])]


def plan_for(
    fix_id: str,
    snapshot: Snapshot,
    settings: Settings,
    *,
    options: Mapping[str, str] | None = None,
    exempt: Iterable[str] = (),
    stamp: str = "",
) -> Plan:
    """Return what a fix would do to the stack; touches nothing.

    Args:
        fix_id: with or without ``fix.``.
        snapshot: one look at the stack, with at least `probes_of` the fix.
        settings: the settings of this run.
        options: how it is asked for: ``{"data": "yes"}``.
        exempt: guards not to count, beyond the fix's own.
        stamp: the run's time in file names; now if empty.

    Raises:
        WrongUsage: there is no such fix.
    """
    import sys

    from . import fixes as _  # noqa: F401 - declares them
    from .adapters.compose import Compose
    from .adapters.files import read_text
    from .core.errors import WrongUsage
    from .core.fixes.fix import FIXES, Facts, build

    fix = FIXES.get(fix_id.removeprefix("fix."))
    if fix is None:
        raise WrongUsage(f"there is no fix called {fix_id}", "inv --list fix")
    facts = Facts(
        snapshot=snapshot,
        settings=settings,
        compose=tuple(Compose(settings).argv()),
        read=lambda path: read_text(settings.root / path),
        stakes=_stakes(settings) if fix.stakes else None,
        options=dict(options or {}),
        platform=sys.platform,
        stamp=stamp or now_stamp(),
    )
    return build(fix, facts, exempt=exempt)


def _stakes(settings: Settings):  # type: ignore[no-untyped-def]  # noqa: ANN202 - imported late
    from .adapters import engine, stakes
    from .adapters.compose import Compose
    from .core.errors import EngineUnavailable

    try:
        found = engine.connect()
    except EngineUnavailable:
        return None
    resolved = Compose(settings).resolve()
    external = stakes.external_volumes(resolved.document)
    return stakes.collect(found, resolved.model, external)


def now_stamp() -> str:
    """Return the present as it stands in file names: ``20260131T093000Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def apply(plan: Plan, going: Going, *, resume: History | None = None) -> Outcome:
    """Carry out a plan that was consented to, and prove that it worked.

    Args:
        plan: what to do.
        going: the run; its lock is held.
        resume: an interrupted run to go on with, whose plan this is.

    Returns:
        How it ended. It never raises for an expected failure: Ctrl-C as well
        is an outcome, for the journal has what is left to do.
    """
    from .adapters import journal

    began = time.monotonic()
    if not plan.steps:
        return _Run(plan, going, None, None).whole()
    book: Journal
    if resume:
        book = journal.reopen(going.settings.state, resume.run, going.redactor.text)
    else:
        name = plan.task.replace(".", "-")
        book = journal.begin(
            going.settings.state, name, going.stamp, going.redactor.text
        )
        book.begin(plan, going.endpoint)
    run = _Run(plan, going, book, resume)
    try:
        outcome = run.whole()
        book.end(outcome.status, outcome.summary)
    finally:
        book.close()
    return _with(outcome, seconds=round(time.monotonic() - began, 1))


class _Run:
    """One plan being carried out."""

    def __init__(
        self, plan: Plan, going: Going, book: Journal | None, resume: History | None
    ) -> None:
        from .adapters.doing import Doing

        self.plan = plan
        self.going = going
        self.book = book
        self.results: list[StepResult] = list(resume.done) if resume else []
        self.again = _again(plan, len(self.results)) if resume else ()
        self.doing: Doing = Doing(
            settings=going.settings,
            task=plan.task,
            stamp=going.stamp,
            say=self._say,
            memory=dict(resume.memory) if resume else {},
        )
        self.before = _findings(plan, going.snapshot)

    def whole(self) -> Outcome:
        """Do every step that is left, then verify."""
        from .adapters.doing import BackupFailed
        from .core.errors import Interrupted, Stop

        started = len(self.results)
        try:
            if self.plan.steps:
                self._sweep()
            for n in (*self.again, *range(started + 1, len(self.plan.steps) + 1)):
                self._step(n)
            return self._verify()
        except BackupFailed as error:
            nothing = not self._changed()
            summary = f"no backup, so nothing is destroyed: {error.message}"
            return self._ended(
                "refused" if nothing else "unverified",
                4 if nothing else 5,
                summary,
                (error.hint,),
            )
        except (KeyboardInterrupt, Interrupted):
            at = len(self.results) + 1
            return self._ended(
                "interrupted",
                130,
                f"interrupted in step {at} of {self._total}",
                ("inv fix.resume",),
            )
        except Stop as error:
            at = len(self.results) + 1
            summary = f"step {at} of {self._total} failed: {error.message}"
            return self._ended("unverified", 5, summary, (error.hint,))

    @property
    def _total(self) -> int:
        return len(self.plan.steps)

    def _sweep(self) -> None:
        from .adapters import pgserver
        from .core.errors import EngineUnavailable

        try:
            pgserver.sweep(self.doing)
        except EngineUnavailable:
            return  # then there is nothing to remove either

    def _step(self, n: int) -> None:
        from .adapters.actions import ACTIONS
        from .core.errors import Stop
        from .core.fixes.plan import StepResult

        step = self.plan.steps[n - 1]
        shown = " ".join(step.argv) or step.action
        book = self.book
        assert book is not None  # noqa: S101 - a plan with steps has a journal
        book.step(n, shown)
        if self.going.lock:
            self.going.lock.doing(shown)
        began = time.monotonic()

        def result(code: int, said: str, kept: dict[str, str]) -> StepResult:
            took = round(time.monotonic() - began, 1)
            said = self.going.redactor.text(said)
            return StepResult(
                n=n, why=step.why, code=code, seconds=took, said=said, result=kept
            )

        self.last = ""
        try:
            with self.going.reporter.step(n, self._total, step):
                kept = ACTIONS[step.action](self.doing, step)
        except Stop as error:
            book.failed(result(error.code, error.message, {}))
            raise
        finally:
            if self.going.lock:
                self.going.lock.doing("")
        self.doing.memory.update(kept)
        done = result(0, self.last, kept)
        book.done(done)
        if n > len(self.results):
            self.results.append(done)

    def _say(self, text: str) -> None:
        shown = self.going.redactor.text(text)
        self.last = shown or self.last
        if self.book:
            self.book.line(text)
        self.going.reporter.line(shown)

    def _verify(self) -> Outcome:
        from .adapters import settle

        seen: list[tuple[Finding, ...]] = []
        # Where nothing was done, nothing will be different in a minute.
        patience = self.plan.patience if self.results else 0.0
        with self.going.reporter.waiting(patience):
            problems = settle.until(
                lambda: self._missing(seen),
                self.plan.project,
                patience,
                self.going.reporter.line,
            )
        after = seen[-1] if seen else _findings(self.plan, self._look(None))
        if not problems:
            did = f"{len(self.results)} steps" if self.results else "nothing to do"
            names = ", ".join(f"check.{id}" for id in self.plan.verify)
            proof = f", proved by {names}" if names else ""
            status: OutcomeStatus = "verified" if self.results else "nothing"
            return self._ended(status, 0, f"{did}{proof}", (), after=after)
        return self._ended(
            "unverified",
            5,
            f"not mended: {problems[0]}",
            tuple(f"inv {f.fix}" for f in after if f.status == "fail" and f.fix),
            after=after,
            problems=tuple(problems),
        )

    def _missing(self, seen: list[tuple[Finding, ...]]) -> list[str]:
        """Look cheaply first: services that are not up yet need no more."""
        from .core.fixes import goal

        if self.plan.services:
            snapshot = self._look(["model", "containers"])
            if down := [
                problem
                for name in self.plan.services
                if (problem := goal.unwell(name, snapshot.of(name)))
            ]:
                return down
        snapshot = self._look(None)
        after = _findings(self.plan, snapshot)
        seen.append(after)
        return goal.missing(self.plan, snapshot, self.before, after)

    def _look(self, probes: list[str] | None) -> Snapshot:
        from . import session
        from .adapters.settings import load
        from .core.fixes.fix import FIXES

        # Loaded anew: a fix may have edited what they come from.
        settings = load(self.going.settings.root)
        fix = FIXES[self.plan.task.removeprefix("fix.")]
        return session.observe(settings, probes or probes_of(fix)).snapshot

    @property
    def _lost(self) -> bool:
        """Whether data may be gone: a step that destroys it was at least begun."""
        begun = self.plan.steps[: len(self.results) + 1]
        # A restore keeps the old database until the new one is proven.
        return any(s.loses_data and s.action != "restore" for s in begun)

    def _changed(self) -> tuple[str, ...]:
        """Return what the steps that are done have changed."""
        harmless = ("backup", "copy-volume", "await-database", "await-engine")
        return tuple(
            self.plan.steps[r.n - 1].why
            for r in self.results
            if self.plan.steps[r.n - 1].action not in harmless
        )

    def _ended(
        self,
        status: OutcomeStatus,
        code: int,
        summary: str,
        next_: tuple[str, ...],
        *,
        after: tuple[Finding, ...] = (),
        problems: tuple[str, ...] = (),
    ) -> Outcome:
        from .core.fixes.plan import Outcome

        done = code == 0
        backups = self.doing.memory.get("backups", "").splitlines()
        suggestions = [*next_, *self.plan.next]
        if backups and not done and self._lost:
            suggestions.append(f"inv db.restore {backups[0]}")
        return Outcome(
            task=self.plan.task,
            status=status,
            exit_code=code,
            summary=self.going.redactor.text(summary),
            plan=self.plan,
            steps=tuple(self.results),
            problems=problems or (() if done else (self.going.redactor.text(summary),)),
            before=self.before,
            after=after,
            changed=() if done else self._changed(),
            next=tuple(dict.fromkeys(s for s in suggestions if s)),
            overridden=self.going.overridden,
            backups=tuple(backups),
            journal=str(self.book.path) if self.book else "",
        )


def _again(plan: Plan, done: int) -> tuple[int, ...]:
    """Return the backup steps to repeat before going on with an interrupted run.

    Whatever was written since it was interrupted is in no backup yet.
    """
    if not any(step.loses_data for step in plan.steps[done:]):
        return ()
    kinds = ("backup", "copy-volume")
    return tuple(n for n in range(1, done + 1) if plan.steps[n - 1].action in kinds)


def _findings(plan: Plan, snapshot: Snapshot) -> tuple[Finding, ...]:
    from . import checks as _  # noqa: F401 - declares them
    from .core.verdict import CHECKS, run

    ids = dict.fromkeys((*plan.verify, *plan.own))
    return tuple(run(CHECKS[id], snapshot) for id in ids)


def _with(outcome: Outcome, **changes: object) -> Outcome:
    from msgspec.structs import replace

    return replace(outcome, **changes)


def again(history: History, snapshot: Snapshot) -> Plan:
    """Return an interrupted run's plan, its guards judged as things are now."""
    from msgspec.structs import replace

    from .core.fixes import guards

    return replace(history.plan, guards=guards.judge(snapshot, history.plan.exempt))


def planned(plan: Plan, *, refused: bool = False) -> Outcome:
    """Return the outcome of a run that only showed its plan.

    Args:
        plan: what was shown.
        refused: whether its guards would not let it run.
    """
    from .core.fixes import guards
    from .core.fixes.plan import Outcome

    hint = guards.hint(plan.refusing, plan.task) if refused else ""
    return Outcome(
        task=plan.task,
        status="planned",
        exit_code=4 if refused or plan.blocked else 0,
        summary="planned; nothing was changed",
        plan=plan,
        problems=tuple(g.summary for g in plan.refusing) if refused else (),
        next=(hint,) if hint else plan.next,
    )


def forgotten(plan: Plan, summary: str) -> Outcome:
    """Return the outcome of forgetting an interrupted run."""
    from .core.fixes.plan import Outcome

    return Outcome(
        task=plan.task, status="nothing", exit_code=0, summary=summary, plan=plan
    )


def refused(plan: Plan, summary: str, hint: str, problems: Iterable[str]) -> Outcome:
    """Return the outcome of a run that changed nothing, because it was refused."""
    from .core.fixes.plan import Outcome

    return Outcome(
        task=plan.task,
        status="refused",
        exit_code=4,
        summary=summary,
        plan=plan,
        problems=tuple(problems),
        next=(hint,) if hint else plan.next,
    )
