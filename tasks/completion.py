"""``inv completion``: tab completion for bash, zsh and fish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .command import command

if TYPE_CHECKING:
    from invoke import Context

#: Where each shell looks for a user's completions, below the home directory.
PLACES = {
    "bash": ".local/share/bash-completion/completions/inv",
    "zsh": ".zfunc/_inv",
    "fish": ".config/fish/completions/inv.fish",
}
_THEN = {
    "bash": "open a new shell (the package bash-completion loads it)",
    "zsh": "once, in ~/.zshrc: fpath+=~/.zfunc; autoload -Uz compinit; compinit",
    "fish": "open a new shell",
}


@command(
    help={
        "shell": "bash, zsh or fish; that of $SHELL if none is named",
        "install": "write it where the shell looks, instead of printing it",
    }
)
def completion(c: Context, shell: str = "", install: bool = False) -> int:
    """Print, or install, tab completion for bash, zsh or fish."""
    import os

    from .adapters import render
    from .adapters.settings import data_file
    from .core.errors import WrongUsage

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in PLACES:
        raise WrongUsage(
            f"no completion for the shell {name or '(unknown)'!r}",
            "inv completion --shell bash (or zsh, fish)",
        )
    text = data_file("templates", "completion", f"inv.{name}").read_text()
    if not install:
        render.out(text.rstrip())
        return 0
    place = Path.home() / PLACES[name]
    if not c.config.run.dry:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    render.out(f"written: {place}")
    render.note(f"then: {_THEN[name]}")
    return 0
