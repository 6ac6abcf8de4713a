"""The one way to mutate a stack: a plan that was consented to, step by step.

Every ``fix.*`` and ``db.restore`` goes through `apply`, and ``fix.auto`` does
with several plans in a row. Nothing here prints: a `Reporter` is told, and what
came of it is returned as an Outcome.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from .adapters.fixes.doing import Doing
    from .adapters.journal import Journal
    from .adapters.lock import Lock
    from .core.config import Settings
    from .core.fixes.journal import History
    from .core.fixes.plan import Outcome, OutcomeStatus, Plan, StepResult
    from .core.model import Step
    from .core.redact import Redactor
    from .core.snapshot import Snapshot
    from .proving import Proof


class Told(Protocol):
    """A stage that is being shown; ``result`` is its last word."""

    result: str


class Reporter(Protocol):
    """Who is told what is going on, while it does."""

    def step(self, n: int, total: int, step: Step) -> AbstractContextManager[object]:
        """Wrap the run of one step."""

    def line(self, text: str) -> None:
        """Take a line that a step printed."""

    def waiting(self, patience: float) -> AbstractContextManager[Told]:
        """Wrap the verification, which ends after ``patience`` seconds."""


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
    from msgspec.structs import replace

    began = time.monotonic()
    if not plan.steps:
        return _Run(plan, going, None, None).whole()
    book = _journal(plan, going, resume)
    try:
        outcome = _Run(plan, going, book, resume).whole()
        book.end(outcome.status, outcome.summary)
    finally:
        book.close()
    return replace(outcome, seconds=round(time.monotonic() - began, 1))


def _journal(plan: Plan, going: Going, resume: History | None) -> Journal:
    from .adapters import journal

    state, redact = going.settings.state, going.redactor.text
    if resume:
        return journal.reopen(state, resume.run, redact)
    book = journal.begin(state, plan.task.replace(".", "-"), going.stamp, redact)
    book.begin(plan, going.endpoint)
    return book


class _Run:
    """One plan being carried out."""

    def __init__(
        self, plan: Plan, going: Going, book: Journal | None, resume: History | None
    ) -> None:
        from .adapters.fixes.doing import Doing
        from .core.fixes import progress
        from .proving import findings

        self.plan = plan
        self.going = going
        self.book = book
        self.results: list[StepResult] = list(resume.done) if resume else []
        self.again = progress.again(plan, len(self.results)) if resume else ()
        self.doing: Doing = Doing(
            settings=going.settings,
            task=plan.task,
            stamp=going.stamp,
            say=self._say,
            memory=dict(resume.memory) if resume else {},
        )
        self.before = findings(plan, going.snapshot)
        self.running = 0

    def whole(self) -> Outcome:
        """Do every step that is left, then verify."""
        from .adapters.fixes.doing import BackupFailed
        from .core.errors import Interrupted, Stop
        from .core.fixes import progress

        total, first = len(self.plan.steps), len(self.results) + 1
        try:
            if self.plan.steps:
                self._sweep()
            for n in (*self.again, *range(first, total + 1)):
                self._step(n)
            return self._proven(self._prove())
        except BackupFailed as error:
            status: OutcomeStatus = "unverified" if self._changed() else "refused"
            summary = f"no backup, so nothing is destroyed: {error.message}"
            code = 4 if status == "refused" else 5
            return self._ended(status, code, summary, (error.hint,))
        except (KeyboardInterrupt, Interrupted):
            where = progress.place(self.plan, len(self.results))
            words = f"interrupted {where}"
            return self._ended("interrupted", 130, words, ("inv fix.resume",))
        except Stop as error:
            at = len(self.results) + 1
            summary = f"step {at} of {total} failed: {error.message}"
            return self._ended("unverified", 5, summary, (error.hint,))

    def _sweep(self) -> None:
        from .adapters.fixes import pgserver
        from .core.errors import EngineUnavailable

        try:
            pgserver.sweep(self.doing)
        except EngineUnavailable:
            return  # then there is nothing to remove either

    def _step(self, n: int) -> None:
        from .adapters.fixes.actions import ACTIONS
        from .core.errors import Stop
        from .core.fixes.plan import StepResult

        step = self.plan.steps[n - 1]
        shown = " ".join(step.argv) or step.action
        book = self.book
        assert book is not None  # noqa: S101 - a plan with steps has a journal
        book.step(n, shown)
        self.running = n
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
            with self.going.reporter.step(n, len(self.plan.steps), step):
                kept = ACTIONS[step.action](self.doing, step)
        except Stop as error:
            book.failed(result(error.code, error.message, {}))
            raise
        finally:
            if self.going.lock:
                self.going.lock.doing("")
        self.running = 0
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

    def _prove(self) -> Proof:
        from .proving import prove

        # Where nothing was done, nothing will be different in a minute.
        patience = self.plan.patience if self.results else 0.0
        root, reporter = self.going.settings.root, self.going.reporter
        with reporter.waiting(patience) as told:
            proof = prove(self.plan, root, self.before, patience, reporter.line)
            told.result = "not mended" if proof.problems else ""
        return proof

    def _proven(self, proof: Proof) -> Outcome:
        if proof.problems:
            return self._ended(
                "unverified",
                5,
                f"not mended: {proof.problems[0]}",
                tuple(
                    f"inv {c.fix}" for c in proof.after if c.status == "fail" and c.fix
                ),
                proof,
            )
        did = _steps(len(self.results)) if self.results else "nothing to do"
        # One that could not look proves nothing.
        looked = [c.id for c in proof.after if c.status in ("pass", "warn")]
        names = ", ".join(f"check.{id}" for id in self.plan.verify if id in looked)
        status: OutcomeStatus = "verified" if self.results else "nothing"
        words = f"{did}, proved by {names}" if names else did
        return self._ended(status, 0, words, (), proof)

    def _changed(self) -> tuple[str, ...]:
        from .core.fixes import progress

        return progress.changed(self.plan, self.results, self.running)

    def _ended(
        self,
        status: OutcomeStatus,
        code: int,
        summary: str,
        next_: tuple[str, ...],
        proof: Proof | None = None,
    ) -> Outcome:
        from .core.fixes import progress
        from .core.fixes.plan import Outcome

        done = code == 0
        summary = self.going.redactor.text(summary)
        problems = proof.problems if proof else ()
        backups = self.doing.memory.get("backups", "").splitlines()
        suggestions = [*next_, *self.plan.next]
        if backups and not done and progress.lost(self.plan, len(self.results)):
            suggestions.append(f"inv db.restore {backups[0]}")
        return Outcome(
            task=self.plan.task,
            status=status,
            exit_code=code,
            summary=summary,
            plan=self.plan,
            steps=tuple(self.results),
            problems=problems or (() if done else (summary,)),
            before=self.before,
            after=proof.after if proof else (),
            changed=() if done else self._changed(),
            next=tuple(dict.fromkeys(s for s in suggestions if s)),
            overridden=self.going.overridden,
            backups=tuple(backups),
            journal=str(self.book.path) if self.book else "",
        )


def _steps(count: int) -> str:
    return f"{count} step{'s'[: count != 1]}"
