"""A clue: one thing that may be a root cause, before clues are set in order.

Clues come from the state of containers and engine (`causes`), from known
failures in logs (`logclues`) and from checks that failed (`diagnose`).
`ranking` decides which of them are causes and which only follow.
"""

from __future__ import annotations

import msgspec

from .model import Category, Confidence, Diagnosis


class Clue(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong, where, and how near to the root it lies.

    Attributes:
        id: the diagnosis it becomes if it is a root cause.
        weight: nearness to the root: 0 (a consequence) to 100 (a root).
        service: the Compose service where it sits, empty for the engine.
        about: the services that it blames, itself apart: whom it could not
            reach, what it waits for.
        takes_away: whether the service is of no use to others meanwhile.
        follows: ids of clues whose presence makes this one a consequence.
        checks: ids of the checks whose failure it accounts for.
        since: engine time of its first occurrence, empty if unknown.
    """

    id: str
    category: Category
    confidence: Confidence
    cause: str
    weight: int
    service: str = ""
    about: tuple[str, ...] = ()
    takes_away: bool = False
    follows: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    fix: str | None = None
    advice: str = ""
    since: str = ""

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
