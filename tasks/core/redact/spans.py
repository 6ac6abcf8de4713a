"""What finders return: the stretches of a text that must not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

#: Rank decides whose name a stretch gets when several finders saw it.
LITERAL, FIELD, SHAPE, PERSONAL, EMAIL = range(5)


class Span(NamedTuple):
    """A stretch of bytes to replace.

    Attributes:
        start: offset of its first byte.
        end: offset behind its last byte.
        rank: who found it: ``LITERAL`` to ``EMAIL``.
        label: the key or the shape it is named by.
        value: the secret in plain, so that equal secrets get equal tokens;
            empty if that is the bytes as they stand.
        begin: offset where what was recognised begins: its key, its header.
        quote: what a token needs around it to keep the notation whole.
        open: the text ended before the secret did.
    """

    start: int
    end: int
    rank: int
    label: str
    value: bytes = b""
    begin: int = -1
    quote: bytes = b""
    open: bool = False

    @property
    def kind(self) -> str:
        """What it is: ``secret``, ``personal`` or ``email``."""
        return {EMAIL: "email", PERSONAL: "personal"}.get(self.rank, "secret")

    @property
    def first(self) -> int:
        """Offset where what was recognised begins."""
        return min(self.start, self.begin) if self.begin >= 0 else self.start


def resolve(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans in order, overlapping ones as one.

    Nothing that a finder saw is left out, with one exception: an e-mail
    address that overlaps a secret (``user:password@host.example``) is none.
    """
    ordered = sorted(spans, key=lambda s: (s.start, -s.end, s.rank))
    secret = [span for span in ordered if span.rank != EMAIL]
    mails = _apart([s for s in ordered if s.rank == EMAIL], secret)
    current: Span | None = None
    for span in sorted([*secret, *mails]) if mails else secret:
        if current is None:
            current = span
        elif span.start < current.end:
            current = _union(current, span)
        else:
            yield current
            current = span
    if current is not None:
        yield current


def _union(a: Span, b: Span) -> Span:
    """Cover both; named by the one that covers the whole, or the better rank."""
    start, end = min(a.start, b.start), max(a.end, b.end)
    whole = [s for s in (a, b) if (s.start, s.end) == (start, end)]
    named = min(whole or (a, b), key=lambda s: s.rank)
    return named._replace(
        start=start,
        end=end,
        value=named.value if whole else b"",
        begin=min(a.first, b.first),
        quote=a.quote or b.quote,
        open=a.open or b.open,
    )


def _apart(mails: list[Span], secret: list[Span]) -> list[Span]:
    """Return the mails that touch no secret; both lists are in order."""
    kept, at = [], 0
    for mail in mails:
        while at < len(secret) and secret[at].end <= mail.start:
            at += 1
        if at == len(secret) or secret[at].start >= mail.end:
            kept.append(mail)
    return kept
