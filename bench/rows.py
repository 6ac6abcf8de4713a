"""What is claimed, what was measured, and whether the one holds by the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .pairs import Pairs


@dataclass(frozen=True)
class Row:
    """One claim with its figure.

    Attributes:
        claim: what is measured.
        against: what it is measured against.
        reach: what is claimed, in words.
        ratio: the figure that ``reach`` speaks of; None if nothing could be
            measured.
        met: whether it is reached.
        figures: the medians behind the ratio, in words.
        commands: what was run.
        note: what to know about it, or why it could not be measured.
    """

    claim: str
    against: str
    reach: str
    ratio: float | None
    met: bool
    figures: str = ""
    commands: tuple[str, ...] = ()
    note: str = ""

    def told(self) -> dict[str, object]:
        """Return what ``inv bench --json`` prints of it."""
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return {
            "claim": self.claim,
            "against": self.against,
            "reach": self.reach,
            "ratio": ratio,
            "met": self.met,
        }


def at_most(
    claim: str,
    against: str,
    bound: float,
    pairs: Pairs,
    *,
    commands: Sequence[str] = (),
    note: str = "",
) -> Row:
    """Return the row of a claim that ours takes at most ``bound`` times as long."""
    ours, theirs = pairs.medians
    return Row(
        claim=claim,
        against=against,
        reach=f"at most {bound} times",
        ratio=pairs.ratio,
        met=pairs.ratio <= bound,
        figures=f"{seconds(ours)} to {seconds(theirs)}, {len(pairs.ours)} pairs",
        commands=tuple(commands),
        note=note,
    )


def faster(
    claim: str,
    against: str,
    bound: float,
    pairs: Pairs,
    *,
    commands: Sequence[str] = (),
    note: str = "",
) -> Row:
    """Return the row of a claim that ours is ``bound`` times faster."""
    ours, theirs = pairs.medians
    times = Pairs(pairs.theirs, pairs.ours).ratio
    return Row(
        claim=claim,
        against=against,
        reach=f"at least {bound:g} times faster",
        ratio=times,
        met=times >= bound,
        figures=f"{seconds(ours)} to {seconds(theirs)}, {len(pairs.ours)} pairs",
        commands=tuple(commands),
        note=note,
    )


def below(
    claim: str, reach: str, figure: float, bound: float, figures: str, *, note: str = ""
) -> Row:
    """Return the row of a claim with a bound of its own; the ratio is to that."""
    ratio = figure / bound
    return Row(claim, "", reach, ratio, ratio < 1, figures, note=note)


def seconds(value: float) -> str:
    """Return seconds as a person would say them."""
    return f"{value * 1000:.0f} ms" if value < 10 else f"{value:.1f} s"
