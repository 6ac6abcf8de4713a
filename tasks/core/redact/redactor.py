"""The redactor: takes the secrets out of bytes, text, trees and file names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from . import learn as learning
from .engine import Engine
from .keys import Keys
from .learn import Source
from .personal import PersonalRules
from .spans import Span
from .stream import BLOCK, Cutter, Part
from .tokens import Tokens, for_file_name
from .tree import Tree

Write = Callable[[bytes], object]


class Redactor:
    """Replaces secrets by tokens; equal secrets by equal tokens.

    Its output holds nothing that it would replace, so redacting twice is
    redacting once. Safe to use from several threads.
    """

    def __init__(
        self, engine: Engine, tokens: Tokens, keys: Keys, columns: frozenset[str]
    ) -> None:
        """Take the parts; use `learn` to make one."""
        self._engine = engine
        self._tokens = tokens
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
        cache: Path | None = None,
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
            cache: directory for what is compiled; holds no secret.
            plain: do without hyperscan.

        Raises:
            WrongUsage: a pattern of personal data is no regular expression.
        """
        keys = Keys(secret_keys, public_keys)
        shapes = Engine(keys, cache=cache, plain=plain)

        def within(value: str) -> Iterator[str]:
            raw = value.encode("utf-8", "surrogatepass")
            for span in shapes.look(raw).spans:
                if span.kind == "secret":
                    found = span.value or raw[span.start : span.end]
                    yield unquote(found.decode("utf-8", "replace"))

        literals = list(
            learning.literals(map(Source._make, sources), keys, within, names)
        )
        told = [literal.text.lower() for literal in literals]
        tokens = Tokens(lambda label: any(text in label.lower() for text in told))
        for literal in literals:
            tokens.name(literal.value, literal.label)
        personal = personal or PersonalRules()
        columns = frozenset(column.lower() for column in personal.columns)
        return cls(shapes.extended(literals, personal), tokens, keys, columns)

    def text(self, text: str) -> str:
        """Return ``text`` without secrets."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode(
            "utf-8", "surrogatepass"
        )

    def data(self, data: bytes) -> bytes:
        """Return ``data`` without secrets; it need not be text."""
        if len(data) < BLOCK:
            return self._replaced(Part(data, len(data), self._engine.look(data).spans))
        out: list[bytes] = []
        stream = Stream(self, out.append)
        stream.feed(data)
        stream.close()
        return b"".join(out)

    def tree(self, tree: object) -> object:
        """Return a JSON-like value without secrets; keys tell what is one."""
        return self._tree.redact(tree)

    def name(self, name: str) -> str:
        """Return a file name or a path without secrets, fit for a file system."""
        return for_file_name(self.text(name))

    def open(self, write: Write) -> Stream:
        """Return a stream to feed; what is redacted goes to ``write``."""
        return Stream(self, write)

    def stream(self, reader: BinaryIO, writer: BinaryIO) -> None:
        """Copy ``reader`` to ``writer`` without secrets, in constant memory."""
        stream = Stream(self, writer.write)
        while chunk := reader.read(BLOCK):
            stream.feed(chunk)
        stream.close()

    def cutter(self) -> Cutter:
        """Return what tells the secrets in a stream, for a scan of it."""
        return Cutter(self._engine)

    def token(self, span: Span, value: bytes) -> bytes:
        """Return the token of the secret ``value`` that ``span`` found."""
        return self._tokens.token(span, value)

    def _replaced(self, part: Part) -> bytes:
        if not part.spans:
            whole = part.end == len(part.block)
            return part.block if whole else part.block[: part.end]
        pieces: list[bytes] = []
        at = 0
        for span in part.spans:
            value = span.value or part.block[span.start : span.end]
            pieces.append(part.block[at : span.start])
            pieces.append(span.quote + self._tokens.token(span, value) + span.quote)
            at = span.end
        pieces.append(part.block[at : part.end])
        return b"".join(pieces)


class Stream:
    """One stream through a redactor."""

    def __init__(self, redactor: Redactor, write: Write) -> None:
        """Take where the redacted bytes go."""
        self._cutter = redactor.cutter()
        self._replaced = redactor._replaced
        self._write = write

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; a secret may be split over any of them."""
        for part in self._cutter.feed(chunk):
            self._write(self._replaced(part))

    def close(self) -> None:
        """Write what is left. The writer stays open."""
        for part in self._cutter.close():
            self._write(self._replaced(part))
