"""What every command costs before it does anything."""

from __future__ import annotations

from ..pairs import paired
from ..rows import Row, at_most
from ..workshop import Workshop

#: Runs are short and the border is near: more of them cost little.
TIMES = 3


def start(shop: Workshop) -> list[Row]:
    """Compare ``inv --list`` and ``inv --complete`` with Invoke by itself.

    Theirs is the command that Invoke installs; ours is this project's ``./inv``.
    """
    invoke = str(shop.copy / ".venv" / "bin" / "invoke")
    empty = shop.directory / "empty"
    empty.mkdir()
    (empty / "tasks.py").touch()
    against = "inv --list on an empty tasks.py"

    def row(*args: str) -> Row:
        pairs = paired(
            shop.runs * TIMES,
            lambda: shop.lap("./inv", *args, cwd=shop.copy).seconds,
            lambda: shop.lap(invoke, "--list", cwd=empty, codes=(0, 1)).seconds,
        )
        command = f"inv {' '.join(args)}"
        name = "inv --complete" if len(args) > 1 else command
        return at_most(
            name, against, 1.1, pairs, commands=[f"./{command}", "inv --list"]
        )

    return [row("--list"), row("--complete", "--", "inv check.")]
