"""The tasks and the checks as users read them: README's table, ``docs/checks.md``."""

from __future__ import annotations

from collections.abc import Iterable

from ..verdict import Check

START = "<!-- tasks: made by ./inv dev.docs -->"
END = "<!-- /tasks -->"

#: Rows of README's table: the namespaces in the order in which people need them.
ROOMS = ("", "check", "fix", "db", "bundle", "demo", "dev")


def readme(text: str, tasks: Iterable[tuple[str, str]]) -> str:
    """Return README with its table of tasks made anew.

    Args:
        text: README as it is.
        tasks: name as typed, and one line of help.
    """
    rows = sorted(tasks, key=lambda row: (ROOMS.index(_room(row[0])), row[0]))
    table = ["| task | what it does |", "| --- | --- |"]
    table += [f"| `{name}` | {help} |" for name, help in rows]
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    return "\n".join([head + START, *table, END]) + tail


def checks_page(checks: Iterable[Check]) -> str:
    """Return ``docs/checks.md``: every check, and what it looks at."""
    lines = [
        "# Checks",
        "",
        "Each is `inv check.<id>`; `inv check.all` runs them all at once. This page is",
        "generated from `tasks/checks.py` by `./inv dev.docs`.",
        "",
        "| check | what it is about | parts of the Snapshot it reads |",
        "| --- | --- | --- |",
    ]
    for check in checks:
        about = check.doc.strip().splitlines()[0]
        parts = ", ".join(f"`{probe}`" for probe in check.probes)
        lines.append(f"| `{check.id}` | {about} | {parts} |")
    return "\n".join([*lines, ""])


def _room(name: str) -> str:
    return name.partition(".")[0] if "." in name else ""
