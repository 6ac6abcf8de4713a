"""Private keys: whole, in one line, behind a log's prefixes, or cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .lazily import lazily
from .spans import SHAPE, Span

#: Bytes that a private key may take up, line prefixes of a log included.
REACH = 32 * 1024

#: What Compose and the engine put before each line of a log, and an indent.
PREFIX = (
    rb"(?:[\w.-]{1,80}[ \t]{1,40}\|[ \t]?)?"
    rb"(?:\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?[ \t]+)?[ \t>]*"
)
_PEM_BEGIN = lazily(
    rb"-----?-? ?BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?) ?-----?-?"
)
_PEM_END = lazily(rb"-----?-? ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-----?-?")
#: A line of a key's body. A header of an encrypted key, or an empty line, may
#: stand before it.
_BODY_LINE = lazily(
    PREFIX
    + rb"(?P<body>[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]{1,15}={1,2}|=[A-Za-z0-9+/]{4})"
    rb"[ \t\r\"',\\]*$",
    re.MULTILINE,
)
_HEADER_LINE = lazily(
    PREFIX + rb"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash): [^\n]*)?[ \t\r]*$",
    re.MULTILINE,
)
#: The body of a key that is written in one line and cut off.
_INLINE_BODY = lazily(rb"(?:\\+[nr]|[A-Za-z0-9+/=: ,-])*")
_PUTTY = lazily(rb"Private-Lines: (\d{1,3})")
_NOT_BASE64 = lazily(rb"\\+[nrt]|[^A-Za-z0-9+/=]+")


class PrivateKeys:
    """PEM and PGP private keys."""

    name = "private-key"
    meaning = "PEM and PGP private keys: whole, in one line, prefixed or cut off"
    trigger = r"(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY"
    reach = REACH

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the keys that begin in the line, or end in it without beginning."""
        at = start
        while begin := _PEM_BEGIN.search(block, at, end):
            stop = _PEM_END.search(block, begin.end(), begin.start() + REACH)
            last = stop.end() if stop else _cut_off(block, begin.end(), end)
            body = block[begin.end() : stop.start() if stop else last]
            if _NOT_BASE64.sub(b"", body):
                yield _key_span(block, begin.start(), last, body)
            at = last
            if at >= end:
                return
        stop = _PEM_END.search(block, at, end)
        if stop is not None and not _begins_before(block, stop.start()):
            first = _body_before(block, start)
            if first < start:
                yield _key_span(block, first, stop.end(), block[first : stop.start()])


def _key_span(block: bytes, first: int, last: int, body: bytes) -> Span:
    lines = [m["body"] for m in _BODY_LINE.finditer(body)] if b"\n" in body else []
    value = b"".join(lines) or _NOT_BASE64.sub(b"", body)
    open_ = last == len(block)
    return Span(first, last, SHAPE, "private-key", value=value, open=open_)


def _cut_off(block: bytes, at: int, line_end: int) -> int:
    """Return where a key without an end stops looking like one."""
    inline = _INLINE_BODY.match(block, at, line_end)
    last = inline.end() if inline else at
    if last < line_end and not block[last:line_end].strip(b"\r"):
        last = line_end
    if last < line_end:
        return last
    limit = at + REACH
    after = line_end
    while after < min(len(block), limit):
        line = block.find(b"\n", after)
        if line < 0:
            break
        body = _BODY_LINE.match(block, line + 1)
        if body is None and not _HEADER_LINE.match(block, line + 1):
            break
        newline = block.find(b"\n", line + 1)
        after = newline if newline >= 0 else len(block)
        last = body.end("body") if body else last
    return last


def _begins_before(block: bytes, at: int) -> bool:
    """Tell whether the key that ends at ``at`` begins in this block."""
    begins = list(_PEM_BEGIN.finditer(block, max(0, at - REACH), at))
    return bool(begins) and not _PEM_END.search(block, begins[-1].end(), at)


def _body_before(block: bytes, start: int) -> int:
    """Return where the body lines begin that stand right before ``start``."""
    first = start
    while first > max(0, start - REACH):
        line = block.rfind(b"\n", 0, first - 1) + 1
        body = _BODY_LINE.match(block, line)
        if body is None or body.end() < first - 1:
            break
        first = line
    return first


def body_tail(block: bytes, cut: int) -> int:
    """Return ``cut``, or where the lines before it begin that could be a key's.

    A stream cut there keeps a key's body and its end together, even when its
    beginning is missing.
    """
    return _body_before(block, cut) if cut else cut


class PuttyKeys:
    """The private lines of a PuTTY key file."""

    name = "putty-key"
    meaning = "the private lines of a PuTTY key file"
    trigger = r"Private-Lines: \d"
    reach = REACH

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the lines that the line announces."""
        count = _PUTTY.search(block, start, end)
        if count is None:
            return
        at = last = block.find(b"\n", end)
        for _ in range(int(count[1])):
            body = _BODY_LINE.match(block, at + 1) if at >= 0 else None
            if body is None:
                break
            last = body.end("body")
            at = block.find(b"\n", body.end())
        first = block.find(b"\n", end) + 1
        if last > first > 0:
            yield Span(first, last, SHAPE, "private-key")
