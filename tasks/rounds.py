"""The rounds of ``fix.auto``: look, choose, show, ask once, mend, look again.

Nothing that could lose data is ever run here: where only that would help, it
stops and says so.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .adapters.lock import Lock
    from .core.config import Settings
    from .core.fixes.account import Account, Ran, Round
    from .core.fixes.autoplan import Round as Planned
    from .core.fixes.autoplan import Stage, Tried
    from .core.fixes.plan import Outcome, Plan
    from .core.model import Diagnosis, Report
    from .fixing import Asked
    from .session import Seen

#: How long services may still be starting when a round is judged, in seconds.
SETTLE_SECONDS = 90.0


class Mender:
    """One run of ``fix.auto``."""

    def __init__(
        self,
        settings: Settings,
        project: str,
        endpoint: str,
        held: Lock | None,
        asked: Asked,
    ) -> None:
        self.root = settings.root
        self.project = project
        self.endpoint = endpoint
        self.held = held
        self.asked = asked
        self.began = time.monotonic()
        self.tried: set[Tried] = set()

    def planned(self) -> Account:
        """Return what a first round would do; change nothing."""
        from .core.fixes.account import Account
        from .core.fixes.account import Round as Told

        seen, report = self._look()
        planned = self._plan(report)
        plans = self._show(seen, report, planned)
        return Account(
            status="planned",
            exit_code=0 if planned.stages else _unseen(report),
            summary=f"{len(planned.stages)} fixes; nothing was changed",
            rounds=(Told(number=1, diagnoses=report.diagnoses),),
            plans=plans,
            left=report.diagnoses,
            checks=report.checks,
            seconds=self._seconds,
        )

    def mended(self, rounds: int) -> Account:
        """Go round until it is green, or nothing more can be done."""
        from msgspec.structs import replace

        from . import fixes as _  # noqa: F401 - declares them
        from .core.errors import Refused
        from .core.fixes.account import Account, close
        from .core.fixes.fix import FIXES

        done: list[Round] = []
        seen, report = self._settled()
        for number in range(1, rounds + 1):
            planned = self._plan(report)
            if not planned.stages:
                break
            self._show(seen, report, planned)
            if number == 1:
                try:
                    self._consent()
                except Refused as no:
                    return Account(
                        status="refused",
                        exit_code=4,
                        summary=no.message,
                        left=report.diagnoses,
                        checks=report.checks,
                        next=(no.hint,) if no.hint else (),
                        seconds=self._seconds,
                    )
            fixes = self._apply(planned.stages)
            before = report.diagnoses
            seen, report = self._settled(before)
            done.append(self._told(number, before, fixes, report))
            if fixes and fixes[-1].exit_code == 130:
                return self._interrupted(done, report)
        rounds_left = len(done) < rounds
        more = bool(self._plan(report).stages)
        account = close(
            tuple(done),
            report.diagnoses,
            report.checks,
            out_of_rounds=more and not rounds_left,
            seconds=self._seconds,
            by_hand=[fix.task for fix in FIXES.values() if not fix.auto],
        )
        return (
            account
            if done
            else replace(account, exit_code=_unseen(report) or account.exit_code)
        )

    # -- one round --------------------------------------------------------

    def _plan(self, report: Report) -> Planned:
        from . import fixes as _  # noqa: F401 - declares them
        from .core.fixes import autoplan
        from .core.fixes.fix import FIXES

        allowed = {fix.task for fix in FIXES.values() if fix.auto}
        return autoplan.plan(report.diagnoses, allowed, self.tried)

    def _show(
        self, seen: Seen, report: Report, planned: Planned
    ) -> tuple[Outcome, ...]:
        """Show the causes and each fix's plan with its guards; return the plans."""
        from . import planning
        from .adapters import render, render_auto
        from .adapters.settings import load
        from .core.fixes import outcomes

        settings = load(self.root)
        plans = []
        for stage in planned.stages:
            plan = planning.plan_for(
                stage.task,
                seen.snapshot,
                settings,
                options=stage.options,
                exempt=stage.exempt,
            )
            plans.append((stage, plan))
        if not self.asked.json:
            for line in render_auto.plan_lines(report.diagnoses, plans, planned):
                render.out(line)
        return tuple(outcomes.planned(plan) for _, plan in plans)

    def _consent(self) -> None:
        """Ask once, for all rounds.

        Raises:
            Refused: the answer is no, or there is nobody to ask.
        """
        from .asking import confirm

        if not self.asked.yes:
            question = "Go on, and with what else comes to light (no data is lost)?"
            confirm("inv fix.auto", question=question)

    def _apply(self, stages: tuple[Stage, ...]) -> tuple[Ran, ...]:
        """Run the fixes of a round; stop at the first that does not verify."""
        ran: list[Ran] = []
        for stage in stages:
            self.tried |= {(id, stage.task) for id in stage.ids}
            ran.append(self._one(stage))
            if ran[-1].exit_code:
                break  # what it left decides what is next
        return tuple(ran)

    def _one(self, stage: Stage) -> Ran:
        from . import mending, planning, session
        from .adapters import render, signals
        from .adapters.fixes import telling
        from .adapters.settings import load
        from .core.fixes.account import Ran
        from .core.fixes.fix import FIXES

        settings = load(self.root)
        fix = FIXES[stage.task.removeprefix("fix.")]
        seen = session.observe(settings, planning.probes_of(fix))
        plan = planning.plan_for(
            fix.id,
            seen.snapshot,
            settings,
            options=stage.options,
            exempt=stage.exempt,
        )
        render.note(f"\ninv {stage.task}: {stage.causes[0]}")
        if refusal := withheld(plan):
            render.note(f"  not done: {refusal}")
            return Ran(
                task=stage.task,
                causes=stage.causes,
                status="withheld",
                summary=refusal,
                exit_code=4,
            )
        with signals.as_interrupts():
            outcome = mending.apply(
                plan,
                mending.Going(
                    settings=settings,
                    snapshot=seen.snapshot,
                    redactor=seen.redactor,
                    reporter=telling.Terminal(),
                    lock=self.held,
                    endpoint=self.endpoint,
                    stamp=planning.now_stamp(),
                ),
            )
        return Ran(
            task=stage.task,
            causes=stage.causes,
            status=outcome.status,
            summary=outcome.summary,
            exit_code=outcome.exit_code,
            seconds=outcome.seconds,
            backups=outcome.backups,
            journal=outcome.journal,
        )

    def _told(
        self,
        number: int,
        causes: tuple[Diagnosis, ...],
        fixes: tuple[Ran, ...],
        report: Report,
    ) -> Round:
        from .core.fixes.account import Round

        failed = tuple(c.id for c in report.checks if c.status == "fail")
        return Round(number=number, diagnoses=causes, fixes=fixes, failed=failed)

    def _interrupted(self, done: list[Round], report: Report) -> Account:
        from .core.fixes.account import Account

        return Account(
            status="interrupted",
            exit_code=130,
            summary=done[-1].fixes[-1].summary,
            rounds=tuple(done),
            left=report.diagnoses,
            checks=report.checks,
            next=("inv fix.resume", "inv fix.auto"),
            seconds=self._seconds,
        )

    # -- looking ----------------------------------------------------------

    def _look(self) -> tuple[Seen, Report]:
        from . import session
        from .adapters.settings import load

        seen = session.observe(load(self.root))
        return seen, session.judge(seen.snapshot)

    def _settled(self, before: tuple[Diagnosis, ...] = ()) -> tuple[Seen, Report]:
        """Judge with all checks, once nothing is merely starting any more.

        Args:
            before: the causes that were mended just now, if any were: what
                suffered from them gets the time to notice.
        """
        from .adapters.docker import settle
        from .core.fixes import goal

        began = time.monotonic()
        last: list[tuple[Seen, Report]] = []

        def starting() -> list[str]:
            last.append(self._look())
            seen, report = last[-1]
            found = goal.starting(
                seen.snapshot,
                mendable=not before and self._mendable(report),
                waited=time.monotonic() - began,
            )
            if before and not found and not self._plan(report).stages:
                return goal.recovering(before, report)
            return found

        settle.until(starting, self.project, SETTLE_SECONDS)
        return last[-1]

    def _mendable(self, report: Report) -> bool:
        """Whether a cause that is more than possible has a fix."""
        stages = self._plan(report).stages
        planned = {id for stage in stages for id in stage.ids}
        return any(
            cause.id in planned and cause.confidence != "possible"
            for cause in report.diagnoses
        )

    @property
    def _seconds(self) -> float:
        return round(time.monotonic() - self.began, 1)


def _unseen(report: Report) -> int:
    """Return the exit code of a look that found no engine, 0 of any other."""
    from .core.errors import EngineUnavailable

    return report.exit_code if report.exit_code == EngineUnavailable.code else 0


def withheld(plan: Plan) -> str:
    """Return why a plan must not be run unattended, empty if it may."""
    if plan.blocked:
        return plan.blocked
    if plan.loses_data:
        return "it could lose data: run it yourself, it asks and backs up first"
    if plan.refusing:
        guard = plan.refusing[0]
        return f"guard {guard.id}: {guard.summary}: {guard.mend} first"
    return ""
