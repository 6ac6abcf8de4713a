"""The known failures as users read them: ``docs/signatures.md``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from ..signatures.catalogue import Signature

INTRODUCTION = """\
# Known failures

What `inv triage` and `inv fix.auto` recognise in logs and in what the engine
says. This page is generated from `tasks/core/signatures/` by `./inv dev.docs`.

Weight says how near the root a failure is: the higher of two explains the lower.

## Your own

Name a file in `.env` (`UNSTUCK_SIGNATURES=signatures.toml`) with tables like:

```toml
[[signature]]
id = "licence-expired"                # unique
category = "config"                   # any heading below
confidence = "certain"                # certain, likely, possible
patterns = ['licence of (?P<product>\\w+) expired']
cause = "The licence of {product} has expired"
roles = ["backend"]                   # backend, worker, frontend, db, redis,
                                      # build, engine, any
fix = ""                              # a task such as fix.env, or nothing
advice = "Ask the team for a new one" # what to do when no task can
weight = 80                           # 0 (a consequence) to 100 (a root)
reference = "https://example.org/licences"
samples = ["ERROR: licence of solver expired"]
```

A pattern is a regular expression for one line, without look-around, references
back, inline flags or an unbounded `.`, and with at least 6 characters that must
occur. Each named group that `cause` uses must be in every pattern. Two optional
fields: `above`, what the text directly above must match as well (its groups
count), and `unless`, what the line must not match.
"""


def page(signatures: Sequence[Signature]) -> str:
    """Return the reference of the signatures, one table for each category.

    Args:
        signatures: As ``signatures.load`` gives them, sorted by category.
    """
    parts = [INTRODUCTION]
    for category, members in groupby(signatures, attrgetter("category")):
        rows = [_row(s) for s in sorted(members, key=lambda s: (-s.weight, s.id))]
        head = [
            f"## {category}",
            "",
            "| failure | cause | what mends it | weight |",
            "| --- | --- | --- | --- |",
        ]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)


def _row(signature: Signature) -> str:
    """Return one row; a bar inside a cell would end it."""
    remedy = f"`inv {signature.fix}`" if signature.fix else ""
    if signature.advice:
        remedy = f"{remedy}. {signature.advice}" if remedy else signature.advice
    cells = (
        f"[{signature.id}]({signature.reference})",
        f"{signature.cause} ({signature.confidence})",
        remedy,
        str(signature.weight),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
