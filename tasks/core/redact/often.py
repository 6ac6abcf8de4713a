"""Known secrets that stand in line after line: replaced before anything looks.

A program that logs its settings at each request writes the same password a
million times. Where it stands by itself, between quotes, blanks and the like,
nothing needs to be found out about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .literals import Literal

#: Bytes at a block's beginning that tell whether a secret is frequent in it,
#: and how often it must stand there.
SAMPLE, MANY = 64 * 1024, 16

_BEFORE = frozenset(b" \t\"'=:(,>")
_BEHIND = rb"(?=[ \t\r\n\"'@,;&)<])"


class Often:
    """Replaces those of the known secrets that a block is full of."""

    def __init__(
        self, literals: Iterable[Literal], token: Callable[[Literal], bytes]
    ) -> None:
        """Take the secrets and what gives their tokens.

        A part of a longer secret is left to those who see the whole.
        """
        whole = [one for one in literals if not one.part]
        values = [one.value for one in whole]
        self._literals = [
            one for one in whole if sum(one.value in value for value in values) == 1
        ]
        self._token = token

    def replaced(self, block: bytes) -> bytes:
        """Return the block without those secrets."""
        head = block[:SAMPLE]
        for literal in self._literals:
            if head.count(literal.value) >= MANY:
                block = self._replace(literal, block)
        return block

    def _replace(self, literal: Literal, block: bytes) -> bytes:
        token = self._token(literal)

        def one(match: re.Match[bytes]) -> bytes:
            start = match.start()
            return token if start and block[start - 1] in _BEFORE else match[0]

        return re.sub(re.escape(literal.value) + _BEHIND, one, block)
