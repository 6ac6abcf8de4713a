"""Where things stand in a YAML file: a line scanner, 20 times faster than a parser.

It knows the YAML that people write in Compose files: block mappings and
sequences, quoted and plain scalars, block scalars, flow collections on one or
more lines, anchors, aliases and merge keys. It never raises; what it does not
know (complex keys, several documents) it leaves out. Values it returns are raw
text: whoever edits with it verifies the outcome with a real parser.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Path = tuple[str, ...]

_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#\[\]{},&*!|>%@`?-][^#]{0,250}?"""
    r"""|[?-][^\s#][^#]{0,250}?)\s{0,250}:(?=\s|$)"""
)
_BREAK = re.compile(r"\r\n|\r|\n")
_PROPERTY = re.compile(r"([&!][^\s,\[\]{}]*)(?:\s+|$)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_FLOW_KEY = re.compile(r"""[{,]\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'{}\[\],:]+))\s*:""")


class Entry(NamedTuple):
    """One key or one list item.

    Attributes:
        path: the keys from the root; a list item's key is its number.
        line: where it starts, counted from 1.
        indent: the column of its key or dash, from 0.
        start: the column where its value's text starts (after anchor and tag).
        value: the value's raw text, comment cut off; lines joined by newlines;
            of a block scalar its content; empty if the value is on other lines.
        anchor: the name of the anchor on the value, if any.
        last: the line where that text ends.
        kind: ``plain``, ``quoted``, ``flow``, ``block``, ``alias`` or ``nested``.
    """

    path: Path
    line: int
    indent: int
    start: int
    value: str = ""
    anchor: str = ""
    last: int = 0
    kind: str = "nested"


class _Open(NamedTuple):
    """A key or an item whose value may go on below, at a larger indent."""

    indent: int
    path: Path
    item: bool


def scan(text: str) -> list[Entry]:
    """Return the entries of the first document in ``text``, in order."""
    return _Scanner(_BREAK.split(text.removeprefix("\ufeff"))).run()


class _Scanner:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.entries: list[Entry] = []
        self.stack: list[_Open] = []
        self.items: dict[Path, int] = {}
        self.at = 0

    def run(self) -> list[Entry]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            content = line.lstrip(" ")
            indent = len(line) - len(content)
            if not content.strip() or content[0] == "#":
                pass
            elif indent == 0 and re.match(r"(---|\.\.\.)(\s|$)", line):
                if self.entries:
                    break
            else:
                self._content(line, indent)
            self.at += 1
        return self.entries

    def _content(self, line: str, column: int) -> None:
        """Read dashes and a key from ``column`` on, then the value."""
        while re.match(r"-(\s|$)", line[column:]):
            path = self._item(column)
            after = column + 1
            after += len(line[after:]) - len(line[after:].lstrip())
            if not _KEY.match(line, after) and not re.match(r"-(\s|$)", line[after:]):
                self._value(path, column, line, after)
                return
            self.entries.append(Entry(path, self.at + 1, column, after))
            column = after
        key = _KEY.match(line, column)
        if not key:
            self._continue(line, column)
            return
        self._close(column, item=False)
        parent = self.stack[-1].path if self.stack else ()
        path = (*parent, _unquote(key.group(1)))
        self.stack.append(_Open(column, path, item=False))
        after = key.end() + len(line[key.end() :]) - len(line[key.end() :].lstrip())
        self._value(path, column, line, after)

    def _continue(self, line: str, column: int) -> None:
        """Add a further line to the plain scalar above, if there is one."""
        above = self.entries[-1] if self.entries else None
        if above and above.kind == "plain" and column > above.indent:
            value = f"{above.value}\n{_uncomment(line)}"
            self.entries[-1] = above._replace(value=value, last=self.at + 1)

    def _item(self, column: int) -> Path:
        self._close(column, item=True)
        parent = self.stack[-1].path if self.stack else ()
        number = self.items.get(parent, 0)
        self.items[parent] = number + 1
        path = (*parent, str(number))
        self.stack.append(_Open(column, path, item=True))
        return path

    def _close(self, column: int, *, item: bool) -> None:
        """Close what ends before ``column``; a list may be as deep as its key."""
        while self.stack:
            top = self.stack[-1]
            if top.indent < column or (item and top.indent == column and not top.item):
                return
            self.stack.pop()

    def _value(self, path: Path, indent: int, line: str, start: int) -> None:
        anchor = ""
        while found := _PROPERTY.match(line, start):
            if found.group(1)[0] == "&":
                anchor = found.group(1)[1:]
            start = found.end()
        first = self.at
        kind, value = self._read(line, start, indent)
        self.entries.append(
            Entry(path, first + 1, indent, start, value, anchor, self.at + 1, kind)
        )

    def _read(self, line: str, start: int, indent: int) -> tuple[str, str]:
        rest = line[start:]
        if not rest.strip() or rest[0] == "#":
            return "nested", ""
        if _BLOCK.match(rest):
            return "block", self._block(indent)
        if rest[0] == "*":
            return "alias", rest.split()[0]
        if rest[0] in "\"'":
            return "quoted", self._until_closed(rest)
        if rest[0] in "[{":
            return "flow", self._until_closed(rest)
        return "plain", _uncomment(rest)

    def _block(self, indent: int) -> str:
        """Return the lines below that are deeper than the key, as they are."""
        begin = self.at + 1
        end = begin
        for number in range(begin, len(self.lines)):
            line = self.lines[number]
            if line.strip():
                if len(line) - len(line.lstrip(" ")) <= indent:
                    break
                end = number + 1
        self.at = max(self.at, end - 1)
        return "\n".join(self.lines[begin:end])

    def _until_closed(self, rest: str) -> str:
        """Return the quoted or flow text at the start of ``rest``, to its end."""
        begin = self.at
        text = rest
        while True:
            end = closing(text)
            if end >= 0:
                return text[:end]
            self.at += 1
            if self.at >= len(self.lines):
                # Never closed: the file is broken here; go on with the next line.
                self.at = begin
                return _uncomment(rest)
            text += "\n" + self.lines[self.at]


def closing(text: str) -> int:
    """Return where the quoted or flow text that starts ``text`` ends, or -1."""
    depth = 0
    at = 0
    while at < len(text):
        char = text[at]
        if char in "\"'" and (not depth or text[at - 1] in " \t\n[{,:"):
            at = _quote_end(text, at)
            if at < 0:
                return -1
            if not depth:
                return at
            continue
        if char == "#" and at and text[at - 1] in " \t\n":
            at = text.find("\n", at)
            if at < 0:
                return -1
            continue
        if char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
            if depth <= 0:
                return at + 1
        elif char == "$" and text.startswith("${", at) and depth:
            # Not YAML's rule, but what people mean by [${A}].
            end = text.find("}", at)
            at = end if end >= 0 else at
        at += 1
    return -1


def _quote_end(text: str, start: int) -> int:
    """Return the position after the quoted text at ``start``, or -1."""
    quote = text[start]
    at = start + 1
    while at < len(text):
        if quote == '"' and text[at] == "\\":
            at += 2
        elif text[at] != quote:
            at += 1
        elif quote == "'" and text.startswith("''", at):
            at += 2
        else:
            return at + 1
    return -1


def _uncomment(text: str) -> str:
    """Cut a plain scalar's comment and the blanks before it."""
    return re.split(r"\s#", text, maxsplit=1)[0].rstrip()


def _unquote(text: str) -> str:
    if text[:1] in "\"'" and text[-1:] == text[:1]:
        return text[1:-1]
    return text


def flow_keys(entry: Entry) -> list[tuple[str, int]]:
    """Return the keys of a flow mapping on its first level, with their lines."""
    if not entry.value.startswith("{"):
        return []
    found = []
    for match in _FLOW_KEY.finditer(entry.value):
        before = entry.value[: match.start()]
        depth = before.count("{") - before.count("}")
        in_list = before.count("[") != before.count("]")
        if in_list or depth != (match.group()[0] == ","):
            continue
        key = match.group(1) or match.group(2) or match.group(3)
        found.append((key, entry.line + before.count("\n")))
    return found
