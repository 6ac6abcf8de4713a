"""Which fixes ``fix.auto`` runs, and in which order: pure, from root causes.

The order is that in which each makes the next one able to work: what lets
Compose resolve comes before what lets containers run, that before what they
run, that before what is in the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from ..model import Diagnosis

#: From what everything else needs to what needs everything else.
ORDER = (
    "fix.prune",
    "fix.env",
    "fix.ports",
    "fix.unpause",
    "fix.start",
    "fix.recreate",
    "fix.password",
    "fix.pins",
    "fix.rebuild-backend",
    "fix.api-url",
    "fix.rebuild-frontend",
    "fix.cookies",
    "fix.restart",
    "fix.migrate",
    "fix.seed",
)
#: What a fix does along with its own: the other one need not run as well.
INCLUDES = {
    "fix.pins": ("fix.rebuild-backend",),
    "fix.api-url": ("fix.rebuild-frontend",),
}
#: The guard whose very fault a fix mends: it must not stop the fixes before it.
MENDS = {"fix.pins": "pins", "fix.api-url": "api-url"}
#: Fixes that are told which services they are for.
NAMED = ("fix.restart",)
#: How fixes are asked for when nobody is there to weigh what else they touch.
CAREFUL = {"fix.prune": {"keep-cache": "yes"}}

#: A fix that was tried for a root cause: running it again would change nothing.
Tried = tuple[str, str]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One fix of a round.

    Attributes:
        task: what is typed: ``fix.start``.
        ids: the diagnoses that it is for.
        causes: their sentences.
        options: how it is asked for.
        exempt: guards that don't count, for a later stage mends their fault.
    """

    task: str
    ids: tuple[str, ...]
    causes: tuple[str, ...]
    options: dict[str, str] = {}
    exempt: tuple[str, ...] = ()


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round would do, and what it leaves to a person.

    Attributes:
        stages: fixes in their order.
        manual: root causes that no program can mend safely.
        tried: root causes that are still there although their fix has run.
    """

    stages: tuple[Stage, ...] = ()
    manual: tuple[Diagnosis, ...] = ()
    tried: tuple[Diagnosis, ...] = ()


def plan(
    diagnoses: Iterable[Diagnosis],
    allowed: Collection[str],
    tried: Collection[Tried] = (),
) -> Round:
    """Return what to do about some root causes.

    Args:
        diagnoses: the root causes, most fundamental first.
        allowed: tasks of the fixes that may run unattended.
        tried: what ran before in this run, by diagnosis and task.
    """
    chosen: dict[str, list[Diagnosis]] = {}
    manual: list[Diagnosis] = []
    again: list[Diagnosis] = []
    for diagnosis in diagnoses:
        task = diagnosis.fix or ""
        if (diagnosis.id, task) in tried:
            again.append(diagnosis)
        elif not task or task not in allowed:
            manual.append(diagnosis)
        else:
            chosen.setdefault(task, []).append(diagnosis)
    for task, included in INCLUDES.items():
        for other in included:
            if task in chosen and other in chosen:
                chosen[task] += chosen.pop(other)
    exempt = tuple(guard for task, guard in MENDS.items() if task in chosen)
    stages = tuple(
        Stage(
            task=task,
            ids=tuple(dict.fromkeys(d.id for d in chosen[task])),
            causes=tuple(dict.fromkeys(d.cause for d in chosen[task])),
            options=_options(task, chosen),
            exempt=exempt,
        )
        for task in sorted(chosen, key=_place)
    )
    return Round(stages=stages, manual=tuple(manual), tried=tuple(again))


def _options(task: str, chosen: Mapping[str, list[Diagnosis]]) -> dict[str, str]:
    if task in NAMED:
        names = dict.fromkeys(d.service for d in chosen[task] if d.service)
        return {"service": ",".join(names)} if names else {}
    return dict(CAREFUL.get(task, {}))


def _place(task: str) -> int:
    return ORDER.index(task) if task in ORDER else len(ORDER)
