"""What ``inv bundle.*`` does: make one, open, show and verify it.

The collectors are in `tasks.bundles`, one function each; how they are put
together is in `tasks.making`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command, group

if TYPE_CHECKING:
    from invoke import Collection, Context

_JSON = "one JSON document on stdout, nothing else there"


@command(
    help={
        "out": "directory or file to write; bundles/ below the stack if not given",
        "services": "logs of these only, by commas",
        "tail": "lines of each container's log",
        "since": "only newer lines: 10m, 2h, 3d or a time",
        "all": "all lines there are",
        "no-html": "leave report.html out",
        "estimate": "print the sizes and write nothing",
        "plain": "write one log as text instead: the backend's, or --services",
        "json": _JSON,
    }
)
def logs(  # noqa: PLR0913, PLR0917 - each is an option a user can type
    c: Context,  # noqa: ARG001 - Invoke's
    out: str = "",
    services: str = "",
    tail: int = 300,
    since: str = "",
    all: bool = False,
    no_html: bool = False,
    estimate: bool = False,
    plain: bool = False,
    json: bool = False,
) -> int:
    """Write everything a helper needs into one archive, secrets taken out."""
    from .adapters import render
    from .adapters.bundle import words as bundle_words
    from .adapters.settings import load
    from .core.bundle.layout import Options

    options = Options(
        services=tuple(name.strip() for name in services.split(",") if name.strip()),
        tail=None if all else checked_tail(tail),
        since=checked_since(since),
        html=not no_html,
    )
    settings = load()
    progress = render.Progress("bundle.logs")
    try:
        if estimate:
            from .estimating import estimate as estimated

            found = estimated(settings, options, progress.step)
            progress.close()
            return bundle_words.estimated(found, json=json)
        if plain:
            from .plainlog import write

            log = write(settings, options, out, progress.step)
            progress.close()
            return bundle_words.plain(log, json=json)
        from .making import make

        made = make(settings, options, out, progress.step)
        progress.close()
        return bundle_words.made(made, json=json)
    finally:
        progress.close()


@command(name="open", positional=["file"], help={"file": "the newest if none is named"})
def open_(c: Context, file: str = "") -> int:
    """Open a bundle's report in the browser, written anew from its contents."""
    from .reading import open_report

    return open_report(file, dry=c.config.run.dry)


@command(
    positional=["file"],
    help={"file": "the newest if none is named", "json": _JSON},
)
def show(c: Context, file: str = "", json: bool = False) -> int:  # noqa: ARG001 - Invoke's
    """Print a bundle's verdict, and what is in it and what is not."""
    from .reading import show as print_bundle

    return print_bundle(file, json=json)


@command(
    positional=["file"],
    help={"file": "the newest if none is named", "json": _JSON},
)
def verify(c: Context, file: str = "", json: bool = False) -> int:  # noqa: ARG001 - Invoke's
    """Scan a bundle for secrets again; 1 and the place if one is left."""
    from .reading import verify as scan

    return scan(file, json=json)


def checked_tail(lines: int) -> int:
    """Return the number of lines asked for.

    Raises:
        WrongUsage: there can't be so few.
    """
    from .core.errors import WrongUsage

    if lines < 1:
        raise WrongUsage(f"--tail {lines} leaves nothing", "use --all for every line")
    return lines


def checked_since(text: str) -> str:
    """Return the time asked for, as typed.

    Raises:
        WrongUsage: it is none.
    """
    from .core.moments import since

    if text:
        since(text, 0.0)
    return text


def collection() -> Collection:
    """Return the tasks ``bundle.*``."""
    return group("bundle", logs, open_, show, verify)
