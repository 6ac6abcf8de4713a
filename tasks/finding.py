"""``check.migrations --find``: which revision mentions a column or table."""

from __future__ import annotations


def find_revisions(name: str, *, json: bool = False, replay: str = "") -> int:
    """Print the revisions that mention ``name``; playbook section 2's search.

    Returns:
        0 if there is one, 1 if none mentions it.
    """
    from pathlib import Path

    from . import session
    from .adapters import render
    from .adapters.settings import load
    from .core.errors import WrongUsage
    from .core.sources.migrations import find

    if replay:
        snapshot = session.replay(Path(replay))
    else:
        snapshot = session.observe(load(), ["migrations", "model"]).snapshot
    if snapshot.migrations is None:
        raise WrongUsage(f"no version files: {snapshot.why_not('migrations')}")
    found = find(snapshot.migrations, name)
    if json:
        render.document(found)
    else:
        for revision in found:
            render.out(revision.file)
            for line in render.wrap(f"{revision.id}: {revision.message}", "  "):
                render.out(line)
        if not found:
            render.error(
                f"no revision in {snapshot.migrations.directory} mentions {name}",
                f'inv sh, then: alembic revision --autogenerate -m "add {name}"',
            )
    return 0 if found else 1
