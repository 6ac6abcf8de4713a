"""Scan a bundle for what a colleague must not see."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import WrongUsage
from ...core.redact import Leak, Redactor


def verify(path: Path, redactor: Redactor) -> list[Leak]:
    """Return every place in a file or directory where something secret is left.

    Archives are looked into, nested ones as well; one that can't be read to
    its end counts as a leak, for nobody knows what is in it.

    Raises:
        WrongUsage: there is no such file.
    """
    try:
        return [leak for file in _files(path) for leak in _scan(path, file, redactor)]
    except OSError as error:
        raise WrongUsage(f"{path} can't be read: {error.strerror}") from error


def refuse_what_is_none(path: Path) -> None:
    """Refuse an archive that is none: that nothing is in it says nothing.

    Raises:
        WrongUsage: it is called a ``.gz`` and is something else, or nothing.
    """
    if not path.is_file() or path.suffix not in (".gz", ".tgz"):
        return
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            raise WrongUsage(f"{path} is no bundle", "ls bundles/")


def place(leak: Leak) -> str:
    """Return where a leak is, as ``file:line``, without the archive's own name."""
    file = leak.file.partition("!")[2] or leak.file
    return f"{file.partition('/')[2] or file}:{leak.line}"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())


def _scan(root: Path, file: Path, redactor: Redactor) -> list[Leak]:
    name = file.relative_to(root).as_posix() if file != root else file.name
    with file.open("rb") as stream:
        return list(redactor.scan(stream, name))
