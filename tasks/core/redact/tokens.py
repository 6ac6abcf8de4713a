"""What stands in a secret's place, and which secret gets which.

Equal secrets get equal tokens, so a mismatch between two services still shows.
A token holds a name and a running number, nothing made from the secret: it
can't be reversed, and guessing secrets and hashing them proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock

from .spans import Span

#: Every token, as text and as bytes.
TOKEN = re.compile(r"\[(?:secret:[\w.-]+|personal:[\w.-]+|email)#\d+\]")
TOKEN_BYTES = re.compile(TOKEN.pattern.encode())

_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST = 40


class Tokens:
    """Tokens by secret; numbered in the order they are first needed."""

    def __init__(self, tells: Callable[[str], bool] = lambda _: False) -> None:
        """Take a test for labels that would themselves tell a secret."""
        self._tells = tells
        self._names: dict[bytes, str] = {}
        self._labels: dict[str, str] = {}
        self._tokens: dict[tuple[str, bytes], bytes] = {}
        self._count = 0
        self._lock = Lock()

    def name(self, value: bytes, label: str) -> None:
        """Let the secret ``value`` be called ``label``; the first name stays."""
        self._names.setdefault(value, label)

    def token(self, span: Span, value: bytes) -> bytes:
        """Return the token of the secret ``value`` that ``span`` found."""
        kind = span.kind
        if kind == "email":
            value = value.lower()
        with self._lock:
            known = self._tokens.get((kind, value))
            if known is None:
                known = self._tokens[kind, value] = self._new(kind, span.label, value)
            return known

    def _new(self, kind: str, label: str, value: bytes) -> bytes:
        self._count += 1
        if kind == "email":
            return f"[email#{self._count}]".encode()
        name = self._names.get(value, label)
        if name not in self._labels:
            fit = _UNFIT.sub("-", name)[-_LONGEST:].strip("-.")
            self._labels[name] = "key" if not fit or self._tells(name) else fit
        return f"[{kind}:{self._labels[name]}#{self._count}]".encode()


def for_file_name(text: str) -> str:
    """Return ``text`` with its tokens as letters, digits and dashes."""
    return TOKEN.sub(lambda m: re.sub(r"[\[\]:#]+", "-", m[0]).strip("-"), text)
