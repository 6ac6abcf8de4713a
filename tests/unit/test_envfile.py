"""Making ``.env`` from its example: complete, secret, and never a value lost."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.adapters import envfile as file
from tasks.adapters.settings import read_env
from tasks.core.errors import WrongUsage
from tasks.core.sources import envfile

EXAMPLE = """\
# The stack's settings.
PROJECT=residency
WEB_PORT=8000
# Generated.
DB_PASSWORD=
DEMO_USER=
EXTRA=
ORIGIN=http://localhost:${WEB_PORT}
# UNSTUCK_STATE=.unstuck
UNSTUCK_LOGIN_PASSWORD=
"""


def fill(text: str) -> envfile.Filled:
    return envfile.fill(text, EXAMPLE, lambda: "Made9", lambda port: port)


def test_a_new_one_is_the_example_with_its_empty_secrets_filled() -> None:
    filled = fill("")
    expected = EXAMPLE.replace("DB_PASSWORD=\n", "DB_PASSWORD=Made9\n")
    assert filled.text == expected.replace("USER=\n", "USER=user-made9\n")
    assert filled.generated == ("DB_PASSWORD", "DEMO_USER")


def test_an_existing_one_keeps_every_value_and_gets_what_it_lacks() -> None:
    text = "PROJECT=mine\nexport DB_PASSWORD='it is mine'\nMINE=1"
    filled = fill(text)
    assert filled.text.startswith(f"{text}\n")
    assert filled.added == (
        "WEB_PORT",
        "DEMO_USER",
        "EXTRA",
        "ORIGIN",
        "UNSTUCK_LOGIN_PASSWORD",
    )
    assert filled.generated == ("DEMO_USER",)
    assert fill(filled.text).text == filled.text


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("A=1\n", "LOGIN=${WHO}-${WHERE}\nWHO=${FIRST}\nFIRST=x\nWHERE=h\n"),
        ("A=1\nLOGIN=${WHO}-${WHERE}\nB=2\n", "LOGIN=\nWHO=x\nWHERE=h\n"),
        ("LOGIN=${WHO:-none}-${WHERE}\n", "WHO=${FIRST}\nWHERE=h\nFIRST=x\n"),
    ],
    ids=["both missing", "the reference is there", "with what it builds on"],
)
def test_what_is_referred_to_comes_first(
    tmp_path: Path, text: str, example: str
) -> None:
    path = tmp_path / ".env"
    path.write_text(envfile.fill(text, example, str, lambda port: port).text)
    assert read_env(path)["LOGIN"] == "x-h"
    assert [x for x in path.read_text().splitlines() if x in text.splitlines()] == (
        text.splitlines()
    )


def test_references_that_go_round_end() -> None:
    filled = envfile.fill("A=1\n", "B=${C}\nC=${B}\n", str, lambda port: port)
    assert filled.added == ("B", "C")


def test_an_empty_secret_that_is_there_is_filled() -> None:
    assert envfile.values(fill("DB_PASSWORD=''\n").text)["DB_PASSWORD"] == "Made9"


def test_a_taken_port_moves_and_a_chosen_one_does_not() -> None:
    def free(port: int) -> int:
        return port + 7

    filled = envfile.fill("", EXAMPLE, lambda: "x", free)
    assert filled.moved == {"WEB_PORT": "8007"}
    assert envfile.values(filled.text)["WEB_PORT"] == "8007"
    kept = envfile.fill("WEB_PORT=8000\n", EXAMPLE, lambda: "x", free)
    assert not kept.moved


def test_assign_changes_the_mention_that_counts() -> None:
    text = "A=1\n# A=2\nA=3\nB=4"
    assert envfile.assign(text, {"A": "9", "C": "5"}) == "A=1\n# A=2\nA=9\nB=4\nC=5\n"


KEYS = st.from_regex(r"[A-Z][A-Z_]{0,8}", fullmatch=True)
VALUES = st.from_regex(r"[a-z0-9:/.]{1,12}", fullmatch=True)


@given(st.dictionaries(KEYS, VALUES))
def test_no_value_is_ever_lost(there: dict[str, str]) -> None:
    text = "".join(f"{key}={value}\n" for key, value in there.items())
    assert envfile.values(fill(text).text).items() >= there.items()


def test_the_file_is_its_owners_only_and_secrets_differ(tmp_path: Path) -> None:
    example = tmp_path / ".env.example"
    example.write_text(EXAMPLE)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        file.complete(tmp_path / name / ".env", example)
    one, two = tmp_path / "one/.env", tmp_path / "two/.env"
    assert one.stat().st_mode & 0o777 == 0o600
    secret = read_env(one)["DB_PASSWORD"]
    assert len(secret) == file.SECRET_LENGTH
    assert secret.isalnum()
    assert secret != read_env(two)["DB_PASSWORD"]
    assert [path.name for path in one.parent.iterdir()] == [".env"]


def test_a_link_stays_a_link_and_a_wide_mode_is_narrowed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("A=1\n")
    real.chmod(0o644)
    link = tmp_path / ".env"
    link.symlink_to(real)
    file.assign(link, {"A": "2"})
    assert link.is_symlink()
    assert real.read_text() == "A=2\n"
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_seen(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        example = tmp_path / ".env.example"
        example.write_text(f"WEB_PORT={port}\n")
        filled = file.complete(tmp_path / ".env", example)
    assert int(filled.moved["WEB_PORT"]) > port


def test_what_can_t_be_read_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="can't be read"):
        file.complete(tmp_path / ".env", tmp_path / "none")
