"""``report.html`` and ``debug-note.md``, from what a bundle holds."""

from __future__ import annotations

from ..core import webreport
from ..core.webreport import Material
from . import templates


def page(material: Material) -> str:
    """Return the self-contained HTML report."""
    return templates.page(
        "report.html.j2",
        webreport.page(material),
        style="report.css",
        script="report.js",
    )


def note(material: Material) -> str:
    """Return the note for an issue, in Markdown."""
    return templates.render("debug-note.md.j2", webreport.note(material))
