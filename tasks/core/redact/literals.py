r"""Secrets that are known: found in every form that programs write them in.

Letters and digits are the same in every escaping, so one expression covers
them all: each other character may stand as it is, behind backslashes, as
``%40``, ``\u0040``, ``\x40``, ``&#64;``, ``&quot;``, doubled, and so on. Base64
(at each of its three alignments) and hexadecimal are computed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from .spans import LITERAL, Span
from .values import looks_random
from .vendors import START

#: Shorter secrets are replaced only as whole words.
WHOLE_WORD_BELOW = 8
#: Shorter ones are not looked for in base64 and hexadecimal: too many words
#: would contain them.
ENCODED_FROM = 6
#: Bytes of a run that an anchor needs at most.
ANCHOR = 40
#: Characters that tell a secret at least twice as long: the rest of it may be
#: cut off, as long log lines are.
HEAD = 16
_BASE64_BYTES = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
)
_RUN = re.compile(rb"[A-Za-z0-9]+")


#: Characters that tell where a secret may be that has no two letters or digits
#: in a row.
OPENING = 4


class Anchor(NamedTuple):
    """An expression, for `re` and hyperscan, that matches where a form stands."""

    expression: bytes

    @classmethod
    def of(cls, text: bytes, *, any_case: bool) -> Anchor:
        """Return the anchor that is these bytes."""
        exact = b"".join(b"\\x%02x" % byte for byte in text)
        return cls(rb"(?i:" + exact + rb")" if any_case else exact)


class Literal:
    """One known secret."""

    def __init__(self, value: str, label: str, *, part: bool = False) -> None:
        """Take the secret and the key it was found under.

        Args:
            value: the secret.
            label: the key.
            part: it is a part of a longer one.
        """
        self.part = part
        self.value = value.encode("utf-8", "surrogatepass")
        self.label = label
        self.text = value

    @property
    def _whole_word(self) -> bool:
        return len(self.text) < WHOLE_WORD_BELOW or self.text.isalpha()

    @property
    def _head(self) -> str:
        """The beginning of a long and random secret; empty for others."""
        head = self.text[:HEAD]
        if len(self.text) < 2 * HEAD or not looks_random(head.encode()):
            return ""
        return head

    @cached_property
    def _encoded(self) -> list[bytes]:
        """The base64 forms of the secret's inner bytes, at each alignment."""
        if len(self.value) < ENCODED_FROM:
            return []
        forms: dict[bytes, None] = {}
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + self.value)
            inner = whole[(shift * 8 + 5) // 6 : (shift + len(self.value)) * 8 // 6]
            forms[inner] = None
            forms[inner.replace(b"+", b"-").replace(b"/", b"_")] = None
        return list(forms)

    @property
    def _hexadecimal(self) -> bytes:
        return self.value.hex().encode() if len(self.value) >= ENCODED_FROM else b""

    @cached_property
    def anchors(self) -> list[Anchor]:
        """What to look for first: one of these is in every form."""
        run = max(_RUN.findall(self.value), key=len, default=b"")
        if len(run) > 1:
            plain = Anchor.of(run[:HEAD], any_case=True)
        else:  # punctuation between all letters: what each form begins with
            opening = b"".join(map(_any_form, self.text[:OPENING]))
            plain = Anchor(rb"(?i:" + opening + rb")")
        encoded = [Anchor.of(form, any_case=False) for form in self._encoded]
        if self._hexadecimal:
            encoded.append(Anchor.of(self._hexadecimal, any_case=True))
        return [plain, *encoded]

    @cached_property
    def _regex(self) -> re.Pattern[bytes]:
        plain = b"".join(map(_any_form, self.text))
        if self._whole_word:
            start = START.encode().replace(b"A-Za-z0-9", b"A-Za-z0-9_", 1)
            plain = start + plain + rb"(?![A-Za-z0-9_])"
        parts = [rb"(?P<plain>(?i:" + plain + rb"))"]
        if self._head:
            head = b"".join(map(_any_form, self._head))
            parts.append(rb"(?P<head>" + head + rb"[\w+/=~.-]*)")
        if self._hexadecimal:
            parts.append(rb"(?i:" + self._hexadecimal + rb")")
        parts += [
            rb"(?P<e%d>%s)" % (n, re.escape(f)) for n, f in enumerate(self._encoded)
        ]
        return re.compile(b"|".join(parts))

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield every form of the secret in the line from ``start`` to ``end``."""
        at = start
        while match := self._regex.search(block, at, end):
            first, last = match.span()
            value = self.value
            if match.lastgroup == "plain":
                other_case = match[0] != value and match[0].lower() == value.lower()
                value = match[0] if other_case else value
            elif match.lastgroup and match.lastgroup != "head":
                first, last = _whole_run(block, first, last, start, end)
            yield Span(first, last, LITERAL, self.label, value)
            at = match.start() + 1


def _whole_run(
    block: bytes, first: int, last: int, start: int, end: int
) -> tuple[int, int]:
    """Widen a stretch to all the base64 around it, which holds the secret's ends."""
    while first > start and block[first - 1] in _BASE64_BYTES:
        first -= 1
    while last < end and block[last] in _BASE64_BYTES:
        last += 1
    while last < end and block[last : last + 1] == b"=":
        last += 1
    return first, last


def _any_form(char: str) -> bytes:
    """Return an expression for every way to write one character."""
    if char.isascii() and char.isalnum():
        return char.encode()
    raw = char.encode("utf-8", "surrogatepass")
    code = ord(char)
    units = char.encode("utf-16-be", "surrogatepass")
    forms = [
        rb"\\*" + re.escape(raw),
        b"".join(rb"%%(?:25)*%02x" % byte for byte in raw),
        b"".join(rb"\\+x%02x" % byte for byte in raw),
        b"".join(rb"\\+%03o" % byte for byte in raw),
        b"".join(
            rb"\\+u" + units[i : i + 2].hex().encode() for i in range(0, len(units), 2)
        ),
        rb"&(?:amp;)*#0*%d;" % code,
        rb"&(?:amp;)*#x0*%x;" % code,
        *_named(code),
        *_DOUBLED.get(char, ()),
    ]
    if 0x7F < code < 0x100:
        forms.append(rb"%%(?:25)*%02x" % code)
    if code > 0x7F:
        forms.append(rb"\\+x%02x" % code if code < 0x100 else rb"\\+U%08x" % code)
        forms.append(
            char.encode("latin-1", "ignore") and re.escape(char.encode("latin-1"))
        )
    return rb"(?:" + b"|".join(filter(None, forms)) + rb")"


def _named(code: int) -> list[bytes]:
    """Return the named character references of a character; ``&amp;quot;`` too."""
    if code < 0x80:
        names = [_ASCII_NAMES[code]] if code in _ASCII_NAMES else []
    else:
        from html.entities import codepoint2name  # 2 ms, and seldom needed

        names = [codepoint2name[code]] if code in codepoint2name else []
    return [rb"&(?:amp;)*" + name.encode() + rb";" for name in names]


_ASCII_NAMES = {0x22: "quot", 0x26: "amp", 0x27: "apos", 0x3C: "lt", 0x3E: "gt"}

#: How quotings write a character that means something to them.
_DOUBLED: dict[str, tuple[bytes, ...]] = {
    "'": (rb"''", rb"'\"'\"'", rb"'\\+''"),
    '"': (rb'""',),
    "$": (rb"\$\$",),
    "\\": (rb"\\+",),
    " ": (rb"\+",),
    "\n": (rb"\\+n", rb"\r\n"),
    "\r": (rb"\\+r",),
    "\t": (rb"\\+t",),
}
