"""Backups as values: the manifest, file names, and what a dump really holds.

A dump is believed only when `pg_restore` can read it to its end and the rows in
it are as many as were counted in the same transaction that made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

#: Custom format: compressed, read by ``pg_restore`` in any order.
SUFFIX = ".dump"
MANIFEST = ".json"
#: A copy of the files of a database that can't be dumped, or of another volume.
FILES_SUFFIX = ".tar"

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_COPY = re.compile(
    rb"COPY (?P<table>(?:\"(?:[^\"]|\"\")*\"|[^\s\".(])+"
    rb"(?:\.(?:\"(?:[^\"]|\"\")*\"|[^\s\".(])+)?) .*FROM stdin;$"
)
_PART = re.compile(r'"(?:[^"]|"")*"|[^.]+')


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What one backup holds; lies beside it as JSON.

    Attributes:
        kind: ``dump``: a database, in pg_dump's custom format; ``files``: a tar
            of a volume or directory.
        file: the backup's name, in the manifest's own directory.
        time: when it was taken, ISO 8601 in UTC.
        task: what made it.
        service: the database's service, or the one whose files these are.
        source: of ``files``: the volume or directory.
        revision: Alembic's current revisions.
        rows: table to number of rows; tables outside ``public`` with their
            schema. Of ``files``: empty.
        bytes: the file's size.
        server: the server's version.
        owner: the database's owner, and its other properties that a dump of
            the content does not keep.
        roles: roles that own something in it or were granted something.
    """

    version: int = 1
    kind: str = "dump"
    file: str
    time: str
    task: str = ""
    project: str = ""
    service: str = ""
    database: str = ""
    source: str = ""
    revision: tuple[str, ...] = ()
    rows: dict[str, int] = {}
    bytes: int = 0
    sha256: str = ""
    server: str = ""
    owner: str = ""
    encoding: str = ""
    collate: str = ""
    ctype: str = ""
    settings: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All rows of all tables."""
        return sum(self.rows.values())


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One backup as ``db.list --json`` shows it."""

    path: str
    time: str
    rows: dict[str, int]
    bytes: int
    sha256: str
    kind: str
    project: str
    database: str
    revision: tuple[str, ...]
    server: str
    problem: str = ""


def stem(project: str, what: str, stamp: str) -> str:
    """Return a file name without its ending: project, database, time."""
    return "-".join(_UNSAFE.sub("_", part) for part in (project, what, stamp))


def encode(manifest: Manifest) -> bytes:
    """Return the manifest as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode(data: bytes) -> Manifest:
    """Return the manifest that `encode` wrote.

    Raises:
        ValueError: it is no manifest.
    """
    try:
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no manifest: {error}") from error


def differences(wanted: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Return the tables whose rows are not as many as wanted, one line each."""
    lines = []
    for table in sorted(wanted.keys() | found.keys()):
        if table not in found:
            lines.append(f"{table}: the table is missing, {wanted[table]} rows wanted")
        elif table not in wanted:
            lines.append(f"{table}: {found[table]} rows in a table that was not there")
        elif wanted[table] != found[table]:
            lines.append(f"{table}: {found[table]} rows, {wanted[table]} wanted")
    return lines


def table_name(qualified: str) -> str:
    """Return a table's name as manifests have it, from pg_dump's ``a."B"``."""
    parts = [
        part[1:-1].replace('""', '"') if part.startswith('"') else part
        for part in _PART.findall(qualified)
    ]
    return shown(*parts) if len(parts) == 2 else ".".join(parts)


def shown(schema: str, table: str) -> str:
    """Return ``table`` for the schema ``public``, else ``schema.table``."""
    return table if schema == "public" else f"{schema}.{table}"


class RowCounter:
    r"""Counts the rows in pg_restore's text output, fed to it in pieces.

    Rows stand between ``COPY table (...) FROM stdin;`` and ``\.``, one a line:
    the text format writes a line break in a value as ``\n``.
    Source: https://www.postgresql.org/docs/current/sql-copy.html
    """

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._rest = b""
        self._table: str | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the output."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        at = 0
        while at < len(lines):
            if self._table is None:
                at = self._find_copy(lines, at)
            else:
                at = self._skip_rows(lines, at, self._table)

    def _find_copy(self, lines: list[bytes], at: int) -> int:
        match = _COPY.match(lines[at])
        if match:
            self._table = table_name(match["table"].decode())
            self.rows.setdefault(self._table, 0)
        return at + 1

    def _skip_rows(self, lines: list[bytes], at: int, table: str) -> int:
        try:
            end = lines.index(b"\\.", at)
        except ValueError:
            self.rows[table] += len(lines) - at
            return len(lines)
        self.rows[table] += end - at
        self._table = None
        return end + 1


def room_problem(needed: int, free: int, where: str) -> str:
    """Return why a backup won't fit, empty if it should.

    A dump leaves out indexes and is compressed: a quarter of the database's
    size is what must be free. If that guess is wrong, the write itself fails
    and the partial file goes away.

    Args:
        needed: bytes that the database takes now.
        free: bytes free where the backup goes.
        where: that directory, for the message.
    """
    from ..states import size

    wanted = needed // 4
    if free >= wanted:
        return ""
    return f"{size(free)} free in {where}, about {size(wanted)} are needed"


def newest_first(listed: Iterable[Listed]) -> list[Listed]:
    """Return backups in the order of ``db.list``."""
    return sorted(listed, key=lambda item: (item.time, item.path), reverse=True)
