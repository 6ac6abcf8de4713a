"""What is asked over a container's network is what a command in it would be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tasks.adapters import network, postgres, redis
from tasks.adapters.look import Look
from tasks.adapters.probes import PROBES, containers
from tasks.adapters.probes import postgres as database_probe
from tasks.adapters.probes import redis as redis_probe
from tasks.adapters.probes.pgquestions import Answer
from tasks.adapters.settings import load
from tasks.core import sessions, snapshot
from tests.harness.stack import ReferenceStack

pytestmark = pytest.mark.engine

HBA = "/var/lib/postgresql/data/pg_hba.conf"
PASSWORD = "p w\u00e9"


class Seen(NamedTuple):
    """A look at the stack, and one of its containers."""

    look: Look
    document: Any
    address: str


def seen(stack: ReferenceStack, service: str) -> Seen:
    look = Look(load(stack.root), PROBES)
    document = containers.running(look, service)
    address = network.address(document)
    assert address, "this machine is not the gateway of the stack's network"
    return Seen(look, document, address)


def commands_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no container be reached but by commands in it, as with Docker Desktop."""
    monkeypatch.setattr(network, "address", lambda _: "")


def lasting(found: snapshot.Database | snapshot.Redis, *passing: str) -> dict[str, Any]:
    """Return the facts but those that two looks can't have in common."""
    assert found.disk_free is not None
    gigabytes = found.disk_free // 10**9
    kept = {name: getattr(found, name) for name in found.__struct_fields__}
    return {k: v for k, v in kept.items() if k not in passing} | {
        "disk_free": gigabytes
    }


def test_postgres_says_the_same(
    healthy_stack: ReferenceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = seen(healthy_stack, "db").look
    over_network = database_probe.database(look)
    assert over_network.rows
    assert over_network.columns
    assert over_network.revisions
    assert set(over_network.credentials.values()) == {""}
    commands_only(monkeypatch)
    by_psql = database_probe.database(look)
    passing = ("connections", "size", "locks")
    assert lasting(over_network, *passing) == lasting(by_psql, *passing)


def test_nobody_is_tried_whom_no_service_is(stack: ReferenceStack) -> None:
    """What is refused stands in the server's log: only what services try as well."""
    look, document, _ = seen(stack, "db")
    client = look.get("client")
    logins = sessions.logins(look.get("model"), "db")

    def over_network(*logins: sessions.Login) -> Answer | None:
        return database_probe._over_network(
            look, client, document, list(logins), ["select '{\"version\": 1}'"]
        )

    said = over_network(*logins)
    assert said is not None
    assert said.rows == [{"version": 1}]
    assert over_network() is None
    assert over_network(*(one._replace(user="another") for one in logins)) is None
    assert over_network(*(one._replace(password="old") for one in logins)) is None
    also = logins[0]._replace(service="other", user="nobody")
    assert over_network(*logins, also) is None
    # Then psql is asked, which knows a way in without a password and says who is not.
    facts = database_probe.ask(look, client, document, [logins[0], also])
    assert isinstance(facts, dict)
    assert facts["version"]
    assert facts["refusals"][0] == ""
    assert 'password authentication failed for user "nobody"' in facts["refusals"][1]


@pytest.fixture
def ways(stack: ReferenceStack) -> Iterator[ReferenceStack]:
    """The stack's server, with a user for each way to log in."""
    roles = [
        f"create role {name} login password '{PASSWORD}'"
        for name in ("by_scram", "by_md5", "in_clear", "trusted", "nobody")
    ]
    roles[1] = f"set password_encryption = 'md5'; {roles[1]}"
    rules = "by_md5 all md5", "in_clear all password", "trusted all trust"
    lines = [f"host all {rule}" for rule in (*rules, "nobody all reject")]
    added = "".join(f"{line}\\n" for line in lines)
    script = f"cp {HBA} /tmp/hba; printf '{added}' | cat - /tmp/hba > {HBA}"
    exec_ = ("exec", "-T", "db", "sh", "-ec")
    assert stack.compose(*exec_, script).code == 0
    for statement in (*roles, "select pg_reload_conf()"):
        stack.psql(statement)
    yield stack
    assert stack.compose(*exec_, f"cat /tmp/hba > {HBA}").code == 0
    stack.psql("drop role by_scram, by_md5, in_clear, trusted, nobody")
    stack.psql("select pg_reload_conf()")


def test_each_way_to_log_in(ways: ReferenceStack) -> None:
    address = seen(ways, "db").address

    def user_of(user: str, password: str) -> str:
        login = postgres.Login(user, "postgres", password)
        return postgres.ask(address, login, ["select current_user"], {}, 5.0)[0][0]

    for user in ("by_scram", "by_md5", "in_clear"):
        assert user_of(user, PASSWORD) == user
        with pytest.raises(postgres.Refused, match="password authentication failed"):
            user_of(user, "other")
    assert user_of("trusted", "") == "trusted"
    with pytest.raises(postgres.Refused, match="rejects connection"):
        user_of("nobody", PASSWORD)


def test_statements_are_each_their_own(ways: ReferenceStack) -> None:
    """Of one that fails there are no rows; those after it are answered."""
    statements = [
        "select 'a' union all select 'b\u00e9' order by 1",
        "select * from no_such_table",
        "select null, 'second column'",
        "select pg_sleep(5)",
        "",
        f"select repeat('x', {1 << 20})",
        "show application_name",
    ]
    answers = postgres.ask(
        seen(ways, "db").address,
        postgres.Login("trusted", "postgres", ""),
        statements,
        {"application_name": "test", "options": "-c statement_timeout=300ms"},
        10.0,
    )
    (long,) = answers.pop(5)
    assert len(long) == 1 << 20
    assert answers == [["a", "b\u00e9"], [], [], [], [], ["test"]]


@pytest.mark.parametrize("password", ["", "other"])
def test_redis_refuses_in_the_same_words(stack: ReferenceStack, password: str) -> None:
    look, document, address = seen(stack, "redis")
    said = redis.info(address, password, 5.0)
    refused, info = redis_probe._inside(
        look, look.get("client"), document["Id"], password
    )
    assert (said.refused, said.info, info) == (refused, "", {})
    assert refused


def test_redis_says_the_same(
    healthy_stack: ReferenceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = seen(healthy_stack, "redis").look
    over_network = redis_probe.redis(look)
    assert over_network.reachable
    assert over_network.memory > 0
    assert set(over_network.credentials.values()) == {""}
    commands_only(monkeypatch)
    by_command = redis_probe.redis(look)
    assert lasting(over_network, "clients", "memory") == lasting(
        by_command, "clients", "memory"
    )
