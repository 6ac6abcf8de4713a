"""Trees: the keys tell; and what helps debugging stays."""

from __future__ import annotations

from typing import Any

from tasks.core.redact import TOKEN, PersonalRules, Redactor


def learned() -> Redactor:
    return Redactor.learn(
        [
            (".env", "DB_PASSWORD", "Sup3rS3cretValue"),
            (".env", "APP_USER", "app"),
            ("compose: db", "POSTGRES_PASSWORD", "app"),
        ],
        names=["db"],
        personal=PersonalRules(columns=("full_name",)),
        secret_keys=["LICENCE"],
        public_keys=["PUBLIC_TOKEN"],
    )


def test_keys_tell_what_is_secret() -> None:
    tree: Any = {
        "environment": {
            "POSTGRES_PASSWORD": "app",
            "POSTGRES_USER": "app",
            "DB_URL": "postgresql://app:Sup3rS3cretValue@db:5432/app",
            "LICENCE": "abc-def",
            "PUBLIC_TOKEN": "abcdef123456",
            "PASSWORD_FILE": "/run/secrets/db",
            "API_KEY": None,
            "DEBUG": True,
        },
        "Env": ["PATH=/usr/bin", "MAIL_PASSWORD=correct horse battery"],
        "pairs": [{"name": "JWT_SECRET", "value": "x y z"}],
        "pin": {"password": 1234, "max_tokens": 4096},
        "person": {"full_name": "Some One", "id": 3},
        "files": {"app/core/token.py": "0f1e2d3c4b5a6978"},
        "headers": {"Authorization": "Bearer abcdef123456", "Cookie": "a=b1; c=d2"},
    }
    out: Any = learned().tree(tree)
    env = out["environment"]
    assert TOKEN.fullmatch(env["POSTGRES_PASSWORD"])
    assert env["POSTGRES_USER"] == "app"
    assert env["DB_URL"].startswith("postgresql://app:[secret:DB_PASSWORD#")
    assert env["DB_URL"].endswith("@db:5432/app")
    assert TOKEN.fullmatch(env["LICENCE"])
    assert env["PUBLIC_TOKEN"] == "abcdef123456"
    assert env["PASSWORD_FILE"] == "/run/secrets/db"
    assert env["API_KEY"] is None
    assert env["DEBUG"] is True
    assert out["Env"][0] == "PATH=/usr/bin"
    assert out["Env"][1].startswith("MAIL_PASSWORD=[secret:MAIL_PASSWORD#")
    assert TOKEN.fullmatch(out["pairs"][0]["value"])
    assert TOKEN.fullmatch(out["pin"]["password"])
    assert out["pin"]["max_tokens"] == 4096
    assert out["person"]["full_name"].startswith("[personal:full_name#")
    assert out["files"] == tree["files"]
    assert out["headers"]["Authorization"].startswith("Bearer [secret:")
    assert "b1" not in out["headers"]["Cookie"]
    assert out["headers"]["Cookie"].startswith("a=[secret:a#")


def test_redacting_a_tree_twice_is_redacting_it_once() -> None:
    redact = learned()
    once = redact.tree(
        {"password": "abc", "Env": ["A_TOKEN=x1"], "log": "password=abc"}
    )
    assert redact.tree(once) == once


def test_equal_secrets_have_equal_tokens_and_unequal_ones_do_not() -> None:
    out: Any = Redactor.learn().tree(
        {
            "a": {"DB_PASSWORD": "one1"},
            "b": {"PASSWORD": "one1"},
            "c": {"PASSWORD": "two2"},
        }
    )
    assert out["a"]["DB_PASSWORD"] == out["b"]["PASSWORD"]
    assert out["b"]["PASSWORD"] != out["c"]["PASSWORD"]


def test_a_password_equal_to_a_name_goes_beside_its_key_only() -> None:
    redact = learned()
    assert redact.text("app started as app") == "app started as app"
    assert "=app" not in redact.text("POSTGRES_PASSWORD=app")


def test_a_token_tells_nothing_of_its_secret() -> None:
    one = Redactor.learn().text("password=hunter22")
    other = Redactor.learn().text("password=something-else")
    assert one == other == "password=[secret:password#1]"


def test_credentials_within_values_are_learned() -> None:
    sources = [
        ("x", "DATABASE_URL", "postgresql://app:p%40ssw0rd-9@db/app"),
        (
            "x",
            "SA_JSON",
            '{"client": {"private_key_id": "k1", "api_key": "Zz9-abcdef"}}',
        ),
    ]
    text = Redactor.learn(sources).text(
        "saw p@ssw0rd-9, p%40ssw0rd-9 and Zz9-abcdef of k1"
    )
    assert "ssw0rd" not in text
    assert "Zz9" not in text
    assert text.endswith("of k1")
    assert len(set(TOKEN.findall(text))) == 2
