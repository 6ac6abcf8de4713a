"""``report.html`` and ``debug-note.md``, from what a bundle holds."""

from __future__ import annotations

from secrets import token_hex

from ...core.bundle import webreport
from ...core.bundle.webreport import Material
from .. import templates


def page(material: Material) -> list[bytes]:
    """Return the self-contained HTML report, in pieces.

    Its lines are megabytes and never pass through the template: they are put
    between what stands before and behind their place.
    """
    context = webreport.page(material)
    lines = context["data"]
    if not isinstance(lines, bytes):
        raise TypeError("the lines of a report are bytes")
    # Random, so that no log line can be taken for the place.
    place = token_hex(16)
    text = templates.page(
        "report.html.j2",
        {**context, "data": place},
        style="report.css",
        script="report.js",
    )
    before, _, behind = text.partition(place)
    return [before.encode(), lines, behind.encode()]


def note(material: Material) -> str:
    """Return the note for an issue, in Markdown."""
    return templates.render("debug-note.md.j2", webreport.note(material))
