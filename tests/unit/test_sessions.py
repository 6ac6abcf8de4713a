"""Who logs in to the database, whom it refuses, who blocks whom; the verifier."""

from __future__ import annotations

import base64

import pytest

from tasks.core import scram, sessions
from tasks.core.snapshot import Database, Lock, Model, Service

from .planning import commands, plan
from .stored import change, healthy, with_part

REFUSAL = f'{sessions.REFUSED} for user "scheduler"'


def model(**urls: str) -> Model:
    services = {
        name: Service(name=name, environment={"DATABASE_URL": url})
        for name, url in urls.items()
    }
    found = healthy().model
    assert found
    return change(found, services=services)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://app:word@db:5432/main", ("app", "word", "main")),
        ("postgres://app:word@db/main?sslmode=disable", ("app", "word", "main")),
        ("postgresql+asyncpg://app:word@db", ("app", "word", "app")),
        ("postgresql://app@db:5432/main", ("app", "", "main")),
        # What a redacted model has, and what people type unescaped.
        ("postgresql://app:[secret:X#1]@db:5432/main", ("app", "[secret:X#1]", "main")),
        ("postgresql://app:p@ss[/#?@db:5432/main", ("app", "p@ss[/#?", "main")),
    ],
)
def test_logins(url: str, wanted: tuple[str, str, str]) -> None:
    (login,) = sessions.logins(model(web=url), "db")
    assert (login.user, login.password, login.database) == wanted


def test_addresses_elsewhere_are_no_logins() -> None:
    other = "postgresql://app:word@elsewhere:5432/main"
    assert sessions.logins(model(web=other, cache="redis://:word@db:6379"), "db") == []


def test_who_blocks_whom() -> None:
    chain = (
        Lock(pid=1, seconds=9, state="idle in transaction"),
        Lock(pid=2, seconds=8, state="active", waiting_for=(1,)),
        Lock(pid=3, seconds=7, state="active", waiting_for=(2, 1)),
    )
    database = Database(service="db", locks=chain)
    assert (sessions.waiters(database), sessions.blockers(database)) == (2, (1,))


def test_the_verifier_is_that_of_the_rfc() -> None:
    """RFC 7677's example, as PostgreSQL stores it."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    assert scram.verifier("pencil", salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert scram.verifier("pencil") != scram.verifier("pencil")


def test_the_plan_sets_one_password_for_all_who_log_in_alike() -> None:
    refused = with_part("database", credentials={"backend": REFUSAL})
    made = plan("password", refused)
    (step,) = made.steps
    assert (step.action, step.args["user"]) == ("set-password", "scheduler")
    assert "[secret" not in repr(step)
    assert (made.loses_data, made.services) == (False, ("backend",))


def test_a_password_that_is_taken_is_left_alone() -> None:
    assert commands(plan("password")) == []


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        (("postgresql://a:one@db/x", "postgresql://a:two@db/x"), "different passwords"),
        (("postgresql://a@db/x", "postgresql://a:two@db/x"), "not all with a password"),
    ],
)
def test_which_password_is_right_must_be_clear(
    urls: tuple[str, str], words: str
) -> None:
    refused = with_part("database", credentials={"backend": REFUSAL})
    both = change(refused, model=model(backend=urls[0], worker=urls[1]))
    assert words in plan("password", both).blocked


def test_the_plan_ends_those_who_block_and_says_what_is_lost() -> None:
    locks = (
        Lock(pid=11, seconds=60, state="idle in transaction", query="LOCK TABLE x"),
        Lock(pid=12, seconds=50, state="active", waiting_for=(11,), query="SELECT 1"),
    )
    made = plan("locks", with_part("database", locks=locks))
    (step,) = made.steps
    assert (step.action, step.args) == ("end-session", {"pid": "11"})
    assert "not committed" in step.destroys[0]
    assert "SELECT 1" in made.notes[0]
    assert commands(plan("locks")) == []


def test_a_database_that_is_silent_blocks_both() -> None:
    silent = with_part("database", reachable=False, error="no answer")
    assert "no answer" in plan("password", silent).blocked
    assert "no answer" in plan("locks", silent).blocked
