"""What was meant by a name that there isn't."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(typed: str, names: Iterable[str]) -> str:
    """Return the name that is nearest to what was typed, empty if none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(typed, list(names), n=1, cutoff=0.7)), "")


def unknown(what: str, typed: Iterable[str], names: Iterable[str]) -> tuple[str, str]:
    """Return that there are no such names, and which one was meant, or all.

    Args:
        what: what the names are of: ``check``, ``service``.
        typed: the names that there aren't.
        names: those that there are.
    """
    wrong, known = list(typed), list(names)
    message = f"there is no {what} called {', '.join(wrong)}"
    meant = [near for name in wrong if (near := nearest(name, known))]
    if len(meant) == len(wrong):
        return message, f"did you mean {', '.join(meant)}?"
    return message, f"{what}s: {', '.join(known) or 'none'}"
