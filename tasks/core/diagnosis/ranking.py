"""Which clues are root causes, which follow from them, and in what order.

A clue follows from another if that is said of them (`explains`, `follows`), if
both are told by one traceback, if it only says that a service is unwell and
the other says why, or if it happened in a service that needs the one that the
other takes away. What follows from nothing is a root cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..needs import Needs
from .clues import Clue

#: Categories of failures that a service meets at another one's door.
OUTWARD = ("network", "auth", "resource", "engine")
#: What weighs less than this says that something ended, not why.
FAINT_WEIGHT = 40
#: Only what weighs less follows from a service being gone.
OWN_WEIGHT = 80


class Root(NamedTuple):
    """A root cause with the clues that follow from it."""

    clue: Clue
    consequences: tuple[Clue, ...]


def rank(clues: Sequence[Clue], needs: Needs) -> list[Root]:
    """Return the root causes, the most fundamental first.

    Args:
        clues: everything that was found, in any order.
        needs: which service needs which.
    """
    ordered = sorted(clues, key=lambda clue: _key(clue, needs))
    parents: dict[int, int] = {}
    for child, clue in enumerate(ordered):
        for parent, other in enumerate(ordered):
            if parent == child or _reaches(parents, parent, child):
                continue
            if explains(other, clue, needs):
                parents[child] = parent
                break
    roots = [i for i in range(len(ordered)) if i not in parents]
    below: dict[int, list[Clue]] = {i: [] for i in roots}
    for child in sorted(parents):
        below[_top(parents, child)].append(ordered[child])
    found = [Root(ordered[i], tuple(below[i])) for i in roots]
    # What only warns by itself is broken if anything broken follows from it.
    return sorted(
        found, key=lambda root: (_only_warns(root), *_key(root.clue, needs)[1:])
    )


def explains(cause: Clue, effect: Clue, needs: Needs) -> bool:
    """Tell whether one clue is reason enough for another."""
    if _near(cause, effect, needs) and (
        (cause.id == effect.id and not effect.state)
        or _listed(effect.id, cause.explains)
        or _listed(cause.id, effect.follows)
    ):
        return True
    if effect.events and effect.events[0] in cause.events:
        return cause.weight > effect.weight
    if cause.weight <= effect.weight and not effect.state:
        return False
    if cause.service == effect.service:
        # A container that was stopped cleanly did not end of what it logged.
        light = effect.weight < OWN_WEIGHT and not cause.state
        if effect.state:
            return light or cause.weight > effect.weight
        # What is said at a service's end follows from its end.
        return cause.takes_away and effect.weight < FAINT_WEIGHT
    return cause.takes_away and _suffers(cause, effect, needs)


def _suffers(cause: Clue, effect: Clue, needs: Needs) -> bool:
    """Tell whether an effect is what a service meets when another one is gone."""
    if not cause.service:
        return True  # the engine itself
    if cause.service in effect.about and effect.weight < OWN_WEIGHT + 10:
        return True
    if effect.alone or cause.service not in needs.of(effect.service):
        return False
    return effect.state or (effect.category in OUTWARD and effect.weight < OWN_WEIGHT)


def _near(cause: Clue, effect: Clue, needs: Needs) -> bool:
    """Tell whether two clues can have to do with each other at all."""
    if not cause.service or not effect.service:
        return True
    if cause.service == effect.service or effect.service in cause.about:
        return True
    if needs.kin(cause.service, effect.service):
        return True
    if cause.service in effect.about or cause.service in needs.of(effect.service):
        return True
    return effect.service in needs.of(cause.service) or bool(
        set(cause.about) & set(effect.about)
    )


def _only_warns(root: Root) -> bool:
    return root.clue.warns and all(clue.warns for clue in root.consequences)


def _listed(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
        for pattern in patterns
    )


def _key(clue: Clue, needs: Needs) -> tuple[object, ...]:
    """Sort what is broken before what only warns, then by weight, depth, time."""
    return (
        clue.warns,
        -clue.weight,
        needs.depth(clue.service),
        clue.since or "9",
        clue.id,
    )


def _reaches(parents: dict[int, int], start: int, goal: int) -> bool:
    """Tell whether going up from ``start`` one comes to ``goal``."""
    while start in parents:
        start = parents[start]
        if start == goal:
            return True
    return False


def _top(parents: dict[int, int], start: int) -> int:
    while start in parents:
        start = parents[start]
    return start
