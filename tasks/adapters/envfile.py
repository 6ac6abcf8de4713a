"""Writes ``.env``: for its owner only, whole or not at all."""

from __future__ import annotations

import os
import secrets
import socket
import string
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ..core.errors import WrongUsage
from ..core.sources import envfile
from ..core.sources.envfile import Filled

LETTERS = string.ascii_letters + string.digits
#: Letters and digits of a generated secret: 190 bits.
SECRET_LENGTH = 32


def complete(path: Path, example: Path) -> Filled:
    """Make or complete an env file from its example, with generated secrets.

    A published port of the example that is taken on this machine is replaced
    by the next free one.

    A value that is there is never changed, and none is returned or printed
    apart from the new text itself.

    Raises:
        WrongUsage: either file can't be read, or ``path`` not be written.
    """
    text = _read(path) if path.exists() else ""
    filled = envfile.fill(text, _read(example), _secret, _free_port())
    if filled.text != text:
        write(path, filled.text)
    return filled


def assign(path: Path, wanted: Mapping[str, str]) -> None:
    """Give keys of an env file a value, whatever they had before.

    Raises:
        WrongUsage: it can't be read or written.
    """
    text = _read(path)
    changed = envfile.assign(text, wanted)
    if changed != text:
        write(path, changed)


def write(path: Path, text: str) -> None:
    """Replace a file's text, readable by its owner only (mode 0600).

    Raises:
        WrongUsage: it can't be written.
    """
    path = path.resolve()
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise WrongUsage(f"{path} can't be written: {error.strerror}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path} can't be read: {error}") from None


def _secret() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(SECRET_LENGTH))


def _free_port() -> Callable[[int], int]:
    """Return a function from a port to the next free one, each given once."""
    given: set[int] = set()

    def free(port: int) -> int:
        while port in given or _taken(port):
            port += 1
        given.add(port)
        return port

    return free


def _taken(port: int) -> bool:
    """Whether something on this machine listens at the port."""
    with socket.socket() as asking:
        asking.settimeout(1)
        if asking.connect_ex(("127.0.0.1", port)) == 0:
            return True
    with socket.socket() as binding:
        binding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            binding.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
