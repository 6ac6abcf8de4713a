"""What the fault matrix is made of: rows, the data's fingerprint, the document."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import NamedTuple

from tests.harness.commands import CHECKOUT
from tests.harness.stack import ReferenceStack

TABLES = (
    "select table_name, string_agg(quote_ident(column_name), ',' order by "
    "ordinal_position) from information_schema.columns "
    "where table_schema = 'public' group by table_name order by table_name"
)
PRINT = """
select '{table}', count(*) || ' ' ||
  md5(coalesce(string_agg(t::text, chr(10) order by t::text), ''))
from (select {names} from {table}) t
"""
#: Rows that no seed can bring back: a schedule somebody made.
SCHEDULE = """
insert into schedules (name, starts_on, blocks)
select 'made by hand', '2026-07-01', 1 where not exists (select from schedules);
insert into assignments (schedule_id, person_id, rotation_template_id, block)
select s.id, p.id, (select min(id) from rotation_templates), 1
from schedules s, people p where not exists (select from assignments)
"""

#: Under which a test's report carries its row.
PROPERTY = "fault"
DOCUMENT = CHECKOUT / "docs" / "fault-matrix.md"

Columns = dict[str, str]
Prints = dict[str, str]


class Row(NamedTuple):
    """How one fault went.

    Attributes:
        diagnosed: the expected diagnosis was named, first or not.
        first: it was named first, with its category and fix.
        auto: ``fix.auto`` must mend it by itself.
        fixed: ``green``, ``person`` where nothing else was promised, or how it
            failed.
        seconds: what fix.auto took.
        intact: no row was lost or changed.
    """

    fault: str
    diagnosis: str
    diagnosed: bool
    first: bool
    triage: float
    auto: bool
    fixed: str
    seconds: float
    intact: bool

    @property
    def good(self) -> bool:
        """Whether everything is as the fault's file demands."""
        right = self.diagnosed and self.first and self.intact
        return right and self.fixed == ("green" if self.auto else "person")


def columns(stack: ReferenceStack) -> Columns:
    """Return the columns of every table, as SQL names them."""
    rows = stack.psql(TABLES).splitlines()
    found = dict(row.split("|", 1) for row in rows if row)
    found.pop("alembic_version", None)
    return found


def fingerprint(stack: ReferenceStack, tables: Columns) -> Prints:
    """Return number and checksum of the rows of each table, in some columns.

    The columns are those that there were before: a migration that adds one
    changes no row.
    """
    parts = [PRINT.format(table=table, names=names) for table, names in tables.items()]
    rows = stack.psql(" union all ".join(parts)).splitlines()
    return dict(row.split("|", 1) for row in rows)


def lost(before: Prints, after: Prints, *, reseeded: bool) -> list[str]:
    """Return the tables that are not as they were.

    Args:
        before: the prints before the fault.
        after: those at the end.
        reseeded: the fault itself took rows, and the fix put them back: then as
            many must be there again, under other ids.
    """

    def essence(value: str) -> str:
        return value.partition(" ")[0] if reseeded else value

    kept = {t: v for t, v in before.items() if not (reseeded and t in MADE)}
    return [t for t, v in kept.items() if essence(after.get(t, "0 -")) != essence(v)]


#: What refers to seeded rows goes with them, by the schema's own rules.
MADE = ("schedules", "assignments")


def document(rows: Sequence[Row]) -> str:
    """Return ``docs/fault-matrix.md``."""
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}"
    )
    auto = [row for row in rows if row.auto]
    green = sum(row.fixed == "green" for row in auto)
    lines = [
        "# Fault matrix",
        "",
        "Every fault of `demo/faults/`, put into the running reference stack on a real",
        "engine: what was diagnosed, whether the right cause came first, whether",
        "`inv fix.auto` brought every check back to green, and whether every row of",
        "data was still there. Written by `./inv test --faults all`; do not edit.",
        "",
        machine,
        "",
        f"- faults: {len(rows)}",
        f"- diagnosed: {sum(row.diagnosed for row in rows)}",
        f"- right cause first: {sum(row.first for row in rows)}",
        f"- mended by `fix.auto`: {green} of {len(auto)} that need no person",
        f"- data intact: {sum(row.intact for row in rows)}",
        "",
        "`person`: the cause is named, with what to do, but only a person can or may",
        "decide it; `fix.auto` says so and changes nothing that matters.",
        "",
        "| fault | diagnosis | diagnosed | first | triage | mended | seconds | data |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join([*lines, ""])


def _line(row: Row) -> str:
    def word(value: bool) -> str:
        return "yes" if value else "**no**"

    took = f"{row.seconds:.0f}" if row.seconds else ""
    well = row.fixed == ("green" if row.auto else "person")
    fixed = row.fixed if well else f"**{row.fixed}**"
    cells = (
        row.fault,
        row.diagnosis,
        word(row.diagnosed),
        word(row.first),
        f"{row.triage:.1f} s",
        fixed,
        took,
        "intact" if row.intact else "**lost**",
    )
    return f"| {' | '.join(cells)} |"
