"""From what was seen to the root causes, the nearest to the root first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import signatures
from .clues import Clue
from .matcher import Matcher
from .model import Category, Diagnosis, Finding
from .signatures import Signature
from .snapshot import Container, Log, Snapshot
from .states import looping

#: What kind of failure a check is about, where nothing says it better.
CATEGORIES: dict[str, Category] = {
    "engine": "engine",
    "compose": "config",
    "env": "config",
    "containers": "engine",
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
#: Checks from the root outwards: the earlier one explains the later one.
ORDER = (
    "engine",
    "compose",
    "env",
    "ports",
    "deps",
    "database",
    "redis",
    "migrations",
    "data",
    "containers",
    "stale",
    "health",
    "api-url",
    "cookies",
)


def diagnose(
    snapshot: Snapshot,
    findings: Sequence[Finding],
    known: Sequence[Signature] | None = None,
) -> tuple[Diagnosis, ...]:
    """Return the root causes of what is wrong, the most fundamental first.

    Args:
        snapshot: what was seen.
        findings: what the checks say of it.
        known: the failures to look for in logs; the shipped ones if None.

    Returns:
        Nothing for a healthy stack; never a cause without evidence.
    """
    known = signatures.load() if known is None else known
    clues = [*_from_logs(snapshot, known), *_from_findings(findings)]
    clues.sort(key=lambda clue: -clue.weight)
    return tuple(clue.diagnosis() for clue in clues)


def _from_logs(snapshot: Snapshot, known: Sequence[Signature]) -> Iterable[Clue]:
    by_id = {signature.id: signature for signature in known}
    matcher = Matcher(known, engine="re")
    seen: dict[tuple[str, str], Clue] = {}
    for log in snapshot.logs or ():
        lines = list(_relevant(snapshot, log))
        for hit in matcher.scan(text for _, text in lines):
            signature = by_id[hit.signature_id]
            cause = signature.sentence(hit.groups)
            at = lines[hit.position][0]
            seen[signature.id, cause] = Clue(
                id=signature.id,
                category=signature.category,
                confidence=signature.confidence,
                cause=cause,
                weight=signature.weight,
                service=log.service,
                evidence=(f"{log.container} {at}: {hit.text.strip()}",),
                fix=signature.fix or None,
                advice=signature.advice,
                since=at,
            )
    return seen.values()


def _relevant(snapshot: Snapshot, log: Log) -> Iterable[tuple[str, str]]:
    """Yield (time, text) of the lines that still matter.

    What a running container's earlier run said is history, unless it is in a
    crash loop and will say it again.
    """
    container = _container(snapshot, log)
    since = ""
    if container and container.status == "running" and not looping(container):
        since = container.started[:19]
    for line in log.text.splitlines():
        at, _, text = line.partition(" ")
        if at[:19] >= since:
            yield at, text


def _container(snapshot: Snapshot, log: Log) -> Container | None:
    return next((c for c in snapshot.containers or () if c.name == log.container), None)


def _from_findings(findings: Sequence[Finding]) -> Iterable[Clue]:
    for finding in findings:
        if finding.status == "fail":
            place = ORDER.index(finding.id) if finding.id in ORDER else len(ORDER)
            yield Clue(
                id=f"check-{finding.id}",
                category=CATEGORIES.get(finding.id, "code"),
                confidence="likely",
                cause=finding.summary,
                weight=60 - 3 * place,
                evidence=finding.evidence,
                fix=finding.fix if finding.fix != "fix.auto" else None,
            )
