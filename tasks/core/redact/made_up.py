"""Made-up secrets for the corpus, and the forms that programs write them in.

Secrets are assembled when the corpus is loaded, with a fixed seed: the files
hold templates such as ``{{alnum:24}}``, so no scanner of this repository trips
and nobody has to wonder whether a fixture was once real.
"""

from __future__ import annotations

import base64
import html
import json
import string
import zlib
from collections.abc import Callable
from random import Random
from urllib.parse import quote, quote_plus

ALNUM = string.ascii_letters + string.digits
BASE64 = ALNUM + "+/"
BASE64URL = ALNUM + "-_"
#: What a password generator adds; nothing that would end an unquoted value.
PASSWORD = ALNUM + "!^*_+.~-"

ALPHABETS = {
    "alnum": ALNUM,
    "ALNUM": string.ascii_uppercase + string.digits,
    "ALNUM32": string.ascii_uppercase + "234567",
    "alpha": string.ascii_letters,
    "b64": BASE64,
    "b64url": BASE64URL,
    "hex": string.digits + "abcdef",
    "HEX": string.digits + "ABCDEF",
    "digits": string.digits,
    "lower": string.ascii_lowercase,
    "LOWER": string.ascii_uppercase,
    "pw": PASSWORD,
}


def make(spec: str, random: Random) -> str:
    """Return a made-up value for the part of a template between the braces.

    Args:
        spec: a kind and its arguments, as ``hex:32`` or ``pem:PRIVATE KEY:12``.
        random: the source of chance.

    Raises:
        KeyError: there is no such kind.
    """
    kind, *rest = spec.split(":", 2)
    if kind in ALPHABETS:
        return _solid(ALPHABETS[kind], int(rest[0]), random)
    if kind == "Alpha":
        return make(f"lower:{rest[0]}", random).capitalize()
    if kind == "pembody":
        return _body(int(rest[0]), rest[1] if len(rest) > 1 else "", random)
    if kind.startswith("pem"):
        return _pem(
            rest[0], int(rest[1]), random, {"": "\n", "1": r"\n", "2": r"\\n"}[kind[3:]]
        )
    return SPECIAL[kind](random)


def _solid(alphabet: str, length: int, random: Random) -> str:
    """Draw characters; the ends are letters or digits, as dots end sentences."""
    drawn = random.choices(alphabet, k=length)
    for end in (0, -1):
        while not drawn[end].isalnum():
            drawn[end] = random.choice(alphabet)
    return "".join(drawn)


def _lines(lines: int, random: Random) -> list[str]:
    body = [_solid(BASE64, 64, random) for _ in range(lines - 1)]
    return [*body, _solid(BASE64, 42, random) + "=="]


def _body(lines: int, prefix: str, random: Random) -> str:
    return "\n".join(prefix + line for line in _lines(lines, random))


def _pem(title: str, lines: int, random: Random, newline: str) -> str:
    body = newline.join(_lines(lines, random))
    end = newline if newline != "\n" else ""
    return f"-----BEGIN {title}-----{newline}{body}{newline}-----END {title}-----{end}"


def _b64json(value: object) -> str:
    data = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _jwt(random: Random) -> str:
    head = _b64json({"alg": "HS256", "typ": "JWT"})
    claims = _b64json({"sub": make("lower:7", random), "exp": 1767312000})
    return f"{head}.{claims}.{make('b64url:43', random)}"


def _jwe(random: Random) -> str:
    parts = [make(f"b64url:{n}", random) for n in (342, 16, 80, 22)]
    return ".".join([_b64json({"alg": "RSA-OAEP", "enc": "A256GCM"}), *parts])


def _unsigned(random: Random) -> str:
    claims = _b64json({"sub": make("lower:7", random), "exp": 1767312000})
    return f"{_b64json({'alg': 'none'})}.{claims}."


def _uuid(random: Random) -> str:
    return "-".join(make(f"hex:{n}", random) for n in (8, 4, 4, 4, 12))


SPECIAL: dict[str, Callable[[Random], str]] = {
    "bcrypt": lambda random: "$2b$12$" + make("alnum:53", random),
    "jwt": _jwt,
    "jwt5": _jwe,
    "jwt0": _unsigned,
    "uuid": _uuid,
}


def _base64(value: str, before: bytes = b"", after: bytes = b"") -> str:
    return base64.b64encode(before + value.encode() + after).decode()


def _all_numeric(value: str) -> str:
    return "".join(c if c.isalnum() else f"&#{ord(c)};" for c in value)


def _backslashed(value: str) -> str:
    return "".join(c if c.isalnum() else "\\" + c for c in value)


def _ascii(value: str) -> str:
    r"""Write the characters that could leave a script as \u escapes."""
    return "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in value)


#: How each form writes a value; the quotes are part of the quoted ones.
FORMS: dict[str, Callable[[str], str]] = {
    "url": lambda v: quote(v, safe=""),
    "url_lower": lambda v: _lower_hex(quote(v, safe="")),
    "url2": lambda v: quote(quote(v, safe=""), safe=""),
    "plus": quote_plus,
    "json": json.dumps,
    "json2": lambda v: json.dumps(json.dumps(v))[1:-1],
    "slashes": lambda v: json.dumps(v)[1:-1].replace("/", r"\/"),
    "unicode": _ascii,
    "b64": _base64,
    "b64pair": lambda v: _base64(v, b"app:"),
    "b64at1": lambda v: _base64(v, b"x", b"yz"),
    "b64at2": lambda v: _base64(v, b"xy", b"z"),
    "b64url": lambda v: base64.urlsafe_b64encode(v.encode()).decode().rstrip("="),
    "hex": lambda v: v.encode().hex(),
    "HEX": lambda v: v.encode().hex().upper(),
    "html": html.escape,
    "htmlnum": _all_numeric,
    "shell": lambda v: "'" + v.replace("'", "'\"'\"'") + "'",
    "sql": lambda v: "'" + v.replace("'", "''") + "'",
    "yaml": lambda v: '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "yaml_single": lambda v: "'" + v.replace("'", "''") + "'",
    "repr": repr,
    "brepr": lambda v: repr(v.encode()),
    "backslash": _backslashed,
    "csv": lambda v: '"' + v.replace('"', '""') + '"',
    "dollar": lambda v: v.replace("$", "$$"),
    "upper": str.upper,
    "head": lambda v: v[: len(v) * 3 // 4],
    "xml": lambda v: html.escape(v).replace("&#x27;", "&apos;"),
    "b64lines": lambda v: _wrapped(_base64(v, b"a line before it\n", b"\nand behind")),
    "latin_url": lambda v: quote(v, safe="", encoding="latin-1"),
    "octal": lambda v: "".join(c if c.isalnum() else f"\\{ord(c):03o}" for c in v),
    "halves": lambda v: f"{v[: len(v) // 2]}\n{v[len(v) // 2 :]}",
    "reversed": lambda v: v[::-1],
    "zlib": lambda v: base64.b64encode(zlib.compress(v.encode(), 9)).decode(),
    "hexdump": lambda v: v.encode().hex(" "),
    "lower": str.lower,
}


def _wrapped(text: str) -> str:
    return "\n".join(text[i : i + 76] for i in range(0, len(text), 76))


def _lower_hex(quoted: str) -> str:
    head, *parts = quoted.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in parts)
