"""Who does what in which block: a linear assignment problem per block.

Rows are people, columns are places (a rotation with capacity 3 has three). The
costs hold the rules: a forbidden pair costs more than everything else together, a
required place is cheaper than any other, heavy rotations cost more for those who
carried more so far, and repeating a rotation costs a little.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from app.models import Absence, Person, RotationTemplate

BLOCK = timedelta(weeks=4)
MAX_DAYS_AWAY = 7  # more than this in a block: not assigned in it
FORBIDDEN = 1e6
REQUIRED = -1e3
REPEATED = 4.0


class SchedulingError(Exception):
    """The rules cannot all be kept; the message says which and why."""


@dataclass
class Plan:
    """(block, person id, rotation template id), and what each person carries."""

    assignments: list[tuple[int, int, int]] = field(default_factory=list)
    load: Counter[int] = field(default_factory=Counter)
    done: Counter[tuple[int, int]] = field(default_factory=Counter)


def days_away(absences: Sequence[Absence], first: date, last: date) -> Counter[int]:
    away: Counter[int] = Counter()
    for absence in absences:
        days = (min(absence.ends_on, last) - max(absence.starts_on, first)).days + 1
        away[absence.person_id] += max(days, 0)
    return away


def cost_table(
    people: Sequence[Person],
    rotations: Sequence[RotationTemplate],
    away: Counter[int],
    plan: Plan,
) -> pd.DataFrame:
    """One row per person; one column, (rotation id, place), per place."""
    places = [(rotation, n) for rotation in rotations for n in range(rotation.capacity)]
    lightest = min((plan.load[person.id] for person in people), default=0)
    costs = np.zeros((len(people), len(places)))
    for row, person in enumerate(people):
        for column, (rotation, n) in enumerate(places):
            allowed = rotation.min_pgy <= person.pgy_level <= rotation.max_pgy
            if not allowed or away[person.id] > MAX_DAYS_AWAY:
                costs[row, column] = FORBIDDEN
                continue
            carried = plan.load[person.id] - lightest
            costs[row, column] = (
                carried * rotation.workload
                + REPEATED * plan.done[person.id, rotation.id]
                + (REQUIRED if n < rotation.required else 0)
            )
    return pd.DataFrame(
        costs,
        index=[person.id for person in people],
        columns=pd.MultiIndex.from_tuples([(r.id, n) for r, n in places]),
    )


def solve_block(
    block: int, costs: pd.DataFrame, rotations: Sequence[RotationTemplate], plan: Plan
) -> None:
    """Add the best assignment of this block to the plan."""
    workload = {rotation.id: rotation.workload for rotation in rotations}
    filled: Counter[int] = Counter()
    for row, column in zip(*linear_sum_assignment(costs.to_numpy()), strict=True):
        if costs.iat[row, column] >= FORBIDDEN / 2:
            continue
        person_id, rotation_id = int(costs.index[row]), int(costs.columns[column][0])
        filled[rotation_id] += 1
        plan.assignments.append((block, person_id, rotation_id))
        plan.load[person_id] += workload[rotation_id]
        plan.done[person_id, rotation_id] += 1
    for rotation in rotations:
        if filled[rotation.id] < rotation.required:
            raise SchedulingError(
                f"block {block}: {rotation.name} needs {rotation.required} people of "
                f"PGY {rotation.min_pgy} to {rotation.max_pgy}, "
                f"only {filled[rotation.id]} can be had"
            )


def solve(
    people: Sequence[Person],
    rotations: Sequence[RotationTemplate],
    absences: Sequence[Absence],
    starts_on: date,
    blocks: int,
) -> Plan:
    """Plan every block in turn; earlier blocks weigh on later ones."""
    plan = Plan(load=Counter({person.id: 0 for person in people}))
    for block in range(1, blocks + 1):
        first = starts_on + (block - 1) * BLOCK
        away = days_away(absences, first, first + BLOCK - timedelta(days=1))
        costs = cost_table(people, rotations, away, plan)
        solve_block(block, costs, rotations, plan)
    return plan
