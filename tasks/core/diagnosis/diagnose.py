"""From what was seen to the root causes, the nearest to the root first.

Clues are gathered from facts, from known failures in logs, and from the state
of each service; `ranking` sets them in order. A failed check that no clue
accounts for becomes a cause of its own, so nothing that fails goes unnamed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec

from ..errors import WrongUsage
from ..model import Category, Diagnosis, Finding
from ..needs import Needs
from ..signatures import catalogue as signatures
from ..snapshot import Snapshot
from ..store import Store
from ..verdict import unchecked
from . import causes as _  # noqa: F401 - declares the rules
from . import logclues, refine, unknown
from .clues import RULES, Clue
from .logclues import Catalogue
from .ranking import Root, rank

#: What kind of failure a check is about, where nothing says it better.
CATEGORIES: dict[str, Category] = {
    "engine": "engine",
    "compose": "config",
    "env": "config",
    "ports": "network",
    "deps": "dependency",
    "migrations": "schema",
    "api-url": "config",
    "cookies": "auth",
    "data": "data",
    "stale": "code",
    "database": "engine",
    "redis": "engine",
    "health": "network",
}
#: Checks of what the whole stack does: any cause in it accounts for them.
WHOLE = ("health", "containers")


def diagnose(
    snapshot: Snapshot,
    findings: Sequence[Finding],
    known: Catalogue | None = None,
) -> tuple[Diagnosis, ...]:
    """Return the root causes of what is wrong, the most fundamental first.

    Args:
        snapshot: what was seen.
        findings: what the checks say of it.
        known: the failures to look for in logs; if None, the shipped ones and
            the user's own that the snapshot's settings name.

    Returns:
        Nothing for a healthy stack; never a cause without evidence.

    Raises:
        WrongUsage: a user's file of failures can't be used; says where and why.
    """
    known = known or catalogue(snapshot.settings.signatures)
    needs = Needs(snapshot.model)
    clues = refine.refine(snapshot, gather(snapshot, known, _good(findings)))
    clues += list(_unclaimed(findings, clues))
    roots = together(_settled(rank(clues, needs)))
    return tuple(
        root.clue.diagnosis(tuple(_consequences(root, findings))) for root in roots
    )


#: What is said of several services in the same state.
PLURALS = {
    "service-stopped": "are stopped",
    "service-not-started": "were created and never started",
    "service-not-created": "have no container",
    "service-starting": "are still starting",
}


def together(roots: Sequence[Root]) -> list[Root]:
    """Return the roots, services that are in one state made one root."""
    kept: list[Root] = []
    for root in roots:
        number = next((i for i, r in enumerate(kept) if r.clue.id == root.clue.id), -1)
        if number < 0 or root.clue.id not in PLURALS:
            kept.append(root)
            continue
        first = kept[number]
        names = (first.clue.service, *first.clue.about, root.clue.service)
        clue = msgspec.structs.replace(
            first.clue,
            cause=f"{', '.join(names)} {PLURALS[root.clue.id]}",
            about=names[1:],
            evidence=(*first.clue.evidence, *root.clue.evidence),
        )
        kept[number] = Root(clue, (*first.consequences, *root.consequences))
    return kept


def _settled(roots: list[Root]) -> list[Root]:
    """Leave out that something is still starting where anything else is wrong."""
    others = [root for root in roots if root.clue.id != "service-starting"]
    return others or roots


@cache
def catalogue(own: tuple[str, ...] = (), store: Store | None = None) -> Catalogue:
    """Return the shipped known failures and a user's own.

    Args:
        own: paths of the user's files; those that are not here, as when a
            bundle of another machine is looked at, are left out.
        store: where what is costly to make is kept between runs.

    Raises:
        WrongUsage: one of them can't be used; says which and why.
    """
    paths = [Path(path) for path in own]
    try:
        there = [path for path in paths if path.exists()]
        return Catalogue(signatures.load(there, store), store)
    except signatures.SignatureError as error:
        raise WrongUsage(str(error), "mend it, or UNSTUCK_SIGNATURES in .env") from None


def gather(
    snapshot: Snapshot, known: Catalogue, good: Collection[str] = ()
) -> list[Clue]:
    """Return every clue that facts and logs give, in no particular order.

    Args:
        snapshot: what was seen.
        known: the failures to look for in logs.
        good: ids of the checks that looked at everything and found nothing.
    """
    found = [clue for rule in RULES.values() for clue in rule.find(snapshot)]
    found += logclues.clues(snapshot, known, good)
    return [*merged(found), *unknown.clues(snapshot)]


def _good(findings: Sequence[Finding]) -> set[str]:
    """Return the checks that passed and left out nothing."""
    return {
        finding.id
        for finding in findings
        if finding.status == "pass" and not unchecked(finding)
    }


def merged(clues: Sequence[Clue]) -> list[Clue]:
    """Return the clues, those of one failure made one: facts first, then words.

    A rule's clue comes before a log's, so its cause and its fix win; the log
    adds what was said, by whom and since when.
    """
    first: dict[tuple[str, str], Clue] = {}
    alone: list[Clue] = []
    for clue in clues:
        known = RULES.get(clue.id)
        if known is None:
            alone.append(clue)
            continue
        key = (clue.id, "" if clue.logged else clue.service)
        same = next((k for k in first if k[0] == clue.id), None)
        if clue.logged and same:
            fact = first[same]
            first[same] = msgspec.structs.replace(
                fact,
                evidence=(*fact.evidence, *clue.evidence),
                about=tuple(dict.fromkeys([*fact.about, *clue.about])),
                since=min(filter(None, (fact.since, clue.since)), default=""),
            )
        else:
            first[key] = clue
    return [*first.values(), *alone]


def _unclaimed(findings: Sequence[Finding], clues: list[Clue]) -> Iterator[Clue]:
    """Yield a clue for each failed check that no other clue accounts for."""
    claimed = {check for clue in clues for check in clue.checks}
    for finding in findings:
        if finding.status != "fail" or finding.id in claimed:
            continue
        if finding.id in WHOLE and clues:
            continue
        yield Clue(
            id=f"check-{finding.id}",
            category=CATEGORIES.get(finding.id, "code"),
            confidence="possible",
            cause=finding.summary,
            weight=20,
            evidence=finding.evidence,
            fix=finding.fix if finding.fix != "fix.auto" else None,
            advice="" if finding.fix else f"Look closer: inv check.{finding.id}",
        )


def _consequences(root: Root, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield a line for each clue below a root, and for the checks it fails."""
    said = {root.clue.cause}
    for clue in root.consequences:
        words = clue.cause.replace(unknown.UNFITTING, "")
        if words not in said:
            said.add(words)
            yield words
    accounted = {c for clue in (root.clue, *root.consequences) for c in clue.checks}
    for finding in findings:
        ours = finding.status == "fail" and finding.id in accounted
        if ours and finding.id in WHOLE and finding.summary not in said:
            yield f"check.{finding.id}: {finding.summary}"
