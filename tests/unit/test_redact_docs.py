"""docs/redaction.md says what the code does; learning decides as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.core.errors import WrongUsage
from tasks.core.redact import TOKEN, PersonalRules, Redactor
from tasks.core.redact.keys import Keys, Secrecy
from tasks.core.redact.reference import table

DOCS = Path(__file__).parents[2] / "docs" / "redaction.md"


def test_the_table_of_shapes_is_the_codes() -> None:
    assert table() in DOCS.read_text("utf-8"), f"put this there:\n{table()}"


@pytest.mark.parametrize(
    ("value", "text", "hidden"),
    [
        ("hunter2", "saw hunter2 here", True),
        ("hunter2", "saw hunter22 here", False),
        ("swordfish", "a swordfish", True),
        ("swordfish", "swordfishes", False),
        ("abc", "abc", False),
        ("changeme", "changeme", False),
        ("5432", "port 5432", False),
        ("true", "true", False),
        ("x9-Long-Value", "prefixX9-LONG-VALUEsuffix", True),
    ],
)
def test_how_widely_a_learned_value_is_replaced(
    value: str, text: str, hidden: bool
) -> None:
    out = Redactor.learn([(".env", "A_PASSWORD", value)]).text(text)
    assert (TOKEN.search(out) is not None) is hidden


@pytest.mark.parametrize(
    ("key", "secrecy"),
    [
        ("DB_PASSWORD", Secrecy.ANY_VALUE),
        ("dbPassword", Secrecy.ANY_VALUE),
        ("x-api-key", Secrecy.ANY_VALUE),
        ("SECRET_KEY_BASE", Secrecy.ANY_VALUE),
        ("OPENAI_KEY", Secrecy.ANY_VALUE),
        ("session", Secrecy.IF_RANDOM),
        ("PUBLIC_KEY", Secrecy.NONE),
        ("KEYBOARD", Secrecy.NONE),
        ("cache_key", Secrecy.NONE),
        ("TOKEN_TTL", Secrecy.NONE),
        ("POSTGRES_PASSWORD_FILE", Secrecy.NONE),
        ("app/core/token.py", Secrecy.NONE),
    ],
)
def test_keys(key: str, secrecy: Secrecy) -> None:
    assert Keys().secrecy(key) is secrecy


@pytest.mark.parametrize("pattern", ["(", "x*"])
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(WrongUsage, match="personal data"):
        Redactor.learn(personal=PersonalRules(patterns=(pattern,)))


def test_a_pattern_that_hyperscan_cannot_do_works_all_the_same() -> None:
    rules = PersonalRules(patterns=(r"(?<=badge )[0-9]{4}(?!\d)",))
    assert Redactor.learn(personal=rules).text("badge 1234 x") == (
        "badge [personal:pattern#1] x"
    )
