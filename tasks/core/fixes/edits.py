"""Edits one line of a requirements file, an env file or an API module.

Each takes a text and returns a text in which one logical line is changed and
every other byte is as it was; each checks its outcome with the parser that
reads such files, and refuses what it can't do safely.
"""

from __future__ import annotations

import re

from ..errors import WrongUsage
from ..snapshot import Requirements
from ..sources import api_source, envkeys, pins, requirements

_BY_HAND = "edit it by hand"
_REQUIREMENT = re.compile(
    r"(?P<head>\s*[A-Za-z0-9][A-Za-z0-9._-]*(?:\s*\[[^\]]*\])?)"
    r"(?P<gap>\s*)(?P<specifier>\([^)]*\)|[^;#@\s][^;#@]*?|)"
    r"(?P<tail>(?:\s*;.*|\s+#.*|\s*))"
)
#: A value that an env file and Compose read as it stands, without quotes.
_BARE = re.compile(r"[A-Za-z0-9_./:@%+,=?&~^*!-]*")


def set_requirement(text: str, pin: str) -> str:
    """Return a requirements file in which the pin's package is pinned so.

    Extras, marker, comment, order and line ends stay. A package that no line
    names is added at the end.

    Raises:
        WrongUsage: several lines name it, or the one is a URL, has hashes or
            goes on over several lines; or the text is no requirements file.
        ValueError: ``pin`` is no requirement.
    """
    from packaging.requirements import Requirement

    wanted = Requirement(pin)
    name = requirements.normal(wanted.name)
    before = requirements.parse("r.txt", {"r.txt": text}.get)
    if "not a requirement" in before.error:
        raise WrongUsage(before.error.removeprefix("r.txt:"), _BY_HAND)
    verdict = pins.judge(pin, before)
    if verdict.honour == "honoured":
        return text
    if verdict.line is None:
        end = "\r\n" if "\r\n" in text else "\n"
        gap = end if text and not text.endswith("\n") else ""
        edited = f"{text}{gap}{wanted.name}{wanted.specifier}{end}"
    else:
        lines = [r.line for r in before.lines if r.name == name]
        if len(lines) > 1:
            raise WrongUsage(f"{name} stands on lines {lines}", _BY_HAND)
        edited = _pinned(text, lines[0], name, str(wanted.specifier))
    after = requirements.parse("r.txt", {"r.txt": edited}.get)
    _only(before, after, name)
    if pins.judge(pin, after).honour != "honoured":
        raise WrongUsage(f"{name}: its line can't be changed safely", _BY_HAND)
    return edited


def _pinned(text: str, number: int, name: str, specifier: str) -> str:
    logical = next(x for x in requirements.logical_lines(text) if x.line == number)
    lines = text.splitlines(keepends=True)
    line = lines[number - 1]
    body = line.rstrip("\r\n")
    mark = "\ufeff" if body.startswith("\ufeff") else ""
    found = _REQUIREMENT.fullmatch(body[len(mark) :])
    if logical.last != number or "--" in logical.text or not found:
        raise WrongUsage(
            f"line {number}: {name} has hashes, options or a URL", _BY_HAND
        )
    # The gap before a version stays, as people line them up; without a version
    # it is the comment's.
    gaps = (found["gap"], "") if found["specifier"] else ("", found["gap"])
    new = f"{mark}{found['head']}{gaps[0]}{specifier}{gaps[1]}{found['tail']}"
    lines[number - 1] = new + line[len(body) :]
    return "".join(lines)


def _only(before: Requirements, after: Requirements, name: str) -> None:
    """Refuse an edit that changed what other lines say."""
    others = [
        [(r.name, r.text) for r in found.lines if r.name != name]
        for found in (before, after)
    ]
    if others[0] != others[1]:
        raise WrongUsage(f"{name} can't be changed alone", _BY_HAND)


def set_env_key(text: str, key: str, value: str) -> str:
    """Return an env file in which a key has this value.

    The line that counts (the last with the key) is changed, its comment kept;
    a missing key is put below the comment that offers it, or at the end.

    Raises:
        WrongUsage: the value has several lines or can't be written, or the key
            is none.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII):
        raise WrongUsage(f"{key!r} is no name of a variable")
    new = _env_quoted(value)
    bindings = envkeys.bindings(text)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    pieces = [binding.original.string for binding in bindings]
    end = "\r\n" if "\r\n" in text else "\n"
    own = [n for n, binding in enumerate(bindings) if binding.key == key]
    if own:
        pieces[own[-1]] = _env_line(pieces[own[-1]], new)
    else:
        offer = re.compile(rf"\s*#[ \t]*(?:export[ \t]+)?{key}[ \t]*=")
        offers = [n for n, piece in enumerate(pieces) if offer.match(piece)]
        at = offers[-1] + 1 if offers else len(pieces)
        if at and not pieces[at - 1].endswith(("\n", "\r")):
            pieces[at - 1] += end
        pieces.insert(at, f"{key}={new}{end}")
    edited = mark + "".join(pieces)
    if not _env_same(text, edited, key, value):
        raise WrongUsage(f"{key} can't be changed alone", _BY_HAND)
    return edited


def _env_line(piece: str, new: str) -> str:
    """Put a value into an assignment, however many lines its old one has."""
    head = re.match(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*", piece)
    start = head.end() if head else 0
    body = piece.rstrip("\r\n")
    ending = piece[len(body) :]
    if not piece.startswith("=", start):
        return f"{body.rstrip()}={new}{ending}"
    rest = body[start + 1 :]
    gap = rest[: len(rest) - len(rest.lstrip(" \t"))]
    if gap and rest.startswith(f"{gap}#"):
        return f"{body[:start]}={new}{rest}{ending}"
    rest = rest[len(gap) :]
    quoted = re.match(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", rest, re.DOTALL)
    comment = re.search(r"\s+#.*", rest[quoted.end() :] if quoted else f" {rest}")
    return f"{body[:start]}={gap}{new}{comment.group() if comment else ''}{ending}"


def _env_quoted(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise WrongUsage("a value must be one line", _BY_HAND)
    if _BARE.fullmatch(value):
        return value
    # Single quotes keep a dollar a dollar, for Compose and python-dotenv.
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    if "$" in value or "`" in value:
        raise WrongUsage("the value has quotes and dollars", _BY_HAND)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _env_same(before: str, after: str, key: str, value: str) -> bool:
    old, new = envkeys.bindings(before), envkeys.bindings(after)
    values = {binding.key: binding.value for binding in new}
    others = [
        [(b.key, b.value) for b in found if b.key not in (None, key)]
        for found in (old, new)
    ]
    broken = [[b.error for b in found].count(True) for found in (old, new)]
    return (
        values.get(key) == value and others[0] == others[1] and broken[0] == broken[1]
    )


def set_with_credentials(text: str) -> str:
    """Return an API module whose axios sends cookies.

    ``withCredentials: false`` becomes true; where it isn't set, it is added to
    the one ``axios.create``.

    Raises:
        WrongUsage: there is no ``axios.create``, or there are several.
    """
    code = api_source.masked(text)
    off = list(re.finditer(r"\bwithCredentials\b\s*[:=]\s*(false)\b", code))
    if off:
        edited = text
        for match in reversed(off):
            edited = edited[: match.start(1)] + "true" + edited[match.end(1) :]
    elif api_source.parse("", text, "").credentials:
        return text
    else:
        edited = _created(text, code)
    if not api_source.parse("", edited, "").credentials:
        raise WrongUsage("withCredentials can't be set safely", _BY_HAND)
    return edited


def _created(text: str, code: str) -> str:
    calls = list(re.finditer(r"\baxios\s*\.\s*create\s*(?:<[^()]*>)?\(\s*", code))
    if len(calls) != 1:
        many = f"{len(calls)} axios.create calls" if calls else "no axios.create call"
        raise WrongUsage(f"there is {many} to set withCredentials in", _BY_HAND)
    at = calls[0].end()
    if code[at : at + 1] == ")":
        return f"{text[:at]}{{ withCredentials: true }}{text[at:]}"
    if code[at : at + 1] != "{":
        raise WrongUsage("axios.create is not given an object here", _BY_HAND)
    at += 1
    if re.match(r"\s*\}", code[at:]):
        return f"{text[:at]} withCredentials: true {text[at:].lstrip()}"
    # On a line of its own where the others are, with their indentation.
    below = re.match(r"[^\S\r\n]*(\r?\n)([^\S\r\n]*)", text[at:])
    if below:
        new = f"{below.group(1)}{below.group(2)}withCredentials: true,"
        return f"{text[:at]}{new}{text[at:]}"
    return f"{text[:at]} withCredentials: true,{text[at:]}"


def set_api_base(text: str, variable: str, base: str) -> str:
    """Return an API module with another default base URL, quotes kept.

    Raises:
        WrongUsage: no default was recognised, or ``base`` needs escaping.
    """
    code = api_source.tokenize(text)
    number = api_source.base_string(code, variable)
    if number is None or not re.fullmatch(r"[A-Za-z0-9_./:-]+", base):
        raise WrongUsage("no default base URL that could be changed", _BY_HAND)
    start, end = code.spans[number]
    edited = f"{text[: start + 1]}{base}{text[end - 1 :]}"
    if api_source.parse("", edited, variable).base != base:
        raise WrongUsage("the default base URL can't be changed safely", _BY_HAND)
    return edited
