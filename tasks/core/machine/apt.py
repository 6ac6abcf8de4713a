"""Read APT's own source lists, so that no mirror needs to be named here.

Both formats of sources.list(5): deb822 stanzas (``*.sources``) and one line
each (``*.list``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit


class Source(NamedTuple):
    """One enabled source of binary packages.

    Attributes:
        uris: where it is, as APT writes it (``http:``, ``mirror+file:``, ...).
        suites: e.g. ``bookworm bookworm-updates``.
        signed_by: a keyring's path or an inline key; empty if APT's own
            trusted keys vouch for it.
    """

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""


def parse(files: Mapping[str, str]) -> tuple[Source, ...]:
    """Return the enabled ``deb`` sources of the given files, by path and text."""
    found: list[Source] = []
    for path in sorted(files):
        if path.endswith(".sources"):
            found.extend(_stanzas(files[path]))
        elif path.endswith(".list"):
            found.extend(_lines(files[path]))
    return tuple(found)


def of_suite(sources: Iterable[Source], suite: str) -> Source | None:
    """Return the source that carries the ``main`` part of a suite, if any."""
    for source in sources:
        if suite in source.suites and "main" in source.components:
            return source
    return None


def family(sources: Iterable[Source], suite: str, wanted: str) -> tuple[Source, ...]:
    """Return a suite's sources as those of another suite on the same mirrors.

    ``bookworm``, ``bookworm-updates`` and ``bookworm-security`` become
    ``trixie``, ``trixie-updates`` and ``trixie-security``, ``main`` only.
    """
    moved = []
    for source in sources:
        suites = tuple(
            wanted + name.removeprefix(suite)
            for name in source.suites
            if name in (suite, f"{suite}-updates", f"{suite}-security")
        )
        if suites and "main" in source.components:
            moved.append(source._replace(suites=suites, components=("main",)))
    return tuple(moved)


def deb822(source: Source, *, logins: bool = False) -> str:
    """Return the source as a deb822 stanza.

    Args:
        source: the source.
        logins: keep user names and passwords in its addresses; right only for
            a file of the machine that they came from.
    """
    uris = source.uris if logins else [without_login(uri) for uri in source.uris]
    text = (
        "Types: deb\n"
        f"URIs: {' '.join(uris)}\n"
        f"Suites: {' '.join(source.suites)}\n"
        f"Components: {' '.join(source.components)}\n"
    )
    if source.signed_by:
        text += f"Signed-By:{_folded(source.signed_by)}\n"
    return text


def without_login(url: str) -> str:
    """Return a URL without the user name and password that it may hold."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _stanzas(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[key] = f"{fields.get(key, '')}\n{line.strip()}"
            elif ":" in line:
                key, _, value = line.partition(":")
                key = key.strip().lower()
                fields[key] = value.strip()
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false", "0", "off"):
            continue
        yield Source(
            tuple(fields.get("uris", "").split()),
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
            fields.get("signed-by", "").strip(),
        )


_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s*)?(?P<rest>\S.*)$")


def _lines(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        match = _LINE.match(line.partition("#")[0].strip())
        if not match:
            continue
        uri, suite, *components = match["rest"].split()
        options = dict(
            word.partition("=")[::2] for word in (match["options"] or "").split()
        )
        key = options.get("signed-by", "")
        yield Source((uri,), (suite,), tuple(components), key)


def _folded(value: str) -> str:
    """Return a deb822 value, an inline key on lines of its own."""
    if "\n" not in value and not value.startswith("-----"):
        return f" {value}"
    return "".join(f"\n {line or '.'}" for line in value.splitlines())
