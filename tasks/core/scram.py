"""The verifier that PostgreSQL stores in place of a password.

Source: RFC 5802, RFC 7677, and ``scram_build_secret`` of PostgreSQL 10 and later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata

#: What PostgreSQL itself takes unless it is configured otherwise.
ITERATIONS = 4096


def verifier(password: str, salt: bytes = b"") -> str:
    """Return the ``SCRAM-SHA-256$...`` that lets this password in, and no other.

    Args:
        password: in the clear.
        salt: 16 random bytes if empty.
    """
    salt = salt or secrets.token_bytes(16)
    # Of SASLprep the step that changes what people type.
    prepared = unicodedata.normalize("NFKC", password).encode()
    salted = hashlib.pbkdf2_hmac("sha256", prepared, salt, ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored = hashlib.sha256(client).digest()
    keys = f"{_b64(stored)}:{_b64(server)}"
    return f"SCRAM-SHA-256${ITERATIONS}:{_b64(salt)}${keys}"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
