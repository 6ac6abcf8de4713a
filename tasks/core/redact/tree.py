"""JSON-like values: there the keys tell what is secret, and text is searched too."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Protocol, cast

from .decide import is_secret
from .engine import Engine
from .keys import Keys, is_header
from .spans import FIELD, PERSONAL, Span
from .tokens import TOKEN

_SETTING = re.compile(r"([A-Za-z_][\w.-]*)=(.*)", re.DOTALL)
_NAMES = ("name", "Name", "key", "Key")
_VALUES = ("value", "Value")


class Texts(Protocol):
    """What the tree needs of a redactor."""

    def text(self, text: str) -> str:
        """Return ``text`` without secrets."""

    def token(self, span: Span, value: bytes) -> bytes:
        """Return the token of a secret."""


class Tree:
    """Redacts JSON-like values."""

    def __init__(
        self, texts: Texts, engine: Engine, keys: Keys, columns: frozenset[str]
    ) -> None:
        """Take what redacts text, what finds it, and which keys are what."""
        self._texts = texts
        self._engine = engine
        self._keys = keys
        self._columns = columns

    def redact(self, tree: object) -> object:
        """Return ``tree`` without secrets."""
        strings = list(dict.fromkeys(_strings(tree)))
        touched = self._touched(strings)
        clean = {text: self._texts.text(text) for text in strings if text in touched}
        return self._value(tree, clean)

    def _touched(self, strings: list[str]) -> set[str]:
        """Return the strings that may hold a secret, found in one pass."""
        starts, at = [], 0
        encoded = [text.encode("utf-8", "surrogatepass") for text in strings]
        for data in encoded:
            starts.append(at)
            at += len(data) + 1
        offsets = self._engine.touched(b"\n".join(encoded))
        if offsets is None:
            return set(strings)
        return {strings[bisect_right(starts, offset) - 1] for offset in offsets}

    def _value(self, value: object, clean: dict[str, str]) -> object:
        if isinstance(value, str):
            return clean.get(value, value)
        if isinstance(value, dict):
            named = _named(value)
            return {
                clean.get(key, key) if isinstance(key, str) else key: self._entry(
                    named if named and key in _VALUES else key, inner, clean
                )
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._item(item, clean) for item in value]
        return value

    def _item(self, item: object, clean: dict[str, str]) -> object:
        """Redact one element of a list, which may be a setting: ``KEY=value``."""
        setting = _SETTING.fullmatch(item) if isinstance(item, str) else None
        if setting is None or not self._is_secret(setting[1]):
            return self._value(item, clean)
        return f"{setting[1]}={self._entry(setting[1], setting[2], clean)}"

    def _is_secret(self, key: str) -> bool:
        return key.lower() in self._columns or bool(self._keys.secrecy(key))

    def _entry(self, key: object, value: object, clean: dict[str, str]) -> object:
        """Redact what stands under a key."""
        if not isinstance(key, str) or not self._is_secret(key):
            return self._value(value, clean)
        if isinstance(value, list | tuple):
            return [self._entry(key, item, clean) for item in value]
        if isinstance(value, dict):
            return self._held(key, value, clean)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return self._value(value, clean)
        return self._secret(key, value)

    def _held(
        self, key: str, value: dict[object, object], clean: dict[str, str]
    ) -> object:
        """Redact what stands under a secret key with more about it beside it."""
        redacted = cast("dict[object, object]", self._value(value, clean))
        for name in _VALUES:
            if name in value:
                redacted[name] = self._entry(key, value[name], clean)
        return redacted

    def _secret(self, key: str, value: str | float) -> object:
        """Return the token of what stands under a secret key, if it is a secret."""
        text = str(value)
        raw = text.encode("utf-8", "surrogatepass")
        if is_header(key):
            line = self._texts.text(f"{key}: {text}")
            return line.removeprefix(f"{key}: ")
        if key.lower() in self._columns:
            span = Span(0, 0, PERSONAL, key)
            return value if not text else self._token(span, text, raw)
        if not is_secret(self._keys, key, raw):
            return self._texts.text(value) if isinstance(value, str) else value
        return self._token(Span(0, 0, FIELD, key), text, raw)

    def _token(self, span: Span, text: str, raw: bytes) -> str:
        return text if TOKEN.fullmatch(text) else self._texts.token(span, raw).decode()


def _named(value: dict[object, object]) -> str | None:
    """Return the key that ``{"name": "DB_PASSWORD", "value": ...}`` is about."""
    return next((v for n in _NAMES if isinstance(v := value.get(n), str)), None)


def _strings(tree: object) -> Iterator[str]:
    """Yield every string in a tree, keys included."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from _strings(item)
