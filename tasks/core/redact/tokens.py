"""What stands in a secret's place, and which secret gets which.

Equal secrets get equal tokens, so a mismatch between two services still shows.
A token holds a name and a running number, nothing made from the secret: it
can't be reversed, and guessing secrets and hashing them proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from threading import Lock

from .literals import Literal
from .spans import LITERAL, Span

#: Every token, as text and as bytes.
TOKEN = re.compile(r"\[(?:secret:[\w.-]+|personal:[\w.-]+|email)#\d+\]")
TOKEN_BYTES = re.compile(TOKEN.pattern.encode())


def _beside(beginnings: Iterable[str], also: str = "") -> str:
    """Return an expression for text that begins like none of ``beginnings``.

    Args:
        beginnings: none of them begins another.
        also: characters that it does not begin with either.
    """
    by_first: dict[str, list[str]] = {}
    for text in beginnings:
        by_first.setdefault(re.escape(text[:1]), []).append(text[1:])
    deeper = [first + _beside(rests) for first, rests in by_first.items() if all(rests)]
    other = "".join(by_first) + also
    return f"(?:{'|'.join([f'[^{other}]', *deeper])})"


#: How tokens begin.
BEGINNINGS = ("[secret:", "[personal:", "[email#")
#: A header keeps its scheme, so a token may stand behind one.
_SCHEMES = ("", "Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token ")
#: What a value begins with whose place no token has taken: it ends a trigger,
#: and spares what was redacted a second look. It skips blanks and quotes.
UNTOLD = r"[ \t\"'\\]*" + _beside(
    [scheme + token for scheme in _SCHEMES for token in BEGINNINGS],
    also=r" \t\"'\\",
)

_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST = 40


class Tokens:
    """Tokens by secret; numbered in the order they are first needed.

    Attributes:
        count: how many there are.
    """

    def __init__(self, tells: Callable[[str], bool] = lambda _: False) -> None:
        """Take a test for labels that would themselves tell a secret."""
        self._tells = tells
        self._names: dict[bytes, str] = {}
        self._labels: dict[str, str] = {}
        self._tokens: dict[tuple[str, bytes], bytes] = {}
        self.count = 0
        self._lock = Lock()

    def name(self, value: bytes, label: str) -> None:
        """Let the secret ``value`` be called ``label``; the first name stays."""
        self._names.setdefault(value, label)

    def of(self, literal: Literal) -> bytes:
        """Return the token of a known secret."""
        return self.token(Span(0, 0, LITERAL, literal.label), literal.value)

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
        self.count += 1
        if kind == "email":
            return f"[email#{self.count}]".encode()
        name = self._names.get(value, label)
        if name not in self._labels:
            fit = _UNFIT.sub("-", name)[-_LONGEST:].strip("-.")
            self._labels[name] = "key" if not fit or self._tells(name) else fit
        return f"[{kind}:{self._labels[name]}#{self.count}]".encode()


def for_file_name(text: str) -> str:
    """Return ``text`` with its tokens as letters, digits and dashes."""
    return TOKEN.sub(lambda m: re.sub(r"[\[\]:#]+", "-", m[0]).strip("-"), text)
