"""What the frontend's API module says, read without running JavaScript.

Comments are left out and strings are told from code, so that a commented-out
``withCredentials: true`` counts for nothing. It knows how people write such a
module with axios or fetch; what it does not recognise stays None.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .snapshot import ApiSource

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
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
_BASE = r"(?:base_?url|api_?base(?:_?url)?|api_?url|api_?root|api_?prefix|base_?path)"
_NAMED = re.compile(rf"\b\w*{_BASE}\w*\b(?:\s*:\s*\w+)?\s*[:=](?!=)\s*", re.IGNORECASE)
_NEXT = re.compile(r"[;\n,})]")


class Code(NamedTuple):
    """A text without its comments, with a mark for each string.

    Attributes:
        text: the code; it has as many lines as the original.
        strings: the strings' contents, by the numbers in the marks.
    """

    text: str
    strings: tuple[str, ...]


def tokenize(source: str) -> Code:
    """Return the code of a JavaScript or TypeScript file; never raises."""
    strings: list[str] = []

    def replace(match: re.Match[str]) -> str:
        token = match.group()
        lines = "\n" * token.count("\n")
        if token[0] not in "\"'`":
            return " " + lines  # a comment, or a regular expression
        strings.append(token[1:-1])
        return f"{_MARK}{len(strings) - 1}{_MARK}{lines}"

    text = _TOKEN.sub(replace, source.replace(_MARK, " "))
    return Code(text, tuple(strings))


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
    base, base_line = _base(code, variable)
    credentials, credentials_line = _credentials(code)
    return ApiSource(
        path=path,
        exists=True,
        base=base,
        base_line=base_line,
        uses_variable=_uses(code, variable),
        credentials=credentials,
        credentials_line=credentials_line,
    )


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


def _base(code: Code, variable: str) -> tuple[str | None, int]:
    """Return the default base URL and its line.

    What stands beside the variable (``process.env.X ?? "/api"``) counts more
    than a ``baseURL:``, which may only repeat it.
    """
    beside = re.compile(
        rf"(?<![\w$]){re.escape(variable)}(?![\w$])\W{{0,4}}?\s*"
        rf"(?:!?\s*\)?\s*(?:\?\?|\|\|)|\?[^:;]*:)\s*{_STRING}"
    )
    in_string = _MARK + r"\d+" + _MARK + r"\s*\]\s*(?:\?\?|\|\|)\s*" + _STRING
    if _extended(code):
        return None, 0
    for found in beside.finditer(code.text):
        return _said(code, found, 1)
    for found in re.finditer(rf"\[\s*{in_string}", code.text):
        number = int(re.findall(_STRING, found.group())[0])
        if code.strings[number] == variable:
            return _said(code, found, 1)
    for name in _NAMED.finditer(code.text):
        end = _NEXT.search(code.text, name.end())
        value = code.text[name.end() : end.start() if end else len(code.text)]
        strings = list(re.finditer(_STRING, value))
        # Of `isDev ? "http://..." : "/api"` the last one is the default.
        if strings and _url(code.strings[int(strings[-1].group(1))]):
            at = name.end() + strings[-1].start()
            number = int(strings[-1].group(1))
            return code.strings[number], code.text.count("\n", 0, at) + 1
    return None, 0


def _extended(code: Code) -> bool:
    """Whether the base is put together from parts: `${ROOT}/api`, ROOT + "/api"."""
    for name in _NAMED.finditer(code.text):
        value = code.text[name.end() :]
        string = re.match(rf"\s*{_STRING}", value)
        if string and re.search(r"\$\{.*\}.*\w", code.strings[int(string.group(1))]):
            return True
        end = _NEXT.search(value)
        if re.search(rf"\+\s*{_STRING}", value[: end.start() if end else len(value)]):
            return True
    return False


def _said(code: Code, found: re.Match[str], group: int) -> tuple[str, int]:
    line = code.text.count("\n", 0, found.start(group)) + 1
    return code.strings[int(found.group(group))], line


def _url(text: str) -> bool:
    return "${" not in text and (text.startswith("/") or "://" in text)


def _credentials(code: Code) -> tuple[bool | None, int]:
    """Return whether cookies are sent, and where that is said.

    One place that turns them off is reported before one that turns them on.
    """
    said = [
        (match.group(1) == "true", code.text.count("\n", 0, match.start()) + 1)
        for match in _SET.finditer(code.text)
    ]
    said += [
        (value == "include", code.text.count("\n", 0, match.start()) + 1)
        for match in _FETCH.finditer(code.text)
        if (value := code.strings[int(match.group(1))]) in ("include", "omit")
    ]
    return min(said, default=(None, 0), key=lambda pair: (bool(pair[0]), pair[1]))
