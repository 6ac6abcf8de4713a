"""The known failures, as data: ``signatures/*.toml`` and the user's own files.

Each ``[[signature]]`` table says how a failure reads in a log, what it means
and which fix mends it. To add one, add a table with a real log line as its
sample; the tests demand that the sample is told apart from all others.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from ..model import Category, Confidence
from ..store import Store
from . import patterns as rules

DIRECTORY = Path(__file__).parent

Role = Literal["backend", "worker", "frontend", "db", "redis", "build", "engine", "any"]

FIXES = frozenset(
    {
        "fix.api-url",
        "fix.cookies",
        "fix.env",
        "fix.locks",
        "fix.migrate",
        "fix.nuke",
        "fix.password",
        "fix.pins",
        "fix.ports",
        "fix.prune",
        "fix.rebuild-backend",
        "fix.rebuild-frontend",
        "fix.recreate",
        "fix.restart",
        "fix.restart-docker",
        "fix.seed",
        "fix.start",
        "fix.unpause",
    }
)

_NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class SignatureError(ValueError):
    """A signature file that cannot be used; the message names file and table."""


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One known failure.

    Attributes:
        id: Unique, kebab-case.
        category: The kind of failure.
        confidence: How sure a match makes us of the cause.
        patterns: Regular expressions, each for one line; any one suffices.
        above: What the text directly above the line (up to 4 KB) must match as
            well, if anything: some messages name their object there. Its named
            groups count too.
        unless: What the line must not match: then it is another failure's.
        cause: The cause in one sentence; ``{name}`` stands for a named group.
        roles: The kinds of service in whose output such a line appears.
        fix: The task that mends it; empty when only a person can.
        advice: What to do when there is no fix task.
        weight: Nearness to the root, 0 (a consequence) to 100 (a root).
        follows: Ids of signatures whose presence makes this a consequence.
        reference: Address of an issue thread or documentation page.
        samples: Real log excerpts that must give exactly this signature.
    """

    id: _Id
    category: Category
    confidence: Confidence
    patterns: Annotated[tuple[_NonEmpty, ...], msgspec.Meta(min_length=1)]
    above: str = ""
    unless: str = ""
    cause: _NonEmpty
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1)]
    fix: str = ""
    advice: str = ""
    weight: Annotated[int, msgspec.Meta(ge=0, le=100)] = 50
    follows: tuple[_Id, ...] = ()
    reference: Annotated[str, msgspec.Meta(pattern=r"^https://")]
    samples: Annotated[tuple[_NonEmpty, ...], msgspec.Meta(min_length=1)]

    def sentence(self, groups: dict[str, str]) -> str:
        """Fill the cause with what a match captured.

        Args:
            groups: Named groups of a ``Hit`` of this signature.
        """
        return self.cause.format_map(groups)


def load(
    extra_files: Iterable[Path] = (), store: Store | None = None
) -> tuple[Signature, ...]:
    """Read the signatures that ship with Unstuck, then the user's own.

    The shipped files are held to the rules by the tests; a user's file is
    checked here, because nobody else will.

    Args:
        extra_files: Files that a setting names (``UNSTUCK_SIGNATURES``).
        store: Where to keep the result until a file changes, which saves
            some 20 ms; nowhere when ``None``.

    Returns:
        All signatures, in file order.

    Raises:
        SignatureError: A file is missing or malformed, a table breaks a rule,
            or an id is used twice.
    """
    extra = list(extra_files)
    if store is None:
        return _load(extra)
    try:
        files = [(str(path), path.stat()) for path in [*_shipped(), *extra]]
    except OSError:
        return _load(extra)
    state = [(name, stat.st_mtime_ns, stat.st_size) for name, stat in files]
    digest = hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()
    name = f"signatures-{digest}.msgpack"
    try:
        kept = store.get(name) or b""
        return msgspec.msgpack.decode(kept, type=tuple[Signature, ...])
    except msgspec.DecodeError:  # absent or damaged
        found = _load(extra)
    store.put(name, msgspec.msgpack.encode(found))
    return found


def _load(extra_files: Sequence[Path]) -> tuple[Signature, ...]:
    """Read and check the files themselves."""
    origin: dict[str, Path] = {}
    found: list[Signature] = []
    shipped = _shipped()
    for path in [*shipped, *extra_files]:
        for signature in read(path):
            if signature.id in origin:
                reason = f"id already used in {origin[signature.id]}"
                _reject(path, signature.id, [reason])
            if path not in shipped:
                _reject(path, signature.id, violations(signature))
            origin[signature.id] = path
            found.append(signature)
    _reject_unknown_follows(found, origin)
    return tuple(found)


def _shipped() -> list[Path]:
    """List the files that ship with Unstuck, one for each category."""
    return sorted(DIRECTORY.glob("*.toml"))


def read(path: Path) -> list[Signature]:
    """Read one signature file, checking types but not rules.

    Args:
        path: A TOML file of ``[[signature]]`` tables.

    Raises:
        SignatureError: It is missing, not TOML, or a table has a wrong field.
    """
    # A start with a warm cache does without it.
    import tomllib

    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SignatureError(f"{path}: {error}") from error
    unknown = sorted(document.keys() - {"signature"})
    if unknown:
        raise SignatureError(f"{path}: unknown table {', '.join(unknown)}")
    tables = document.get("signature", [])
    return [_convert(path, number, table) for number, table in enumerate(tables, 1)]


def _convert(path: Path, number: int, table: object) -> Signature:
    """Turn one table into a signature, or say which table is wrong and why."""
    try:
        return msgspec.convert(table, Signature)
    except msgspec.ValidationError as error:
        name = table.get("id", "no id") if isinstance(table, dict) else "no table"
        raise SignatureError(f"{path}: signature {number} ({name}): {error}") from error


def violations(signature: Signature) -> list[str]:
    """Say which rules a signature breaks that its types cannot express.

    Args:
        signature: A signature as read from its file.

    Returns:
        One sentence for each rule broken; empty when it is sound.
    """
    found = [
        f"pattern {pattern!r}: {problem}"
        for pattern in signature.patterns
        for problem in rules.problems(pattern)
    ]
    for name in ("above", "unless"):
        try:
            re.compile(getattr(signature, name))
        except re.error as error:
            found.append(f"{name} is not a regular expression: {error}")
    if signature.fix and signature.fix not in FIXES:
        found.append(f"unknown fix {signature.fix!r}")
    if not signature.fix and not signature.advice:
        found.append("neither fix nor advice")
    return found or _unfilled(signature)


def _unfilled(signature: Signature) -> list[str]:
    """Name what the cause asks for and some pattern does not capture."""
    found = []
    for pattern in signature.patterns:
        names = rules.groups(pattern) | rules.groups(signature.above)
        blanks = dict.fromkeys(names, "")
        try:
            signature.sentence(blanks)
        except (KeyError, ValueError, IndexError) as error:
            found.append(f"pattern {pattern!r} does not capture {error} of the cause")
    return found


def _reject_unknown_follows(
    signatures: Sequence[Signature], origin: dict[str, Path]
) -> None:
    """Refuse a ``follows`` that names no signature: it would never take effect."""
    for signature in signatures:
        unknown = [name for name in signature.follows if name not in origin]
        if unknown:
            message = f"follows unknown {', '.join(unknown)}"
            _reject(origin[signature.id], signature.id, [message])


def _reject(path: Path, name: str, reasons: Sequence[str]) -> None:
    """Raise when there is a reason to."""
    if reasons:
        raise SignatureError(f"{path}: signature {name}: {'; '.join(reasons)}")
