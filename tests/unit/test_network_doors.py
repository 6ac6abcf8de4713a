"""The doors to PostgreSQL and redis against what is neither; e2e has the real ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tasks.adapters import network, postgres, redis
from tasks.core import scram

LOGIN = postgres.Login("app", "app", "pencil")
Ask = Callable[[float], object]


def ask_postgres(timeout: float) -> object:
    return postgres.ask("192.0.2.1", LOGIN, ["select 1"], {}, timeout)


def ask_redis(timeout: float) -> object:
    return redis.info("192.0.2.1", "secret", timeout)


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, *said: bytes) -> Iterator[None]:
    """Let the container's address be a peer that says this, then hangs up."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        theirs.recv(4096)
        for words in said:
            theirs.sendall(words)
        theirs.close()

    monkeypatch.setattr(network, "connect", lambda *_: ours)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    thread.join(5)


@pytest.mark.parametrize("ask", [ask_postgres, ask_redis])
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"R\x00\x00",  # cut off
        b"R\x00\x00\x00\x00",  # shorter than its own length
        b"$9\r\nredis\r\n",  # cut off
        b"$-1\r\n",
        b"*1\r\n+x\r\n",
        b"-DENIED Redis is running in protected mode\r\n",
    ],
)
def test_what_is_neither_is_a_connection_error(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, said: bytes
) -> None:
    with answering(monkeypatch, said), pytest.raises(ConnectionError):
        ask(2.0)


@pytest.mark.parametrize("ask", [ask_postgres, ask_redis])
def test_silence_ends_in_time(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(network, "connect", lambda *_: ours)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        ask(0.2)
    assert time.monotonic() - began < 2
    theirs.close()


def test_a_postgres_that_trickles_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for all of the answer, not for each byte."""
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.05):
            theirs.sendall(b"N\x00\x00\x00\x04")  # a notice, and another, ...

    monkeypatch.setattr(network, "connect", lambda *_: ours)
    threading.Thread(target=trickle, daemon=True).start()
    with pytest.raises(TimeoutError):
        ask_postgres(0.3)
    stop.set()
    theirs.close()


@pytest.mark.parametrize(
    "asked",
    [
        b"\x00\x00\x00\x07",  # GSSAPI
        b"\x00\x00\x00\x0aSCRAM-SHA-512\x00\x00",
        b"\x00\x00\x00\x0bno,scram",
        b"\x00\x00\x00\x0br=other,s=c2FsdA==,i=4096",  # another's nonce
        b"\x00\x00\x00\x0cv=AAAA",  # it can't prove that it knows us
    ],
)
def test_a_way_to_log_in_that_we_do_not_take(
    monkeypatch: pytest.MonkeyPatch, asked: bytes
) -> None:
    message = b"R" + (len(asked) + 4).to_bytes(4, "big") + asked
    with answering(monkeypatch, message), pytest.raises(ConnectionError):
        ask_postgres(2.0)


def test_scram_proves_the_password_and_does_not_tell_it() -> None:
    """The server's side, from the verifier that it stores: RFC 5802, section 3."""
    stored = scram.verifier("pencil", b"sixteen bytes of").partition("$")[2]
    salt = stored.partition("$")[0].partition(":")[2]
    keys = stored.partition("$")[2].partition(":")
    stored_key, server_key = (base64.b64decode(part) for part in keys[::2])

    exchange = scram.Exchange("pencil", b"nonce")
    bare = exchange.first().decode().removeprefix("n,,")
    server = f"{bare.removeprefix('n=,')}server,s={salt},i=4096"
    without_proof, _, proof = exchange.final(server.encode()).decode().rpartition(",p=")
    whole = f"{bare},{server},{without_proof}".encode()
    signature = hmac.digest(stored_key, whole, "sha256")
    client_key = bytes(
        a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True)
    )
    assert hashlib.sha256(client_key).digest() == stored_key
    said = base64.b64encode(hmac.digest(server_key, whole, "sha256"))
    assert exchange.proves(b"v=" + said)
    assert not exchange.proves(b"v=" + said[::-1])


def test_only_a_network_whose_gateway_we_are() -> None:
    def document(gateway: str, address: str) -> dict[str, object]:
        one = {"Gateway": gateway, "IPAddress": address}
        return {"NetworkSettings": {"Networks": {"default": one}}}

    # On the loopback network this machine is every address, the gateway included.
    assert network.address(document("127.0.0.1", "127.0.0.1")) == "127.0.0.1"
    assert network.address(document("127.0.0.2", "127.0.0.1")) == ""
    assert network.address(document("192.0.2.1", "192.0.2.2")) == ""
    assert network.address(document("", "127.0.0.1")) == ""
    assert network.address({"NetworkSettings": {"Networks": None}}) == ""


def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionError):
            network.connect("127.0.0.1", taken.getsockname()[1])
