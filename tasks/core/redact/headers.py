"""Credentials in HTTP headers: the scheme and the names stay, the values go."""

from __future__ import annotations

from collections.abc import Iterator

from . import values
from .lazily import lazily
from .spans import FIELD, Span
from .tokens import TOKEN_BYTES
from .values import Value

_SCHEME = lazily(
    rb"(?i:bearer|basic|token|jwt|bot|key|api-?key|sso-key|genie-?key|splunk|negotiate"
    rb"|ntlm|mac|oauth|digest|hawk|signature|aws4-[\w-]+|hmac[\w-]*|[\w-]*token)[ \t]+"
)
#: Schemes whose credentials are parameters, most of them no secret.
_WITH_PARAMETERS = lazily(
    rb"(?:(?i:digest|aws4-[\w-]+|hawk|signature|oauth|mac|token|hmac[\w-]*)[ \t]+)?"
    rb"(?=[\w-]+=\\*[\"'\w])"
)
_PARAMETER = lazily(
    rb"\b(?i:response|signature|mac|sig|token|oauth_token|oauth_signature|hash)="
    rb"\\*\"?([^\s\",;\\']+)"
)
_COOKIE = lazily(
    rb"([^\s=;,\"'\\]{1,200})(?:=(\\*\"?)([^;\s\"'\\]*)\\*\"?)?"
    rb"[ \t]*(?:;[ \t]*|(?=[\s\"'\\]|$))"
)
#: Cookie attributes, which are no cookies.
_ATTRIBUTES = {
    b"path", b"domain", b"expires", b"max-age", b"samesite", b"priority", b"version",
    b"httponly", b"secure",
}  # fmt: skip


def authorization(block: bytes, at: int, end: int, begin: int) -> Iterator[Span]:
    """Yield the credentials of an ``Authorization`` header's value at ``at``."""
    value = _header_value(block, at, end)
    scheme = _SCHEME.match(block, value.start, value.end)
    if scheme is None and values.is_prose(_word(block, value)):
        return
    if _WITH_PARAMETERS.match(block, value.start, end):
        for parameter in _PARAMETER.finditer(block, value.start, end):
            yield Span(*parameter.span(1), FIELD, "authorization", begin=begin)
        return
    start = scheme.end() if scheme else value.start
    stop = value.end
    if not value.quoted:
        stop = values.bare(block, start, end).end
    raw = block[start:stop]
    if not values.is_nothing(raw) and not values.is_prose(raw):
        yield Span(start, stop, FIELD, "authorization", raw, begin, open=stop == end)


def _header_value(block: bytes, at: int, end: int) -> Value:
    """Return the value, quoted, in a list of one, or up to the line's end."""
    at += block[at : at + 1] == b"["
    return values.quoted(block, at, end) or Value(at, end, quoted=False)


def _word(block: bytes, value: Value) -> bytes:
    return (block[value.start : value.end].split(maxsplit=1) or [b""])[0]


def cookies(
    block: bytes, at: int, end: int, begin: int, *, first: bool
) -> Iterator[Span]:
    """Yield the values of the cookies in a header's value at ``at``.

    Args:
        block: the bytes the line stands in.
        at: offset of the header's value.
        end: offset behind the line.
        begin: offset of the header's name.
        first: only the first pair is a cookie, the others are its attributes.
    """
    at += block[at : at + 1] == b"["
    value = values.quoted(block, at, end)
    at, stop = (value.start, value.end) if value else (at, end)
    while cookie := _COOKIE.match(block, at, stop):
        at = cookie.end()
        if cookie[1].lower() in _ATTRIBUTES or cookie[3] is None:
            continue
        if cookie[3].startswith(b"[secret:") and TOKEN_BYTES.fullmatch(cookie[3]):
            continue
        if not values.is_nothing(cookie[3]):
            name = cookie[1].decode("utf-8", "replace")
            yield Span(*cookie.span(3), FIELD, name, begin=begin)
        if first:
            return
