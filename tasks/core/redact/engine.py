"""Looks at a block of bytes and says which stretches of it must go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ..store import Store
from . import prefilter
from .fields import TRIGGER, Fields
from .inserts import Inserts
from .keys import Keys
from .literals import Literal
from .loose import Loose
from .notations import FormParts, NamedPairs, YamlBlocks
from .personal import ConflictKeys, Pattern, PersonalRules, Rows
from .privatekeys import PrivateKeys, PuttyKeys
from .shapes import SHAPES
from .spaced import NextLine, Spaced
from .spans import LITERAL, Span, resolve
from .tokens import TOKEN_BYTES

Find = Callable[[bytes, int, int], Iterator[Span]]
_TOKEN_STARTS = (b"[secret:", b"[email#", b"[personal:")


class Finder(Protocol):
    """Finds the secrets that begin in one line."""

    @property
    def trigger(self) -> str:
        """An expression that matches in every line with such a secret."""

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the spans of the line from ``start`` to ``end``."""


class Look(NamedTuple):
    """What one look at a block found.

    Attributes:
        spans: what must go, in order, without overlaps.
        holds: for each secret of several lines that may begin here, where its
            line begins and the bytes behind it that may belong to it.
    """

    spans: list[Span]
    holds: list[tuple[int, int]]


class _Rule(NamedTuple):
    """A trigger, what to do where it matches, and how far that reaches."""

    trigger: bytes
    find: Find
    reach: int = 0


class Engine:
    """All finders of one redactor, behind two prefilters.

    The triggers of the shapes are the same in every run, so their prefilter is
    compiled once per machine and kept in the cache. Those of the stack's own
    secrets are compiled anew and never written anywhere.
    """

    def __init__(
        self,
        keys: Keys,
        literals: Sequence[Literal] = (),
        personal: PersonalRules | None = None,
        store: Store | None = None,
        *,
        plain: bool = False,
    ) -> None:
        """Take what to look for; see `redactor.Redactor.learn`.

        Args:
            keys: which keys are secret.
            literals: the stack's own secrets.
            personal: what the user called personal.
            store: keeps what is compiled.
            plain: do without hyperscan.
        """
        personal = personal or PersonalRules()
        columns = frozenset(column.lower() for column in personal.columns)
        fields = Fields(keys, columns)
        self._keys, self._store, self._plain = keys, store, plain
        self._always: list[Find] = []
        common = list(_common(keys, fields, columns))
        triggers = tuple(rule.trigger for rule in common)
        self._looks = [(prefilter.shared(triggers, store, plain), common)]
        if own := list(self._own(fields, literals, columns, personal.patterns)):
            look = prefilter.make([rule.trigger for rule in own], plain=plain)
            self._looks.append((look, own))

    def extended(self, literals: Sequence[Literal], personal: PersonalRules) -> Engine:
        """Return an engine that knows these as well."""
        return Engine(self._keys, literals, personal, self._store, plain=self._plain)

    def _own(
        self,
        fields: Fields,
        literals: Sequence[Literal],
        columns: frozenset[str],
        patterns: Iterable[str],
    ) -> Iterator[_Rule]:
        for trigger in fields.triggers:
            yield _Rule(trigger, fields.find)
        for literal in literals:
            for anchor in literal.anchors:
                yield _Rule(anchor.expression, literal.find)
        if columns:
            for finder in (Rows(), ConflictKeys(columns)):
                yield _Rule(finder.trigger.encode(), finder.find)
        for text in patterns:
            pattern = Pattern(text)
            if prefilter.understood(text.encode()):
                yield _Rule(text.encode(), pattern.find)
            else:
                self._always.append(pattern.find)

    def touched(self, block: bytes) -> list[int] | None:
        """Return offsets in the lines that may hold a secret; None if any may."""
        if self._always:
            return None
        return [end - 1 for look, _ in self._looks for end, _ in look.hits(block)]

    def look(self, block: bytes, changed: Sequence[int] | None = None) -> Look:
        """Return what must go from ``block``.

        Args:
            block: the bytes.
            changed: offsets, in order; lines without one were looked at before,
                so only secrets of several lines are looked for in them.
        """
        found: list[Span] = []
        holds: list[tuple[int, int]] = []
        for look, rules in self._looks:
            if hits := look.hits(block):
                _look_at_lines(block, sorted(hits), rules, found, holds, changed)
        for find in self._always:
            found += find(block, 0, len(block))
        if found and any(start in block for start in _TOKEN_STARTS):
            found = list(_outside_tokens(block, found))
        return Look(list(_safely_named(block, resolve(found))), holds)


def _safely_named(block: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans; one whose key is within a secret is not named by it."""
    hidden: list[Span] = []
    reach = 0
    for span in spans:
        if reach <= span.first:
            hidden, reach = [span], span.end
            yield span
            continue
        label = span.label.encode()
        hidden = [one for one in hidden if one.end > span.first]
        if hidden and label in block[span.first : span.start]:
            at = block.rfind(label, span.first, span.start)
            if any(one.start < at + len(label) and at < one.end for one in hidden):
                span = span._replace(label="key")  # noqa: PLW2901 - the same, renamed
        hidden.append(span)
        reach = max(reach, span.end)
        yield span


def _common(keys: Keys, fields: Fields, columns: frozenset[str]) -> Iterator[_Rule]:
    """Yield the rules that every redactor has."""
    for shape in SHAPES:
        yield _Rule(shape.trigger.encode(), shape.find)
    yield _Rule(TRIGGER, fields.find)
    yield _Rule(NamedPairs.erlang.encode(), NamedPairs(keys).find)
    yield _Rule(Spaced.humps.encode(), Spaced(keys).find)
    for finder in (
        PrivateKeys(),
        PuttyKeys(),
        YamlBlocks(keys),
        FormParts(keys),
        NamedPairs(keys),
        Spaced(keys),
        Loose(keys),
        NextLine(keys),
        Inserts(keys, columns),
    ):
        yield _Rule(finder.trigger.encode(), finder.find, finder.reach)


def _look_at_lines(
    block: bytes,
    hits: list[prefilter.Hit],
    rules: Sequence[_Rule],
    found: list[Span],
    holds: list[tuple[int, int]],
    changed: Sequence[int] | None,
) -> None:
    """Let each rule that was triggered in a line look at that line, once."""
    start, newline = 0, -1
    known = False
    done: set[int] = set()
    for end, index in hits:
        at = end - 1
        if at > newline:
            start = block.rfind(b"\n", 0, at) + 1
            newline = block.find(b"\n", at)
            newline = newline if newline >= 0 else len(block)
            stop = newline - (block[newline - 1 : newline] == b"\r")
            done.clear()
            if changed is not None:
                known = bisect_left(changed, start) == bisect_right(changed, newline)
        if index in done or (known and not rules[index].reach):
            continue
        done.add(index)
        rule = rules[index]
        if rule.reach:
            holds.append((start, newline + rule.reach))
        found += rule.find(block, start, max(start, stop))


def _outside_tokens(block: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans that have to do with no token.

    What stands in or beside a token was looked at when the token was made. Only
    a literal is a secret wherever it stands.
    """
    tokens = [match.span() for match in TOKEN_BYTES.finditer(block)]
    starts = [start for start, _ in tokens]
    for span in spans:
        near = tokens[
            max(bisect_left(starts, span.first) - 1, 0) : bisect_right(starts, span.end)
        ]
        touches = any(
            (first <= span.end and last >= span.start) or first <= span.first <= last
            for first, last in near
        )
        if span.rank == LITERAL or not touches:
            yield span
