"""What happened when: one lane for each container, and log volume by level.

Pure: from a Snapshot, the engine's events and log lines to positions in per
cent of one time axis, ready to be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..moments import clock, epoch
from ..shorten import shorten
from ..snapshot import Container, Snapshot
from ..states import age, looping, meaning
from .axis import Axis, Tick, ticks, window_start
from .events import Event
from .lines import ERROR, LEVELS, Line

#: Bars of the volume plot, and places for marks of errors on a lane.
BARS = 96
PLACES = 160


class Span(NamedTuple):
    """A time in one state: ``up``, ``healthy``, ``unhealthy``, ``down``, ..."""

    left: float
    width: float
    state: str
    title: str


class Mark(NamedTuple):
    """One thing that happened: ``start``, ``exit``, ``health``, ``error``, ..."""

    left: float
    at: float
    kind: str
    title: str


class Lane(NamedTuple):
    """One container's life."""

    service: str
    container: str
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]


class Bar(NamedTuple):
    """Lines in one stretch of time; heights in per cent, one for each level."""

    left: float
    width: float
    start: float
    end: float
    heights: tuple[float, ...]
    title: str


class Timeline(NamedTuple):
    """Everything that is drawn, over one time axis.

    Attributes:
        start: seconds since the epoch at the left end.
        earlier: lines before the left end.
        most: lines in the tallest bar.
    """

    start: float
    end: float
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    earlier: int
    most: int


def build(
    snapshot: Snapshot,
    events: Iterable[Event],
    logs: Mapping[str, Sequence[Line]],
) -> Timeline:
    """Return the timeline of a stack.

    Args:
        snapshot: whose containers get a lane each.
        events: the engine's, of any age.
        logs: container to its lines, oldest first.
    """
    events = sorted(events)
    end = epoch(snapshot.taken) or max((e.at for e in events), default=1.0)
    end = max([end, *(lines[-1].at for lines in logs.values() if lines)])
    moments = [e.at for e in events]
    for one in snapshot.containers or ():
        told = (one.started, one.finished, one.created if one.restarts else "")
        moments += [moment for moment in map(epoch, told) if moment]
    stamps = [line.at for lines in logs.values() for line in lines if line.at]
    axis = Axis(window_start(moments, stamps, end), end)
    bars, most = _bars(axis, logs)
    return Timeline(
        start=axis.start,
        end=end,
        lanes=tuple(
            _lane(axis, one, events, logs.get(one.name, ()))
            for one in snapshot.containers or ()
            if not one.one_off
        ),
        bars=bars,
        ticks=ticks(axis.start, end),
        earlier=sum(stamp < axis.start for stamp in stamps),
        most=most,
    )


def _bars(
    axis: Axis, logs: Mapping[str, Sequence[Line]]
) -> tuple[tuple[Bar, ...], int]:
    counts = [[0] * len(LEVELS) for _ in range(BARS)]
    step = (axis.end - axis.start) / BARS
    for lines in logs.values():
        for line in lines:
            if axis.start <= line.at <= axis.end:
                index = min(int((line.at - axis.start) / step), BARS - 1)
                counts[index][line.level] += 1
    most = max(map(sum, counts))
    bars = []
    for index, levels in enumerate(counts):
        if not any(levels):
            continue
        start = axis.start + index * step
        said = ", ".join(
            f"{n} {name}"
            for name, n in zip(reversed(LEVELS), reversed(levels), strict=True)
            if n
        )
        bars.append(
            Bar(
                left=round(100 * index / BARS, 3),
                width=round(100 / BARS, 3),
                start=start,
                end=start + step,
                heights=tuple(round(100 * n / most, 3) for n in levels),
                title=f"{clock(start)[11:]} to {clock(start + step)[11:]}: {said}",
            )
        )
    return tuple(bars), most


def _lane(
    axis: Axis, one: Container, events: Sequence[Event], lines: Sequence[Line]
) -> Lane:
    own = [event for event in events if event.container == one.name]
    changes = _changes(one, own)
    spans = []
    for (at, state, title), following in zip(
        changes, [*changes[1:], (axis.end, "", "")], strict=True
    ):
        left, right = axis.place(at), axis.place(following[0])
        if right > left:
            lasted = age(following[0] - at)
            spans.append(
                Span(left, round(right - left, 3), state, f"{title} for {lasted}")
            )
    marks = [_mark(axis, event) for event in own if event.at >= axis.start]
    known = {round(event.at) for event in own}
    for kind, text, moment in (
        ("start", "started", epoch(one.started)),
        ("exit", f"exited: {one.exit_code}, {meaning(one.exit_code)}", _finish(one)),
    ):
        if moment and moment >= axis.start and round(moment) not in known:
            marks.append(Mark(axis.place(moment), moment, kind, _titled(moment, text)))
    marks += _errors(axis, lines)
    return Lane(one.service, one.name, tuple(spans), tuple(sorted(marks)))


def _finish(one: Container) -> float | None:
    """Return when it last exited; a running one's last exit is its previous run's."""
    return epoch(one.finished)


def _changes(one: Container, own: Sequence[Event]) -> list[tuple[float, str, str]]:
    """Return (moment, state, words) in order, from events and the last state."""
    found: list[tuple[float, str, str]] = []
    finished, started = epoch(one.finished), epoch(one.started)
    if finished:
        found.append((finished, "down", f"exited ({one.exit_code})"))
    if started:
        found.append((started, "up", "up"))
    for event in own:
        state = _STATES.get(event.action)
        if event.action == "health_status":
            state = event.detail if event.detail in ("healthy", "unhealthy") else "up"
        if state:
            words = f"exited ({event.detail})" if event.action == "die" else state
            found.append((event.at, state, words))
    found.sort()
    created = epoch(one.created)
    if created and one.restarts and (not found or created < found[0][0]):
        # The engine keeps no times of the restarts before; that they were is known.
        found.insert(0, (created, "restarts", f"{one.restarts} restarts"))
    told = one.health in ("healthy", "unhealthy")
    steady = told and one.status == "running" and not looping(one)
    if found and found[-1][1] == "up" and steady:
        found[-1] = (found[-1][0], one.health, one.health)
    return found


_STATES = {
    "create": "down",
    "start": "up",
    "restart": "up",
    "die": "down",
    "oom": "down",
    "pause": "paused",
    "unpause": "up",
}
_KINDS = {
    "start": "start",
    "restart": "start",
    "unpause": "start",
    "die": "exit",
    "stop": "exit",
    "kill": "exit",
    "oom": "oom",
    "destroy": "exit",
    "health_status": "health",
}


def _mark(axis: Axis, event: Event) -> Mark:
    text = f"{event.action} {event.detail}".strip()
    if event.action == "die" and event.detail.isdigit():
        text = f"exited: {event.detail}, {meaning(int(event.detail))}"
    kind = _KINDS.get(event.action, "other")
    return Mark(axis.place(event.at), event.at, kind, _titled(event.at, text))


def _errors(axis: Axis, lines: Sequence[Line]) -> list[Mark]:
    """Return one mark for each place with errors, however many they are."""
    places: dict[int, tuple[int, Line]] = {}
    for line in lines:
        if line.level == ERROR and line.at >= axis.start:
            place = int(axis.place(line.at) / 100 * PLACES)
            count, first = places.get(place, (0, line))
            places[place] = (count + 1, first)
    return [
        Mark(
            axis.place(first.at),
            first.at,
            "error",
            _titled(
                first.at, f"{count} error lines: {shorten(first.text.strip(), 120)}"
            ),
        )
        for count, first in places.values()
    ]


def _titled(at: float, text: str) -> str:
    return f"{clock(at)[11:]} {text}"
