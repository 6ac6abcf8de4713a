"""The store in a directory: `tasks.core.store.Store` on this machine's disk."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple


class Directory(NamedTuple):
    """Keeps each name as a file of its own, readable by its owner alone.

    Attributes:
        path: the directory; it is made when something is put there.
    """

    path: Path

    def get(self, name: str) -> bytes | None:
        """See `Store.get`."""
        try:
            return (self.path / name).read_bytes()
        except OSError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """See `Store.put`: written aside, then renamed."""
        # Only a first start comes here, and it is slow to import.
        from tempfile import NamedTemporaryFile

        with contextlib.suppress(OSError):
            self.path.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.path, delete=False) as file:
                file.write(content)
            Path(file.name).replace(self.path / name)

    def keep_newest(self, pattern: str, most: int = 20) -> None:
        """Forget all but the newest files that match a glob pattern."""
        found = sorted(self.path.glob(pattern), key=_changed, reverse=True)
        for path in found[most:]:
            path.unlink(missing_ok=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def shared() -> Directory:
    """Return the store of what is the same for every stack of this user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Directory(Path(home, "unstuck"))
