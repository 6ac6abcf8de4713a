"""Keeping what is costly to make from one run to the next."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Keeps bytes by name. It may forget anything at any time.

    Names hold the digest of what the bytes were made from, so that nothing is
    ever out of date. No secret is put there.
    """

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name, None if it isn't there."""

    def put(self, name: str, content: bytes) -> None:
        """Keep bytes under a name, whole or not at all; failing is no error."""

    def __hash__(self) -> int:
        """Tell stores apart, to make what is kept in one only once."""
