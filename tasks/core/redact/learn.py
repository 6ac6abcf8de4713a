"""What is secret in this stack: learned from its own settings.

Values of secret-looking keys, and credentials within values of other keys
(``DATABASE_URL``). A value too common to be replaced everywhere, such as a
password equal to the user's name, is left to `fields`, which sees its key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .decide import is_secret
from .keys import Keys, word_set
from .literals import Literal
from .tokens import BEGINNINGS


class Source(NamedTuple):
    """One setting of the stack: where it was read, its key and value."""

    where: str
    key: str
    value: str


#: Shorter secrets would be found within everything.
SHORTEST = 4
#: Longer values are looked for line by line.
LONGEST = 400
#: Lines of a longer value that are long enough to tell it.
LINE = 16

#: Passwords that are ordinary words of a stack's logs.
COMMON = word_set("""
    admin administrator app application backend base cache changeme client
    compose config container data database debug default demo dev develop
    development docker email error example exists false frontend guest hello
    hidden host image info internal letmein local localhost login main
    manager master minio mongo mysql network nobody none null pass passwd
    password postgres postgresql prod production public pwd python qwerty
    rabbitmq redis remote root sample schedule scheduler secret server
    service session stage staging system table test testing token true unset
    user username value warning welcome worker
""")
_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,23}|[A-Za-z][A-Za-z0-9_.-]{0,7}")
#: Ports, counts, sizes, durations, booleans, versions.
_MEASURE = re.compile(r"\d{1,5}|\d{1,4}[smhdkMG]?i?[bB]?|\d{1,3}(?:\.\d{1,3}){1,3}")


def literals(
    sources: Iterable[Source],
    keys: Keys,
    within: Callable[[str], Iterable[str]],
    names: Iterable[str] = (),
) -> Iterator[Literal]:
    """Yield the secrets that ``sources`` tell and that can be replaced anywhere.

    Args:
        sources: the stack's settings.
        keys: which keys are secret.
        within: finds secrets inside a value by their shape.
        names: names that must survive: services, hosts, users.
    """
    known = [Source(*source) for source in sources]
    secret: dict[str, str] = {}
    ordinary = {name.lower() for name in names}
    for where, key, value in known:
        held = list(_held(where, key, value.strip(), keys, within))
        for label, text in held:
            secret.setdefault(text, label)
        if not held:
            ordinary.add(value.strip().lower())
    for text, label in secret.items():
        if not is_common(text, ordinary):
            for piece in _pieces(text):
                yield Literal(piece, label, part=piece != text)


def _held(
    where: str,
    key: str,
    value: str,
    keys: Keys,
    within: Callable[[str], Iterable[str]],
) -> Iterator[tuple[str, str]]:
    """Yield label and text of each secret that one setting holds."""
    raw = value.encode("utf-8", "surrogatepass")
    document = _document(value)
    if document is not None:
        for inner, text in _leaves(document):
            yield from _held(where, inner or key, text, keys, within)
        return
    if is_secret(keys, key, raw, certain=True):
        yield key, value
        return
    for text in within(value):
        yield key, text


def is_common(value: str, ordinary: set[str]) -> bool:
    """Tell whether replacing ``value`` everywhere would hide what is no secret."""
    if len(value) < SHORTEST or value.lower() in COMMON:
        return True
    if any(value.lower() in beginning for beginning in BEGINNINGS):
        return True  # it stands in every token
    if _MEASURE.fullmatch(value):
        return True
    return value.lower() in ordinary and _WORD.fullmatch(value) is not None


def _pieces(value: str) -> Iterator[str]:
    """Yield the value, or the lines of one that is long or has several."""
    if len(value) <= LONGEST and "\n" not in value:
        yield value
        return
    for line in value.replace("\\n", "\n").splitlines():
        text = line.strip()
        if len(text) >= LINE and "-----" not in text:
            yield from (text[i : i + LONGEST] for i in range(0, len(text), LONGEST))


def _document(value: str) -> object | None:
    """Return the JSON document that a value is, or None."""
    if value[:1] not in ("{", "["):
        return None
    try:
        document: object = json.loads(value)
    except ValueError:
        return None
    return document


def _leaves(document: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield key and text of every leaf of a JSON document."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield from _leaves(inner, str(name))
    elif isinstance(document, list):
        for inner in document:
            yield from _leaves(inner, key)
    elif isinstance(document, str):
        yield key, document
