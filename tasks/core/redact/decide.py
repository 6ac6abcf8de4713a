"""Whether the value beside a key is a secret: the key, then the value, decide."""

from __future__ import annotations

from . import values
from .keys import Keys, Secrecy, is_counted, words

#: A single character tells nobody anything.
SHORTEST = 2


def is_secret(keys: Keys, key: str, value: bytes, *, certain: bool = False) -> bool:
    """Tell whether ``value`` is a secret, set as it is under ``key``.

    Args:
        keys: which keys are secret.
        key: the whole key.
        value: the value without its quotes.
        certain: it is the value itself, from a setting, and no mask or
            placeholder that a program wrote.
    """
    secrecy = keys.secrecy(key)
    if secrecy is Secrecy.NONE:
        return False
    if values.is_unset(value) or values.is_reference(value):
        return False
    if not certain and holds_none(value):
        return False
    if is_counted(key) and values.is_small_number(value.split(b" ")[0]):
        return False
    if words(key) == ("pwd",) and value[:1] in (b"/", b"~", b"."):
        return False  # the working directory
    return secrecy is Secrecy.ANY_VALUE or values.looks_random(value)


def holds_none(value: bytes) -> bool:
    """Tell whether a value is empty, a mask, a variable, a path or a plain URL."""
    if len(value) < SHORTEST or values.is_nothing(value):
        return True
    return values.is_reference(value)
