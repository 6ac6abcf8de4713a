"""How PostgreSQL knows a password without having it: SCRAM-SHA-256.

Source: RFC 5802, RFC 7677, and ``scram_build_secret`` of PostgreSQL 10 and later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata

MECHANISM = b"SCRAM-SHA-256"
#: What PostgreSQL itself takes unless it is configured otherwise.
ITERATIONS = 4096


def verifier(password: str, salt: bytes = b"") -> str:
    """Return the ``SCRAM-SHA-256$...`` that lets this password in, and no other.

    Args:
        password: in the clear.
        salt: 16 random bytes if empty.
    """
    import secrets

    salt = salt or secrets.token_bytes(16)
    salted = _salted(password, salt, ITERATIONS)
    stored = hashlib.sha256(_client_key(salted)).digest()
    keys = f"{_b64(stored)}:{_b64(_server_key(salted))}"
    return f"SCRAM-SHA-256${ITERATIONS}:{_b64(salt)}${keys}"


class Exchange:
    """One login's side of the exchange; neither side tells the password."""

    def __init__(self, password: str, nonce: bytes) -> None:
        """Take the password in the clear, and random bytes of this login's own."""
        self._password = password
        self._nonce = _b64(nonce)
        self._bare = f"n=,r={self._nonce}"  # the server knows the user already
        self._proof = b""

    def first(self) -> bytes:
        """Return the first message: without channel binding, as without TLS."""
        return f"n,,{self._bare}".encode()

    def final(self, said: bytes) -> bytes:
        """Return the last message, the proof that we have the password.

        Args:
            said: the server's first message.

        Raises:
            ConnectionError: it is none.
        """
        try:
            server = said.decode()
            fields = dict(field.split("=", 1) for field in server.split(","))
            salt, iterations = base64.b64decode(fields["s"]), int(fields["i"])
            bare = f"c={_b64(b'n,,')},r={fields['r']}"
            if not fields["r"].startswith(self._nonce):
                raise ValueError  # noqa: TRY301 - said in one place, below
        except (ValueError, KeyError) as error:
            raise ConnectionError("that is no SCRAM") from error
        whole = f"{self._bare},{server},{bare}".encode()
        salted = _salted(self._password, salt, iterations)
        key = _client_key(salted)
        signature = hmac.digest(hashlib.sha256(key).digest(), whole, "sha256")
        self._proof = hmac.digest(_server_key(salted), whole, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        return f"{bare},p={_b64(proof)}".encode()

    def proves(self, said: bytes) -> bool:
        """Tell whether the server's last message shows that it knows us, too."""
        return hmac.compare_digest(said, f"v={_b64(self._proof)}".encode())


def _salted(password: str, salt: bytes, iterations: int) -> bytes:
    # Of SASLprep the step that changes what people type.
    prepared = unicodedata.normalize("NFKC", password).encode()
    return hashlib.pbkdf2_hmac("sha256", prepared, salt, iterations)


def _client_key(salted: bytes) -> bytes:
    return hmac.digest(salted, b"Client Key", "sha256")


def _server_key(salted: bytes) -> bytes:
    return hmac.digest(salted, b"Server Key", "sha256")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
