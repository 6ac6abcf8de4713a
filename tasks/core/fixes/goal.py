"""Whether a fix has reached its goal: pure, so that waiting for it can be tested.

The goal is more than "no check fails": services must be up and healthy, a check
that could look before must be able to look again, and no check may still name
the very fix that ran as its remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ..model import Diagnosis, Finding, Report
from ..snapshot import Container, Snapshot
from ..states import looping, meaning, seconds_between
from ..verdict import CHECKS, unchecked
from .plan import Plan

#: A container without a healthcheck counts as up after so many seconds.
STEADY_SECONDS = 3.0


def missing(
    plan: Plan, snapshot: Snapshot, before: Sequence[Finding], after: Sequence[Finding]
) -> list[str]:
    """Return what still keeps a plan's goal from being reached, one line each.

    Args:
        plan: what was done.
        snapshot: the stack as it is now.
        before: what the verifying checks said before.
        after: what they say of ``snapshot``.
    """
    problems = [
        problem
        for service in plan.services
        if (problem := unwell(service, snapshot.of(service), snapshot.taken))
    ]
    earlier = {finding.id: finding for finding in before}
    for finding in after:
        if finding.id in plan.verify:
            problems += _finding(plan, finding, earlier.get(finding.id))
    for id in (*plan.verify, *plan.own):
        problems += _still_named(plan, id, snapshot)
    return list(dict.fromkeys(problems))


#: Checks of what services do: they follow by themselves once a cause is mended.
FOLLOWING = ("containers", "health")


def recovering(before: Iterable[Diagnosis], report: Report) -> list[str]:
    """Return what may still come right by itself after a fix, one line each.

    A service retries what failed, and its healthcheck takes a while to notice.
    Nothing comes right of itself if another check fails as well, or if a known
    cause that was there before still is.

    Args:
        before: the root causes before the fix.
        report: what is said of the stack now.
    """
    failed = [finding for finding in report.checks if finding.status == "fail"]
    causes = {(cause.id, cause.service) for cause in before}
    still = any(
        (cause.id, cause.service) in causes and cause.confidence != "possible"
        for cause in report.diagnoses
    )
    if still or any(finding.id not in FOLLOWING for finding in failed):
        return []
    return [finding.summary for finding in failed]


#: While a cause is known that a fix mends, starting services are waited for so long.
KNOWN_SECONDS = 10.0


def starting(snapshot: Snapshot, *, mendable: bool, waited: float) -> list[str]:
    """Return the services to wait for before a fix is chosen.

    What they say once they are up may be the cause, or that there is none. But
    one that suffers from a cause keeps starting until its start period ends.

    Args:
        snapshot: the stack as it is now.
        mendable: a cause is known, and a fix for it.
        waited: seconds that have been waited already.
    """
    if mendable and waited >= KNOWN_SECONDS:
        return []
    return [
        container.service
        for container in snapshot.containers or ()
        if container.status == "running"
        and container.health == "starting"
        and not container.restarts
    ]


def _still_named(plan: Plan, id: str, snapshot: Snapshot) -> list[str]:
    """Return what a check says of which this very fix is the remedy."""
    return [
        f"check.{id}: {verdict.summary}"
        for verdict in CHECKS[id].look(snapshot)
        if verdict.fix == plan.task and verdict.status in ("fail", "warn")
    ]


def unwell(service: str, containers: Iterable[Container], now: str = "") -> str:
    """Return why a service is not up and healthy, empty if it is.

    Args:
        service: its name.
        containers: its containers, sampled at least once.
        now: when they were looked at, ISO 8601; the present if empty.
    """
    found = list(containers)
    now = now or datetime.now(UTC).isoformat()
    if not found:
        return f"{service} has no container"
    for container in found:
        if container.done:
            continue
        if looping(container):
            times = f"{container.restarts} restart{'s'[: container.restarts != 1]}"
            code = container.exit_code
            ended = f", exit code {code}: {meaning(code)}" if code else ""
            return f"{service} is in a crash loop ({times}{ended})"
        if container.status != "running":
            code = container.exit_code
            ended = f" (exit code {code}: {meaning(code)})" if code else ""
            return f"{service} is {container.status}{ended}"
        if container.health == "unhealthy":
            said = (container.health_output.strip().splitlines() or [""])[-1]
            return f"{service} is unhealthy{f': {said}' if said else ''}"
        if container.health == "starting":
            return f"{service} is still starting"
        up = seconds_between(container.started, now)
        if not container.health and up is not None and up < STEADY_SECONDS:
            return f"{service} has only just started"
    return ""


def _finding(plan: Plan, finding: Finding, before: Finding | None) -> list[str]:
    name = f"check.{finding.id}"
    if finding.status == "fail":
        return [f"{name}: {finding.summary}"]
    if finding.status == "skip" and (
        finding.id in plan.must or (before and before.status != "skip")
    ):
        return [f"{name} could not look: {finding.summary}"]
    blind = unchecked(finding)
    if finding.id in plan.must and blind:
        return [f"{name}: {blind[0]}"]
    if before and before.status != "skip" and len(blind) > len(unchecked(before)):
        return [f"{name}: {blind[-1]}"]
    return []
