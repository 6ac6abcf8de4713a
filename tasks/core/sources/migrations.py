"""The Alembic revision graph, read from its files without importing them.

It works while the backend is down. A revision file assigns ``revision`` and
``down_revision`` at its top level:
https://alembic.sqlalchemy.org/en/latest/tutorial.html
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from ..snapshot import Migrations, Revision

#: ``current`` at every head; ``behind`` some revisions are to be applied;
#: ``unknown`` the database names a revision that no file has; ``empty`` it has
#: no version table or no row; ``none`` there are no revision files.
State = Literal["current", "behind", "unknown", "empty", "none"]

_STRING = re.compile(
    r'"""(?P<a>(?:[^\\]|\\.)*?)"""'
    r"|'''(?P<b>(?:[^\\]|\\.)*?)'''"
    r'|"(?P<c>(?:[^"\\\n]|\\.)*)"'
    r"|'(?P<d>(?:[^'\\\n]|\\.)*)'"
    r"|#[^\n]*",
    re.DOTALL,
)
_ASSIGNED = re.compile(
    r"^(revision|down_revision|depends_on)\b[^=\n]*=[ \t]*(.*)$", re.MULTILINE
)
_LITERAL = re.compile(r"None|(\"[^\"\\\n]*\"|'[^'\\\n]*')")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Strings longer than this are SQL: their words are kept, not the whole.
_LONGEST = 80


class Position(NamedTuple):
    """Where the database stands in the graph.

    Attributes:
        heads: revisions that no other follows.
        current: what the database says.
        behind: the revisions to apply, in order.
        unknown: of ``current``, those that no file has.
    """

    state: State
    heads: tuple[Revision, ...] = ()
    current: tuple[str, ...] = ()
    behind: tuple[Revision, ...] = ()
    unknown: tuple[str, ...] = ()


def parse(directory: str, files: Mapping[str, str]) -> Migrations:
    """Return the graph that revision files make.

    Args:
        directory: where they are, as the user would name it.
        files: path, as the user would name it, to text.
    """
    revisions: list[Revision] = []
    errors: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the files: not ours to print
        for path, text in sorted(files.items()):
            try:
                revision = _revision(path, text)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                line = getattr(error, "lineno", None) or 1
                why = getattr(error, "msg", None) or str(error) or "too deep"
                errors.append(f"{path}:{line}: {why}")
                continue
            if revision:
                revisions.append(revision)
    errors += _broken(revisions)
    return Migrations(
        directory=directory, revisions=tuple(revisions), errors=tuple(errors)
    )


def directories(ini: str) -> tuple[str, ...]:
    """Return the directories of the revision files that alembic.ini names.

    Relative to the file; ``versions`` below ``script_location`` unless
    ``version_locations`` says otherwise. None if it can't be told.
    """
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(ini.removeprefix("\ufeff"))
    except configparser.Error:
        return ()
    said = parser["alembic"] if parser.has_section("alembic") else {}
    script = str(said.get("script_location") or "")
    named = str(said.get("version_locations") or "") or f"{script}/versions"
    if not script and named == "/versions":
        return ()
    found = []
    for raw in re.split(r"[\s,]+|:(?=%|\.|/|\w)", named.strip()):
        path = raw.replace("%(here)s/", "").replace("%(here)s", ".")
        # package:directory is a package's own; its name is the usual directory
        found.append(path.replace("{script_location}", script))
    return tuple(path for path in found if path)


def heads(migrations: Migrations) -> tuple[Revision, ...]:
    """Return the revisions that no other revision follows, by id."""
    followed = {down for revision in migrations.revisions for down in revision.down}
    ends = {r.id: r for r in migrations.revisions if r.id not in followed}
    return tuple(ends[rid] for rid in sorted(ends))


def behind(migrations: Migrations, current: Sequence[str]) -> tuple[Revision, ...]:
    """Return the revisions that the database lacks, in the order to apply them.

    A revision that a file doesn't have counts for nothing; see `position`.
    """
    by_id = {revision.id: revision for revision in migrations.revisions}
    applied = _ancestors(by_id, current)
    lacks: dict[str, int] = {}
    followers: dict[str, list[str]] = {}
    for revision in by_id.values():
        if revision.id not in applied:
            needs = {rid for rid in _needs(revision) if rid in by_id} - applied
            lacks[revision.id] = len(needs)
            for rid in needs:
                followers.setdefault(rid, []).append(revision.id)
    # Those whose parents are all there come next; the rest is a cycle.
    ready = [rid for rid, count in lacks.items() if not count]
    for rid in ready:
        for follower in followers.get(rid, ()):
            lacks[follower] -= 1
            if not lacks[follower]:
                ready.append(follower)
    return tuple(by_id[rid] for rid in ready)


def _needs(revision: Revision) -> tuple[str, ...]:
    return (*revision.down, *revision.depends)


def position(migrations: Migrations, current: Sequence[str] | None) -> Position:
    """Return where the database stands.

    Args:
        migrations: the graph of the files.
        current: the rows of the version table; None if there is no table.
    """
    known = {revision.id for revision in migrations.revisions}
    if not known:
        return Position("none", current=tuple(current or ()))
    todo = behind(migrations, current or ())
    unknown = tuple(rid for rid in current or () if rid not in known)
    state: State = "behind" if todo else "current"
    if not current:
        state = "empty"
    if unknown:
        state = "unknown"
    return Position(state, heads(migrations), tuple(current or ()), todo, unknown)


def find(migrations: Migrations, name: str) -> tuple[Revision, ...]:
    """Return the revisions that mention a table or column, or are named so.

    Whole words of the revision's strings, upper and lower case alike; if there
    is none, parts of its strings, of its message and of its file's name.
    """
    wanted = name.lower()
    whole = [r for r in migrations.revisions if wanted in (n.lower() for n in r.names)]
    if whole:
        return tuple(whole)
    return tuple(
        r
        for r in migrations.revisions
        if any(wanted in text.lower() for text in (*r.names, r.message, r.file, r.id))
    )


def _ancestors(by_id: Mapping[str, Revision], start: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        rid = waiting.pop()
        if rid in by_id and rid not in found:
            found.add(rid)
            waiting += _needs(by_id[rid])
    return found


def _broken(revisions: Sequence[Revision]) -> list[str]:
    """Return what is wrong with the graph: doubles, lost parents, cycles."""
    by_id: dict[str, Revision] = {}
    errors = []
    for revision in revisions:
        first = by_id.setdefault(revision.id, revision)
        if first is not revision:
            errors.append(
                f"{revision.file}:1: revision {revision.id} is also {first.file}"
            )
    errors += [
        f"{revision.file}:1: its parent {down} is in no file"
        for revision in revisions
        for down in revision.down
        if down not in by_id
    ]
    graph = Migrations(directory="", revisions=tuple(by_id.values()))
    reached = {revision.id for revision in behind(graph, ())}
    loop = sorted(set(by_id) - reached)
    if loop:
        errors.append(f"{by_id[loop[0]].file}:1: a cycle: {', '.join(loop)}")
    return errors


def _revision(path: str, text: str) -> Revision | None:
    """Return the revision in a file, None if the file is none.

    `compile` finds every syntax error three times faster than a tree; the tree
    is made only of the few assignments that are no plain literals.

    Raises:
        SyntaxError: the file is no Python.
        ValueError: it holds a null byte.
    """
    text = text.removeprefix("\ufeff")
    compile(text, path, "exec", dont_inherit=True)
    strings = [match for match in _STRING.finditer(text) if match.lastgroup]
    found = _fast(text, strings)
    if found is None:
        found = _slow(text)
    ids = found.get("revision")
    if not ids:
        return None
    doc = strings[0] if strings and not text[: strings[0].start()].strip() else None
    body = strings[1:] if doc else strings
    own = {*ids, *found.get("down_revision", ()), *found.get("depends_on", ())}
    names: dict[str, None] = {}
    for match in body:
        value = match[match.lastgroup or 0]
        if value in own:
            continue
        short = len(value) <= _LONGEST and "\n" not in value
        parts = [value] if short else []
        names.update(dict.fromkeys([*filter(None, parts), *_WORD.findall(value)]))
    down = tuple(dict.fromkeys(found.get("down_revision", ())))
    depends = tuple(dict.fromkeys(found.get("depends_on", ())))
    message = doc[doc.lastgroup or 0].strip() if doc else ""
    return Revision(
        id=ids[0],
        down=down,
        depends=depends,
        file=path,
        message=message.splitlines()[0].strip() if message else "",
        names=tuple(names),
    )


Assigned = dict[str, tuple[str, ...]]


def _fast(text: str, strings: Sequence[re.Match[str]]) -> Assigned | None:
    """Return what is assigned, None if it takes a tree to tell."""
    spans = [(m.start(), m.end()) for m in strings if "\n" in m.group()]
    found: Assigned = {}
    for match in _ASSIGNED.finditer(text):
        if any(start < match.start() < end for start, end in spans):
            continue  # within a docstring
        value = re.split(r"\s#", match[2], maxsplit=1)[0].strip()
        if match[1] in found or not _LITERAL.fullmatch(value):
            return None
        found[match[1]] = () if value == "None" else (value[1:-1],)
    return found if "revision" in found and "down_revision" in found else None


def _slow(text: str) -> Assigned:
    found: Assigned = {}
    for node in ast.parse(text).body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value:
            targets = [node.target]
        for target in targets:
            name = target.id if isinstance(target, ast.Name) else ""
            if name in ("revision", "down_revision", "depends_on"):
                found[name] = _ids(getattr(node, "value", None))
    return found


def _ids(node: ast.expr | None) -> tuple[str, ...]:
    """Return the strings of ``"a"``, ``("a", "b")``, ``["a"]``, ``{"a"}``."""
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else ()
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return tuple(rid for item in node.elts for rid in _ids(item))
    return ()
