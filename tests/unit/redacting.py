"""What the tests of redaction share: the corpus and redactors that know it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tasks.core.redact import PersonalRules, Redactor
from tasks.core.redact.corpus import Corpus, load

FIXTURES = Path(__file__).parents[1] / "fixtures" / "redaction"
NAMES = ("db", "redis", "backend", "scheduler")


@cache
def corpus(part: str = "*") -> Corpus:
    return load(FIXTURES, part)


def redactor(*, plain: bool = False) -> Redactor:
    """Return a new redactor that knows the made-up stack."""
    known = corpus()
    return Redactor.learn(
        known.sources,
        names=NAMES,
        personal=PersonalRules(known.columns, known.patterns),
        plain=plain,
    )
