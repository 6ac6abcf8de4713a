"""Where a value ends, and whether it is one at all: for ``key=value`` in any notation.

Works on bytes, within one line: log lines need not be text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .lazily import lazily

#: A colour switch of a terminal; consoles print them around keys and values.
ANSI = rb"(?:\x1b\[[0-9;]{0,12}m|\\+(?:x1b|u001b|033)\[[0-9;]{0,12}m)"

_LEAD = lazily(rb"(?:[ \t]|" + ANSI + rb")*")
_PREFIX = lazily(
    rb"(?:[bBrRuUfFeENn]{1,2}|(?:Some|Ok|Just|SecretStr|Secret)\()?(?=\\*[\"'`])"
)
_QUOTE = lazily(rb"(\\*)([\"'`])")

#: Always the end of a value without quotes: blanks, controls, an escaped
#: newline, quote or colour, an encoded separator of a query string.
_HARD_END = lazily(
    rb"[\x00-\x20\x7f]|\\+(?:[nrt](?![A-Za-z0-9])|[nrt]$|[\"']|u00(?:26|22|27|3[ce])|x1b|u001b)"
    rb"|\\+[nrt]|&(?:amp|quot|lt|gt|#39|#34);|</"
)
#: An end only where the text goes on like after one; passwords hold these too.
_SOFT_END = lazily(rb"[,;&\"'`)\]}<>|]")
_AFTER_SOFT = lazily(
    rb"$|[\s,;)\]}>\"'&<`:\\|.]|[\w.\-\[\]]{1,60}(?:=|%3D)|[A-Z][A-Za-z ]{1,30}="
)
_PERCENT_END = lazily(rb"%(?:26|23|22|27|20|0A|3B)|[&#]", re.IGNORECASE)
_PLAIN_END = lazily(rb"[&#]")

#: Flags, types, masks, variables, patterns of what is filled in later.
_NOTHING = lazily(
    rb"""(?ix)
      (?: null | none | nil | undefined | nan | true | false | yes | no | on | off
        | n/?a | empty | unset | string | str | secretstr | int | integer | number
        | boolean | bool | hidden | masked | redacted | filtered | removed | omit
        | include | same-origin | required | varchar.*
        | <[a-z][\w\ .:-]*> | \[[a-z\s_-]*\] | \([a-z]*\) | \{[a-z\s._]*\}
        | \{\d\} | (?-i:\{[a-z_.]+)
        | \*+ | x{3,} | (?:\xe2\x80\xa2)+ | [-_=.?]+
        | \$\d | \$\$?\{[^}]*\}? | \$\(.* | (?-i:\$\$?[A-Z_][A-Z0-9_]*)
        | \$\$?[a-z_]*(?:pass|pw|secret|token|key)[a-z_]*
        | \{\{.* | \{%.* | %\(\w+\)s | %[sdr] | (?-i:[:@][a-z_]+)
      )[;,.|)\]}]*"""
)
_PLACEHOLDER = lazily(rb"<[A-Za-z][\w .:-]{0,80}>")
#: What is no secret even in the stack's own settings.
_UNSET = lazily(
    rb"(?i:null|none|nil|undefined|true|false|yes|no|on|off|\*+|x+)|\$\{.*\}|\$[A-Z_]+"
)
#: What follows ``token:`` in a sentence rather than in a file.
_PROSE = lazily(
    rb"""(?ix)
      (?: invalid | expired | missing | incorrect | wrong | optional | enabled
        | disabled | forbidden | denied | unauthori[sz]ed | rejected | accepted
        | ok | not | must | is | was | has | are | the | too | may | cannot
        | should | does | did | for | from | and | or | to | in | of | a | an
        | with | without | unexpected | unknown | verification | signature
        | authentication | validation | secret | password | token | changed
        | updated | generated | created | sent | received | found | bearer | basic
        | handling | handler | failed | failure | error | value | field | default
        | bytes | text | any | object | configured | already | no | please | will
      )[;,.|)\]}:]*"""
)
#: An expression of a program, which names the secret and does not hold it.
_CODE = lazily(
    rb"""(?x)
      (?: (?:os|settings|self|cls|config|cfg|env|environ|process|app|request|req
          |args|options|opts|this|secrets|var|local|data|form|body|payload|user
          |values|import\.meta|current_app|st|ctx|context|params|props|state)
          (?:\??\.|\[)[A-Za-z_"'\[]
      |   [A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+[(\[]
      |   (?:await|lambda|new|typeof|function)(?:\b|$)
      |   (?:Column|mapped_column|Mapped|Field|Optional|Union|Annotated|Depends|Form
          |Query|Header|Cookie|Body|Security|Literal|List|Dict|Type|getpass|getenv
          |get_\w+|env|Secret|String|input|print|len|str|bytes|int|repr|quote
          |encode\w*|decode\w*|hash\w*|verify\w*|create_\w+|use\w+)[(\[]
      )"""
)
_SOURCE = lazily(
    rb"(?:env|file|fd):.*|stdin"
    # where a setting stands: compose.yml:12
    rb"|[\w./-]*\.(?:ya?ml|env|toml|json|ini|py|[jt]sx?)[\w.-]*:[0-9]{1,6}"
)
_URL = lazily(rb"[a-zA-Z][\w+.-]{1,30}:(?:\\*/){2}")
_FILE = lazily(rb"/run/secrets/.*|(?:\.{0,2}/)(?:[\w.-]+/)*[\w-]+\.[a-z]{2,5}")
_SMALL_NUMBER = lazily(rb"[0-9]{1,5}[.,;)\]}]*")
_LETTER, _DIGIT = lazily(rb"[A-Za-z]"), lazily(rb"[0-9]")
RANDOM_FROM = 16
_SURE_FROM = 12
#: Digits of the usual digests, which commits and images are called by.
_DIGESTS = frozenset([32, 40, 64])
_CAMEL = lazily(rb"[a-z]*(?:[A-Z]{1,4}[a-z]{2,}[0-9]*)+[A-Z]{0,4}")
_SOLID = lazily(rb"[\w+/!^*~-]+={0,2}")


class Value(NamedTuple):
    """A value's place.

    Attributes:
        start: offset of its first byte, behind the opening quote.
        end: offset behind its last byte.
        quoted: it stands in quotes.
        open: its closing quote, or its end, is not on this line.
    """

    start: int
    end: int
    quoted: bool
    open: bool = False


def skip_lead(line: bytes, at: int, end: int) -> int:
    """Return the offset of what follows blanks and colours at ``at``."""
    match = _LEAD.match(line, at, end)
    return match.end() if match else at


def quoted(line: bytes, at: int, end: int) -> Value | None:
    """Return the value in quotes at ``at``, or None if no quote opens there.

    Knows escapes, doubled quotes as of SQL and YAML, and quotes that are
    themselves escaped because the text stands in a JSON string or in two.
    """
    prefix = _PREFIX.match(line, at, end)
    opening = _QUOTE.match(line, prefix.end() if prefix else at, end)
    if opening is None:
        return None
    depth, mark = len(opening[1]), opening[2]
    start = look = opening.end()
    while True:
        found = line.find(mark, look, end)
        if found < 0:
            return Value(start, end, quoted=True, open=True)
        slashes = _slashes_before(line, start, found)
        if slashes % (2 * (depth + 1)) != depth:
            look = found + 1
            continue
        doubled = depth == 0 and line[found + 1 : found + 2] == mark and found > start
        if doubled:
            look = found + 2
            continue
        return Value(start, found - depth, quoted=True)


def _slashes_before(line: bytes, start: int, at: int) -> int:
    first = at
    while first > start and line[first - 1] == 0x5C:
        first -= 1
    return at - first


def bare(line: bytes, at: int, end: int, *, encoded: bool = False) -> Value:
    """Return the value without quotes that begins at ``at``.

    Args:
        line: the bytes it stands in.
        at: offset of its first byte.
        end: offset behind the line.
        encoded: it stands in a query string or form, where ``&`` and ``#``
            can't be part of it.
    """
    if placeholder := _PLACEHOLDER.match(line, at, end):
        return Value(at, placeholder.end(), quoted=False)
    hard = _HARD_END.search(line, at, end)
    stop = hard.start() if hard else end
    if encoded:
        percent = _PLAIN_END.search(line, at, stop)
        stop = percent.start() if percent else stop
    look = at
    while True:
        soft = _SOFT_END.search(line, look, stop)
        if soft is None:
            return Value(at, stop, quoted=False, open=stop == end)
        after = soft.end()
        if after >= stop or _AFTER_SOFT.match(line, after, end):
            return Value(at, soft.start(), quoted=False)
        look = after


def percent_encoded(line: bytes, at: int, end: int) -> Value:
    """Return the value at ``at`` of a query string that is itself encoded."""
    value = bare(line, at, end)
    ending = _PERCENT_END.search(line, at, value.end)
    return value._replace(end=ending.start()) if ending else value


def rest_of_line(line: bytes, at: int, end: int) -> Value:
    """Return the YAML scalar at ``at``: up to a comment or the line's end."""
    comment = line.find(b" #", at, end)
    stop = comment if comment >= 0 else end
    while stop > at and line[stop - 1] in b" \t\r,":
        stop -= 1
    return Value(at, stop, quoted=False, open=stop == end)


def is_nothing(value: bytes) -> bool:
    """Tell whether a value holds no secret: empty, a flag, a variable."""
    return not value or _NOTHING.fullmatch(value) is not None


def is_unset(value: bytes) -> bool:
    """Tell whether a setting of the stack sets nothing."""
    return not value or _UNSET.fullmatch(value) is not None


def is_code(value: bytes) -> bool:
    """Tell whether a value without quotes is an expression that names a secret."""
    return _CODE.match(value) is not None


def is_prose(value: bytes) -> bool:
    """Tell whether a value is a word of a sentence about a secret."""
    return _PROSE.fullmatch(value) is not None


def is_reference(value: bytes) -> bool:
    """Tell whether a value says where a secret is: a URL, a file."""
    if b":" not in value and b"/" not in value:
        return value == b"stdin"
    if _URL.match(value):
        return True
    return bool(_FILE.fullmatch(value) or _SOURCE.fullmatch(value))


def is_small_number(value: bytes) -> bool:
    """Tell whether a value is a count, as in ``tokens: 12``."""
    return _SMALL_NUMBER.fullmatch(value) is not None


def looks_random(value: bytes) -> bool:
    """Tell whether a value looks made by a machine rather than written."""
    if len(value) < RANDOM_FROM // 2 or b" " in value:
        return False
    mixed = bool(_LETTER.search(value)) and bool(_DIGIT.search(value))
    if not mixed and len(value) >= RANDOM_FROM:
        body = value.strip(b"=")
        mixed = not body.islower() and not body.isupper() and not body.istitle()
    return mixed


def unordered(value: bytes) -> bool:
    """Tell whether small and capital letters are mixed as no name mixes them."""
    if len(value) < RANDOM_FROM // 2 or not value.isalnum():
        return False
    mixed = not (value.islower() or value.isupper() or value.istitle())
    return mixed and not _CAMEL.fullmatch(value)


def surely_random(value: bytes) -> bool:
    """Tell whether a value is random beyond doubt: where only words are beside it."""
    if len(value) < _SURE_FROM or not _SOLID.fullmatch(value):
        return False
    digits = sum(byte in b"0123456789" for byte in value)
    body = value.strip(b"=")
    if body.islower() or body.isupper():  # hexadecimal, but no digest
        return (
            digits >= 4 and len(body) >= 2 * RANDOM_FROM and len(body) not in _DIGESTS
        )
    return digits >= 2 or unordered(body)
