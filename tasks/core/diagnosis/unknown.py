"""What is said of a service that is broken when nothing known fits.

The last exception is named and classed by its type; no cause is made up, and
no fix is offered that could destroy anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..logs.parse import LogEvent
from ..model import Category
from ..snapshot import Container, Snapshot
from ..states import failed_with, looping, meaning
from .causes.containers import broken
from .clues import Clue
from .lastwords import LastWords, last
from .logclues import by_service

#: Exceptions of these kinds are what one meets when another service is down.
MET_ELSEWHERE = ("network", "auth", "resource", "schema")
#: What is not said where a known cause was found that it follows from.
UNFITTING = ", and no known cause fits"
#: Lines of a log that are shown where there is no exception in it.
TAIL = 3


def clues(snap: Snapshot) -> Iterator[Clue]:
    """Yield a clue for each different way in which services end by themselves."""
    said = by_service(snap)
    same: dict[str, list[tuple[Container, LastWords | None]]] = {}
    for container in broken(snap):
        words = last(said.get(container.service, ()))
        key = words.text if words else f"{container.service} said nothing"
        same.setdefault(key, []).append((container, words))
    for rows in same.values():
        yield _clue(rows, said)


def _clue(
    rows: list[tuple[Container, LastWords | None]], said: dict[str, list[LogEvent]]
) -> Clue:
    container, words = rows[0]
    names = ", ".join(c.service for c, _ in rows)
    plural = "" if len(rows) > 1 else "s"
    doing = f"keep{plural} crashing" if looping(container) else f"end{plural} by itself"
    evidence = [_state(c) for c, _ in rows]
    category: Category = "code"
    if words:
        came = f" (it came of {words.root})" if words.root else ""
        cause = f"{names} {doing}{UNFITTING}: {words.text}{came}"
        category = words.category
        if words.frame:
            evidence.append(f"{container.name}: raised at {words.frame}")
    else:
        cause = f"{names} {doing}{UNFITTING}: it shows no exception"
        tail = said.get(container.service, [])[-TAIL:]
        evidence += [
            f"{container.name}: {' '.join(e.text.split())[:300]}" for e in tail
        ]
    return Clue(
        id="unknown",
        category=category,
        confidence="possible",
        cause=cause,
        weight=30,
        service=container.service,
        state=True,
        alone=words is not None and category not in MET_ELSEWHERE,
        takes_away=True,
        checks=("containers",),
        evidence=tuple(evidence),
        advice=f"Read its log: inv logs {container.service}",
        since=words.at if words else container.finished,
    )


def _state(container: Container) -> str:
    code = failed_with(container) or 0
    times = f", {container.restarts} restarts" if container.restarts else ""
    return f"{container.name}: exit code {code} ({meaning(code)}){times}"
