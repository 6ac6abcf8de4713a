"""The redactor: takes the secrets out of bytes, text, trees and file names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO
from urllib.parse import unquote

from ..store import Store
from . import learn as learning
from .engine import Engine
from .keys import Keys
from .leak import Leak
from .learn import Source
from .often import Often
from .personal import PersonalRules
from .spans import SHAPE, Span
from .stream import BLOCK, Cutter, Part
from .tokens import Tokens, for_file_name
from .tree import Tree

#: Times that changed text is looked at again; hardly any takes more than one.
ROUNDS = 4


class Redactor:
    """Replaces secrets by tokens; equal secrets by equal tokens.

    Its output holds nothing that it would replace, so redacting twice is
    redacting once. Safe to use from several threads.
    """

    def __init__(
        self,
        engine: Engine,
        tokens: Tokens,
        keys: Keys,
        columns: frozenset[str],
        often: Often,
    ) -> None:
        """Take the parts; use `learn` to make one."""
        self._engine = engine
        self._tokens = tokens
        self._often = often
        self._tree = Tree(self, engine, keys, columns)

    @classmethod
    def learn(
        cls,
        sources: Iterable[Source | tuple[str, str, str]] = (),
        *,
        names: Iterable[str] = (),
        personal: PersonalRules | None = None,
        secret_keys: Iterable[str] = (),
        public_keys: Iterable[str] = (),
        store: Store | None = None,
        plain: bool = False,
    ) -> Redactor:
        """Return a redactor that knows the secrets of a stack.

        Args:
            sources: where, key and value of every setting there is, secret or
                not: ``.env``, the resolved Compose model, the containers.
            names: what must survive even if it is somebody's password:
                services, hosts, database users.
            personal: columns and patterns of personal data.
            secret_keys: more keys whose values are secret.
            public_keys: keys whose values are not, despite their name.
            store: keeps what is compiled; holds no secret.
            plain: do without hyperscan.

        Raises:
            WrongUsage: a pattern of personal data is no regular expression.
        """
        keys = Keys(secret_keys, public_keys)
        shapes = Engine(keys, store=store, plain=plain)

        def within(value: str) -> Iterator[str]:
            raw = value.encode("utf-8", "surrogatepass")
            for span in shapes.look(raw).spans:
                if span.kind == "secret":
                    found = span.value or raw[span.start : span.end]
                    yield unquote(found.decode("utf-8", "replace"))

        literals = list(
            learning.literals(map(Source._make, sources), keys, within, names)
        )

        def tells(label: str) -> bool:
            raw = label.encode()
            return any(True for one in literals for _ in one.find(raw, 0, len(raw)))

        tokens = Tokens(tells)
        for literal in literals:
            tokens.name(literal.value, literal.label)
        personal = personal or PersonalRules()
        columns = frozenset(column.lower() for column in personal.columns)
        # A row or a pattern may go whole, and no token may stand in its way.
        plainly = [] if columns or personal.patterns else literals
        often = Often(plainly, tokens.of)
        return cls(shapes.extended(literals, personal), tokens, keys, columns, often)

    def text(self, text: str) -> str:
        """Return ``text`` without secrets."""
        data = self.data(text.encode("utf-8", "surrogatepass"))
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # a secret ended within a character
            return data.decode("utf-8", "replace")

    def data(self, data: bytes) -> bytes:
        """Return ``data`` without secrets; it need not be text."""
        if len(data) < BLOCK:
            data = self._often.replaced(data)
            return self._replaced(Part(data, len(data), self._engine.look(data).spans))
        return b"".join(self.stream([data]))

    def tree(self, tree: object) -> object:
        """Return a JSON-like value without secrets; keys tell what is one."""
        return self._tree.redact(tree)

    def name(self, name: str) -> str:
        """Return a file name or a path without secrets, fit for a file system."""
        return for_file_name(self.text(name))

    def stream(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the bytes of ``pieces`` without secrets, in constant memory.

        A secret may be split over any pieces; what is yielded is cut elsewhere.
        """
        cutter = Cutter(self._engine, self._often.replaced)
        for piece in pieces:
            for part in cutter.feed(piece):
                yield self._replaced(part)
        for part in cutter.close():
            yield self._replaced(part)

    def copy(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        """Copy ``reader`` to ``writer`` without secrets, in constant memory."""
        for piece in self.stream(iter(lambda: reader.read(BLOCK), b"")):
            writer.write(piece)

    def scan(self, stream: IO[bytes], name: str) -> Iterator[Leak]:
        """Yield what is left in a file: plain, compressed, an archive, nested.

        Args:
            stream: its bytes; need not be seekable.
            name: its name, for the leaks.
        """
        from .scan import Scanner  # archives: 10 ms

        return Scanner(self._engine, self.name, self._kind).scan(stream, name)

    @property
    def count(self) -> int:
        """How many different secrets and personal data became tokens so far."""
        return self._tokens.count

    def token(self, span: Span, value: bytes) -> bytes:
        """Return the token of the secret ``value`` that ``span`` found."""
        return self._tokens.token(span, value)

    def _kind(self, span: Span, value: bytes) -> str:
        """Return a token without its number: it names the secret, tells nothing."""
        return self._tokens.token(span, value).decode().strip("[]").rpartition("#")[0]

    def _replaced(self, part: Part) -> bytes:
        """Return the part without what was found in it, once and for all.

        A token may make something of the text around it that it was not
        before, so what was changed is looked at again until nothing is found.
        """
        if not part.spans:
            whole = part.end == len(part.block)
            return part.block if whole else part.block[: part.end]
        block, changed = self._without(part.block[: part.end], part.spans)
        for _ in range(ROUNDS):
            spans = self._engine.look(block, changed).spans
            if not spans:
                break
            block, changed = self._without(block, spans)
        else:
            block = self._without_lines(block, changed)
        return block

    def _without(self, block: bytes, spans: list[Span]) -> tuple[bytes, list[int]]:
        """Return the block with tokens for the spans, and where these are."""
        pieces: list[bytes] = []
        changed: list[int] = []
        at = size = 0
        for span in spans:
            value = span.value or block[span.start : span.end]
            between = block[at : span.start]
            token = span.quote + self._tokens.token(span, value) + span.quote
            pieces += (between, token)
            size += len(between)
            changed.append(size)
            size += len(token)
            at = span.end
        pieces.append(block[at:])
        return b"".join(pieces), changed

    def _without_lines(self, block: bytes, changed: list[int]) -> bytes:
        """Return the block without the lines that never came to rest."""
        spans: list[Span] = []
        end = -1
        for at in changed:
            if at > end:
                start = block.rfind(b"\n", 0, at) + 1
                end = block.find(b"\n", at)
                end = end if end >= 0 else len(block)
                spans.append(Span(start, end, SHAPE, "line"))
        return self._without(block, spans)[0]
