"""Keep the result of a costly start for the next one."""

import os
from pathlib import Path


def keep(path: Path, content: bytes) -> None:
    """Write a cache file whole or not at all; one that cannot be is no error.

    Args:
        path: Where; its directory is made when it is missing.
        content: What to write.
    """
    # Only a first start needs it, and it is slow to import.
    from tempfile import NamedTemporaryFile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)  # noqa: PTH105
    except OSError:
        return
