"""Streams: constant memory, long lines, secrets of several lines, names, trees."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Iterator

import pytest

from tasks.core.redact import Redactor
from tasks.core.redact import stream as streaming
from tasks.core.redact.made_up import make

SECRET = "q7Zr-29xKw!Lm04"


def knowing() -> Redactor:
    return Redactor.learn([(".env", "DB_PASSWORD", SECRET)])


def test_a_long_line_is_cut_where_no_secret_is() -> None:
    gap = b"x" * 99_991
    whole = gap.join([f" {SECRET} ".encode()] * 50)
    out = b"".join(knowing().stream([whole]))
    assert SECRET.encode() not in out
    assert out.count(b"[secret:DB_PASSWORD#1]") == 50
    assert out.count(b"x") == 49 * len(gap)


def test_a_secret_longer_than_a_block_goes_whole() -> None:
    whole = b'{"password": "' + b"s3Cr" * 500_000 + b'", "a": 1}\nnext\n'
    out = b"".join(knowing().stream([whole]))
    assert b"s3Cr" not in out
    assert out.endswith(b'", "a": 1}\nnext\n')


@pytest.mark.parametrize("offset", range(-2200, 200, 160))
def test_a_private_key_over_a_block_border_goes_whole(offset: int) -> None:
    key = make("pem:RSA PRIVATE KEY:26", random.Random(1))
    line = b"an ordinary line of a log, nothing in it\n"
    lead = line * ((streaming.BLOCK + offset) // len(line))
    out = b"".join(knowing().stream([lead + key.encode() + b"\n" + line]))
    assert out == lead + b"[secret:private-key#1]\n" + line


def test_the_end_of_a_key_without_its_beginning_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "BLOCK", 128 * 1024)
    body = make("pembody:20", random.Random(2))
    tail = f"{body}\n-----END RSA PRIVATE KEY-----\n".encode()
    for lead in (131_072 - 700, 131_072 - 1300, 10):
        out = b"".join(knowing().stream([b"." * lead + b"\n" + tail]))
        assert body.splitlines()[0].encode() not in out


def test_clean_blocks_come_out_as_they_went_in() -> None:
    data = random.Random(3).randbytes(3_000_000).replace(b"@", b"")
    redact = Redactor.learn()
    assert b"".join(redact.stream([data])).count(b"[secret") < 3


def test_memory_does_not_grow_with_the_stream() -> None:
    def lines() -> Iterator[bytes]:
        for number in range(3000):
            yield b"2026-01-02T10:00:00Z INFO request %d finished\n" % number * 200
            yield f"login with {SECRET}\n".encode()

    redact = knowing()
    list(redact.stream([b"warm up: password=abc123\n"]))
    tracemalloc.start()
    size = sum(map(len, redact.stream(lines())))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 20_000_000
    assert peak < 8 * streaming.BLOCK


def test_copy_reads_and_writes_files() -> None:
    out = io.BytesIO()
    knowing().copy(io.BytesIO(f"a {SECRET} b\n".encode()), out)
    assert out.getvalue() == b"a [secret:DB_PASSWORD#1] b\n"


def test_a_file_name_stays_one() -> None:
    name = knowing().name(f"logs/{SECRET}/someone@example.com.log")
    assert SECRET not in name
    assert name == "logs/secret-DB_PASSWORD-1/email-2.log" or "example" not in name
    assert not set(name) & set("[]#:")
    assert knowing().name(name) == name


@pytest.mark.parametrize(
    "fragment", ["a", "ab1", "password ", "key=", "a:b@", "://a:", "\\", "eyJ"]
)
def test_no_long_line_takes_long(fragment: str) -> None:
    """Nothing is quadratic: each line here would take minutes if it were."""
    line = (fragment * 300_000)[:300_000]
    out = knowing().text(f"password token {line} x")
    assert out
