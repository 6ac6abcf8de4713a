"""What the frontend's API module says, read without running JavaScript.

Comments are left out and strings are told from code, so that a commented-out
``withCredentials: true`` counts for nothing. It knows how people write such a
module with axios or fetch; what it does not recognise stays None.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..snapshot import ApiSource

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    # A regular expression: a slash where a value is expected.
    r"|(?<=[(,=:\[!&|?{};])[ \t]*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`""",
    re.DOTALL,
)
#: Stands for the n-th string while the code is searched.
_MARK = "\x00"
_STRING = r"\x00(\d+)\x00"
_SET = re.compile(r"\bwithCredentials\b\"?\s*[:=](?!=)\s*(true|false)\b")
_FETCH = re.compile(rf"\bcredentials\s*:\s*{_STRING}")
#: Names and keys under which a base URL is kept.
_NAMED = re.compile(
    r"\b\w*(?:base_?url|api_?base|api_?url|api_?root|api_?prefix|base_?path)\w*\b"
    r"(?:\s*:\s*\w+)?\s*[:=](?!=)\s*",
    re.IGNORECASE,
)
_NEXT = re.compile(r"[;\n,})]")


class Code(NamedTuple):
    """A text without its comments, with a mark for each string.

    Attributes:
        text: the code; it has as many lines as the original.
        strings: the strings' contents, by the numbers in the marks.
        spans: where each stands in the original, its quotes included.
    """

    text: str
    strings: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def tokenize(source: str) -> Code:
    """Return the code of a JavaScript or TypeScript file; never raises."""
    source = source.replace(_MARK, " ")
    strings: list[str] = []
    spans: list[tuple[int, int]] = []

    def replace(match: re.Match[str]) -> str:
        token = match.group()
        lines = "\n" * token.count("\n")
        if token[0] not in "\"'`":
            return " " + lines  # a comment, or a regular expression
        strings.append(token[1:-1])
        spans.append(match.span())
        return f"{_MARK}{len(strings) - 1}{_MARK}{lines}"

    text = _TOKEN.sub(replace, source)
    return Code(text, tuple(strings), tuple(spans))


def masked(source: str) -> str:
    """Return the code at its places, comments and strings blanked out."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return _TOKEN.sub(blank, source)


def parse(path: str, source: str | None, variable: str) -> ApiSource:
    """Return what the module says.

    Args:
        path: the file, as the user would name it.
        source: its text; None if there is no such file.
        variable: the build variable that the base URL is read from.
    """
    if source is None:
        return ApiSource(path=path)
    code = tokenize(source)
    number = base_string(code, variable)
    found = number is not None
    credentials, credentials_line = _credentials(code)
    return ApiSource(
        path=path,
        exists=True,
        base=code.strings[number] if number is not None else None,
        base_line=source.count("\n", 0, code.spans[number or 0][0]) + 1 if found else 0,
        uses_variable=_uses(code, variable),
        credentials=credentials,
        credentials_line=credentials_line,
    )


def base_string(code: Code, variable: str) -> int | None:
    """Return which string is the default base URL, None if none is recognised.

    What stands beside the variable (``process.env.X ?? "/api"``) counts more
    than a ``baseURL:``, which may only repeat it.
    """
    if _put_together(code):
        return None
    word = rf"(?<![\w$]){re.escape(variable)}(?![\w$])" if variable else r"(?!)"
    beside = rf"{word}\s*(?:!?\s*\)?\s*(?:\?\?|\|\|)|\?[^:;]*:)\s*{_STRING}"
    if found := re.search(beside, code.text):
        return int(found.group(1))
    # process.env["X"] ?? "/api"
    for found in re.finditer(
        rf"\[\s*{_STRING}\s*\]\s*(?:\?\?|\|\|)\s*{_STRING}", code.text
    ):
        if code.strings[int(found.group(1))] == variable:
            return int(found.group(2))
    for name in _NAMED.finditer(code.text):
        # Of `isDev ? "http://..." : "/api"` the last one is the default.
        strings = re.findall(_STRING, _expression(code, name.end()))
        if strings and _is_url(code.strings[int(strings[-1])]):
            return int(strings[-1])
    return None


def _expression(code: Code, start: int) -> str:
    end = _NEXT.search(code.text, start)
    return code.text[start : end.start() if end else len(code.text)]


def _put_together(code: Code) -> bool:
    """Whether the base is made of parts: `${ROOT}/api`, ROOT + "/api"."""
    for name in _NAMED.finditer(code.text):
        value = _expression(code, name.end())
        if re.search(rf"\+\s*{_STRING}", value):
            return True
        first = re.match(rf"\s*{_STRING}", value)
        string = code.strings[int(first.group(1))] if first else ""
        if re.search(r"\$\{[^}]*\}[^}]*\w", string):
            return True
    return False


def _is_url(text: str) -> bool:
    return "${" not in text and (text.startswith("/") or "://" in text)


def _uses(code: Code, variable: str) -> bool:
    word = rf"(?<![\w$]){re.escape(variable)}(?![\w$])"
    # process.env["X"] and `${process.env.X}/y` hold the name in a string.
    return bool(
        re.search(word, code.text)
        or any(
            re.fullmatch(word, s) or re.search(r"\$\{[^}]*" + word, s)
            for s in code.strings
        )
    )


def _credentials(code: Code) -> tuple[bool | None, int]:
    """Return whether cookies are sent, and where that is said.

    One place that turns them off is reported before one that turns them on.
    """
    said: list[tuple[bool | None, int]] = [
        (match.group(1) == "true", code.text.count("\n", 0, match.start()) + 1)
        for match in _SET.finditer(code.text)
    ]
    said += [
        (value == "include", code.text.count("\n", 0, match.start()) + 1)
        for match in _FETCH.finditer(code.text)
        if (value := code.strings[int(match.group(1))]) in ("include", "omit")
    ]
    return min(said, default=(None, 0), key=lambda pair: (bool(pair[0]), pair[1]))
