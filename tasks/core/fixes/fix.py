"""How a fix is declared and what it may say: facts in, steps out.

A fix is a function of `Facts` that yields the steps it would take, and remarks
for the person who reads the plan. It touches nothing, so its plan, its
documentation and its tests come for free. `build` folds what it yields into
one Plan.

Nothing heavy is imported at the top: ``inv --list`` loads this module to learn
the fixes' names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..config import Settings
    from ..model import Step
    from ..snapshot import Snapshot
    from .plan import Plan
    from .stakes import Stakes


class Facts(NamedTuple):
    """What a fix decides from.

    Attributes:
        snapshot: one look at the stack, redacted.
        settings: the settings of this run.
        compose: the argv that every Compose command of this stack starts with.
        read: returns the text of a file below the root, None if there is none.
        unfit: returns why a backup can't be restored, empty if it may be.
        stakes: what could be destroyed; only for fixes declared with ``stakes``.
        options: how it was asked for: option to value, unset ones left out.
        platform: ``sys.platform`` of this machine.
        stamp: the time of this run in file names: ``20260131T093000Z``.
    """

    snapshot: Snapshot
    settings: Settings
    compose: tuple[str, ...]
    read: Callable[[str], str | None] = lambda _path: None
    unfit: Callable[[str], str] = lambda _path: ""
    stakes: Stakes | None = None
    options: Mapping[str, str] = {}
    platform: str = "linux"
    stamp: str = ""

    def role(self, role: str) -> str:
        """Return the service that plays a role, empty if the stack has none."""
        model = self.snapshot.model
        return model.roles.get(role, "") if model else ""

    @property
    def workers(self) -> tuple[str, ...]:
        """The services that run on the backend's image, without the backend."""
        return self.snapshot.model.workers if self.snapshot.model else ()

    def run(self, why: str, *args: str, **more: object) -> Step:
        """Return a step that is one Compose command."""
        return step(why, *self.compose, *args, **more)


class Note(NamedTuple):
    """Something a person should know; shown with the plan."""

    text: str


class Keeps(NamedTuple):
    """Something that is not destroyed, although one might fear so."""

    text: str


class Next(NamedTuple):
    """A command or an advice for a person, for afterwards or instead."""

    text: str


class Blocked(NamedTuple):
    """Why no program can do it here; the steps yielded so far are dropped."""

    reason: str


class Healthy(NamedTuple):
    """Services that must be up and healthy afterwards."""

    services: tuple[str, ...]


Parts = Iterable["Step | Note | Keeps | Next | Blocked | Healthy"]
FixFunction = Callable[[Facts], Parts]


class Fix(NamedTuple):
    """A declared fix.

    Attributes:
        id: what is typed after ``fix.``.
        doc: the function's docstring; its first line is the task's help.
        verify: ids of the checks that must pass afterwards.
        own: ids of checks that may fail for other reasons, but must no longer
            name this fix as their remedy.
        must: those checks that must have been able to look; the others may
            skip what they already skipped before.
        exempt: guards whose very fault it mends.
        probes: parts of the Snapshot it reads, beyond what its checks read.
        stakes: whether it needs to know what it could destroy.
        auto: whether ``fix.auto`` may use it.
        offline: whether it has something to do without an engine.
        options: option to meaning; a meaning that starts with ``=`` takes a
            value, the others are switches.
        positional: the option that can be typed without its name.
        patience: seconds until the verification is given up; 0: the settings'.
        plan: the function.
    """

    id: str
    doc: str
    verify: tuple[str, ...]
    own: tuple[str, ...]
    must: tuple[str, ...]
    exempt: tuple[str, ...]
    probes: tuple[str, ...]
    stakes: bool
    auto: bool
    offline: bool
    options: dict[str, str]
    positional: str
    patience: float
    plan: FixFunction

    @property
    def task(self) -> str:
        """What is typed after ``inv``: ``fix.pins``, ``db.restore``."""
        return self.id if "." in self.id else f"fix.{self.id}"


FIXES: dict[str, Fix] = {}


def fix(  # noqa: PLR0913 - a declaration names everything there is to say
    id: str,
    *,
    verify: tuple[str, ...] = (),
    own: tuple[str, ...] = (),
    must: tuple[str, ...] = (),
    exempt: tuple[str, ...] = (),
    probes: tuple[str, ...] = (),
    stakes: bool = False,
    auto: bool = True,
    offline: bool = False,
    options: dict[str, str] | None = None,
    positional: str = "",
    patience: float = 0.0,
) -> Callable[[FixFunction], Fix]:
    """Declare the decorated function as the fix ``id``; see `Fix`.

    Raises:
        ValueError: the id is taken; two fixes of one name would hide one.
    """

    def declare(plan: FixFunction) -> Fix:
        if id in FIXES:
            raise ValueError(f"two fixes are called {id!r}")
        FIXES[id] = Fix(
            id,
            plan.__doc__ or "",
            verify,
            own,
            must,
            exempt,
            probes,
            stakes,
            auto,
            offline,
            options or {},
            positional,
            patience,
            plan,
        )
        return FIXES[id]

    return declare


def step(why: str, *argv: str, **more: object) -> Step:
    """Return a Step; ``more`` are its other attributes."""
    from ..model import Step

    return Step(why=why, argv=argv, **more)  # type: ignore[arg-type]


def build(fix: Fix, facts: Facts, *, exempt: Iterable[str] = ()) -> Plan:
    """Fold what a fix yields into a Plan, guards judged.

    Args:
        fix: the declared fix.
        facts: what it decides from.
        exempt: more guards that don't count: ``fix.auto`` names those whose
            fault a later fix of the same run mends.
    """
    from . import guards
    from .plan import Plan

    said = list(fix.plan(facts))
    spared = tuple(dict.fromkeys([*fix.exempt, *exempt]))
    blocked = next((p.reason for p in said if isinstance(p, Blocked)), "")
    kinds = (Note, Keeps, Next, Blocked, Healthy)
    steps = [p for p in said if not isinstance(p, kinds)]
    healthy = [name for p in said if isinstance(p, Healthy) for name in p.services]
    return Plan(
        task=fix.task,
        project=project(facts),
        purpose=fix.doc.strip().split("\n")[0],
        steps=() if blocked else tuple(steps),
        keeps=tuple(p.text for p in said if isinstance(p, Keeps)),
        notes=tuple(p.text for p in said if isinstance(p, Note)),
        blocked=blocked,
        next=tuple(p.text for p in said if isinstance(p, Next)),
        guards=guards.judge(facts.snapshot, spared),
        exempt=spared,
        services=tuple(dict.fromkeys(name for name in healthy if name)),
        verify=fix.verify,
        own=fix.own,
        must=fix.must,
        patience=fix.patience or facts.settings.verify_seconds,
        options=dict(facts.options),
    )


def project(facts: Facts) -> str:
    """Return the Compose project's name, the root's name if it isn't known."""
    model = facts.snapshot.model
    return (model.project if model else "") or facts.settings.root.name
