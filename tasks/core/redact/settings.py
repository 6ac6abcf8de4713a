"""Where the value of a key is, for each way to write settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import values
from .lazily import lazily
from .values import ANSI, Value

#: Before a key that opens its line: indent, list dash, ``export``, and what
#: Compose and the engine put before each line of a log.
_LINE_START = lazily(
    rb"(?:[\w.-]{1,80}[ \t]{1,40}\|[ \t]?)?"
    rb"(?:\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}Z?[ \t]+)?"
    rb"[ \t]*(?:[-?+*] )?(?:export |ENV |ARG |set |declare -x )?[ \t]*"
    rb"(?:" + ANSI + rb")*"
)
#: ``('password', 'x')``, and ``set_config('jwt_secret', 'x', ...)``.
_IN_PAIR = lazily(rb"[\[(][ \t]*b?\\*[\"']$")
_IN_CALL = lazily(rb"\w\([ \t]*\\*[\"']$")
#: What is between two items of a list, the first one's closing quote included.
_BETWEEN = lazily(rb"(?:\\*[\"'`])?[ \t]*,?[ \t]*(?=\\*[\"'`])|(?=\\*[\"'`])")
#: Quotes that are written as references, or escaped for a script.
_QUOTE_MARKS = (
    b"&quot;", b"&#34;", b"&#39;", b"\\u0022", b"\\u0027", b"\\\\u0022", b"\\\\u0027",
)  # fmt: skip
#: A type between a name and its value, as in Python, Rust or TypeScript.
_TYPE = lazily(
    rb"[A-Za-z_][\w.]*(?:\[[^\]=]{0,60}\])?(?:[ ]?\|[ ]?\w{1,30}){0,3}[ ]=[ ]"
)
#: A value in YAML may have a tag and an anchor before it.
_TAG = lazily(rb"(?:(?:!{1,2}[\w/:.-]*|&[\w-]+)[ \t]+)+")
#: ``config("SECRET_KEY")``, ``Field(min_length=32)``: a call after a blank.
_CALL = lazily(rb"[A-Za-z_][\w.]*\((?:[\"'\w*)].*)?[;,]?$")


class Key(NamedTuple):
    """A key in its line, and what it is followed by.

    Attributes:
        name: the whole key.
        line: offset where its line begins.
        begin: offset where the key begins.
        end: offset behind what sets it.
        sets: what sets it: ``=``, ``:``, ``=>``, ``,`` in a pair, ``%3D``...
        quoted: a quote closes behind it.
    """

    name: str
    line: int
    begin: int
    end: int
    sets: bytes
    quoted: bool


def value_of(block: bytes, at: int, end: int, key: Key, *, whole: bool) -> Value | None:
    """Return the value's place; None if the notation says there is none.

    Args:
        block: the bytes the line stands in.
        at: offset behind the separator and the blanks after it.
        end: offset behind the line.
        key: the key before it.
        whole: a plain YAML or INI value runs to the end of its line.
    """
    if key.sets.startswith(b"%"):
        return values.percent_encoded(block, at + 3 * (key.sets[:3] == b"%22"), end)
    for mark in _QUOTE_MARKS:
        if block.startswith(mark, at):
            close = block.find(mark, at + len(mark), end)
            stop = close if close >= 0 else end
            return Value(at + len(mark), stop, quoted=True, open=close < 0)
    found = values.quoted(block, at, end)
    if key.sets == b",":
        return _paired(block, found, key, end)
    if found is not None and _closes(block, key, at):
        return None
    if found is not None:
        return found
    if block[at : at + 1] in (b"", b"{", b"|", b">") and key.sets == b":":
        return None
    before = block[key.line : key.begin]
    spaced = key.sets == b":" or (
        key.sets == b"=" and block[key.end - 2 : key.end - 1] == b" "
    )
    if whole and spaced and not key.quoted and _LINE_START.fullmatch(before):
        skipped = _TYPE.match(block, at, end) or _TAG.match(block, at, end)
        at = skipped.end() if skipped else at
        return values.quoted(block, at, end) or values.rest_of_line(block, at, end)
    return values.bare(block, at, end, encoded=before[-1:] in (b"?", b"&"))


def items(block: bytes, at: int, end: int) -> Iterator[Value]:
    """Yield the quoted items of the list that is open at ``at``."""
    while (between := _BETWEEN.match(block, at, end)) and (
        item := values.quoted(block, between.end(), end)
    ):
        yield item
        at = item.end


def _paired(block: bytes, value: Value | None, key: Key, end: int) -> Value | None:
    """Return the second of a pair, ``('password', 'x')``, or a flag's argument."""
    if value is None:
        return None
    if key.name.startswith("-"):
        return value
    before = max(key.line, key.begin - 8)
    if not _IN_PAIR.search(block, before, key.begin):
        return None
    at = value.end
    while at < end and block[at : at + 1] in (b"\\", b'"', b"'", b" "):
        at += 1
    if _IN_CALL.search(block, before, key.begin) and block[at : at + 1] == b",":
        return value
    return value if block[at : at + 1] in (b")", b"]") else None


def _closes(block: bytes, key: Key, at: int) -> bool:
    """Tell whether the quote at ``at`` closes one that opened before the key."""
    if key.quoted or key.begin == key.line:
        return False
    return block[key.begin - 1 : key.begin] == block[at : at + 1]


def is_set(block: bytes, value: Value, key: Key) -> bool:
    """Tell whether a value without quotes is one, not code and not a sentence."""
    raw = block[value.start : value.end]
    if value.quoted:
        return True
    if key.sets == b":" and values.is_prose(raw.split(b" ")[0]):
        return False
    spaced = block[value.start - 1 : value.start] == b" "
    if spaced and (_CALL.fullmatch(raw) or raw.rstrip(b";,)") == _last_word(key)):
        return False
    return not values.is_code(raw)


def _last_word(key: Key) -> bytes:
    """Return a key's last part: ``this.token = token`` sets what it names."""
    return key.name.rpartition(".")[2].encode()
