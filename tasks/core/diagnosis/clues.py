"""A clue: one thing that may be a root cause, before clues are set in order.

Clues come from facts (`tasks.core.diagnosis.causes`) and from known failures in what
was logged or said (`logclues`). `ranking` decides which of them are causes and
which only follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from ..model import Category, Confidence, Diagnosis
from ..snapshot import Snapshot


class Clue(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong, where, and how near to the root it lies.

    Attributes:
        id: the diagnosis it becomes if it is a root cause.
        weight: nearness to the root: 0 (a consequence) to 100 (a root).
        service: the Compose service where it sits, empty for the engine.
        about: the services that it blames, itself apart: whom it could not
            reach, what it waits for.
        state: it only says that the service is unwell; anything that says why
            explains it.
        alone: it has a reason of its own, though an unknown one; another
            service's failure does not explain it.
        takes_away: the service is of no use to others meanwhile.
        explains: ids of clues that follow from this one; ``*`` at the end
            stands for any rest.
        follows: ids of clues whose presence makes this one a consequence.
        checks: ids of the checks whose failure it accounts for.
        names: what it is about (columns, tables, modules), lower-case.
        groups: what the pattern of a known failure captured.
        since: engine time of its first occurrence, empty if unknown.
        until: engine time of its last occurrence.
        events: the events of logs that it was read in, the first one first;
            empty for a fact: clues of one event tell of one failure.
        logged: it was read in a log or in an answer, not seen as a fact.
        warns: nothing is broken by it yet.
    """

    id: str
    category: Category
    confidence: Confidence
    cause: str
    weight: int
    service: str = ""
    about: tuple[str, ...] = ()
    state: bool = False
    alone: bool = False
    takes_away: bool = False
    explains: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: dict[str, str] = {}
    evidence: tuple[str, ...] = ()
    fix: str | None = None
    advice: str = ""
    since: str = ""
    until: str = ""
    events: tuple[str, ...] = ()
    logged: bool = False
    warns: bool = False

    def diagnosis(self, consequences: tuple[str, ...] = ()) -> Diagnosis:
        """Return the root cause that this clue turned out to be."""
        return Diagnosis(
            id=self.id,
            category=self.category,
            confidence=self.confidence,
            cause=self.cause,
            evidence=self.evidence,
            service=self.service or None,
            fix=self.fix,
            advice=self.advice,
            consequences=consequences,
        )


Clues = Iterator[Clue]


class Rule(NamedTuple):
    """A declared structural rule: what it is called and how it is found."""

    id: str
    category: Category
    weight: int
    doc: str
    find: Callable[[Snapshot], Clues]


RULES: dict[str, Rule] = {}


class Found(NamedTuple):
    """What a rule saw; the rest of the Clue is in the rule's declaration."""

    cause: str
    evidence: tuple[str, ...]
    more: dict[str, object]


def found(cause: str, *evidence: str, **more: object) -> Found:
    """Say what a rule saw.

    Args:
        cause: one sentence.
        evidence: what was seen and where; empty pieces are left out.
        more: attributes of the Clue that the declaration does not give.
    """
    return Found(cause, tuple(piece for piece in evidence if piece), more)


def rule(
    id: str,
    category: Category,
    weight: int,
    **given: object,
) -> Callable[[Callable[[Snapshot], Iterator[Found]]], Rule]:
    """Declare the decorated function as the structural rule ``id``.

    Args:
        id: the diagnosis that it finds.
        category: the kind of failure.
        weight: nearness to the root; see `Clue`.
        given: other attributes that all its Clues share.

    Raises:
        ValueError: the id is taken.
    """

    def declare(look: Callable[[Snapshot], Iterator[Found]]) -> Rule:
        if id in RULES:
            raise ValueError(f"two rules are called {id!r}")

        def find(snapshot: Snapshot) -> Clues:
            for seen in look(snapshot):
                fields: dict[str, object] = {
                    "id": id,
                    "category": category,
                    "weight": weight,
                    "confidence": "certain",
                    **given,
                    "cause": seen.cause,
                    "evidence": seen.evidence,
                    **seen.more,
                }
                yield Clue(**fields)  # type: ignore[arg-type]

        RULES[id] = Rule(id, category, weight, look.__doc__ or "", find)
        return RULES[id]

    return declare
