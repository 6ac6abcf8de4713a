"""What ``bundle.*`` says on the terminal, at 80 columns."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.bundle.layout import Cut, Manifest
from ...core.bundle.webreport import verdict
from ...core.model import Report
from ...core.redact.leak import UNREADABLE
from ...core.states import size
from .. import render
from .verifying import place

if TYPE_CHECKING:
    from ...core.redact import Leak
    from ...estimating import Estimate
    from ...making import Made
    from ...plainlog import PlainLog

#: Missing things that are told one by one.
MOST_CUTS = 6
_TONES = {"bad": ("✗", "red"), "warn": ("!", "yellow"), "good": ("✓", "green")}


def made(bundle: Made, *, json: bool) -> int:
    """Say what was written, what is missing, what is wrong, what to type next."""
    code = made_code(bundle)
    if json:
        render.document(
            {
                "path": str(bundle.path),
                "size": bundle.size,
                "manifest": bundle.manifest,
                "exit_code": code,
            }
        )
        return code
    manifest = bundle.manifest
    render.out(render.paint(near(bundle.path), "bold"))
    files = len(manifest.files)
    lines = f"  {size(bundle.size)}, {files} files, {manifest.seconds:.1f} s"
    render.out(f"{lines}; readable by you alone; no secret found in it")
    if bundle.note:
        render.out(f"  {bundle.note}")
    _missing(manifest)
    render.out()
    _verdict(bundle.report)
    # The newest needs no name.
    named = "" if bundle.path.parent.name == "bundles" else f" {near(bundle.path)}"
    render.out(f"{render.paint('→', 'bold')} inv bundle.open{named}")
    return code


def made_code(bundle: Made) -> int:
    """Return 130 if interrupted, 3 without an engine, 1 on a full disk, else 0.

    A bundle of a broken stack is no failure: it is what was asked for.
    """
    if bundle.manifest.interrupted:
        return 130
    if bundle.report.exit_code == 3:
        return 3
    full = any(cut.why == "the disk is full" for cut in bundle.manifest.cut)
    return int(full or bool(bundle.note))


def shown(manifest: Manifest, report: Report, path: Path) -> None:
    """Print a bundle's verdict and its table of contents."""
    render.out(render.paint(near(path), "bold"))
    render.out(f"  {manifest.project}, {manifest.made}, by {manifest.tool}")
    render.out()
    _verdict(report)
    render.out()
    for part in manifest.parts:
        mark = " " if part.outcome == "whole" else "!"
        total = sum(f.size for f in manifest.files if f.name in part.files)
        row = f"{mark} {part.id:<11}{size(total):>9} {part.seconds:>6.2f} s  "
        render.out(row + _fit(part.about, len(row)))
    texts = [f for f in manifest.files if f.name not in _collected(manifest)]
    for file in texts:
        render.out(f"  {file.name:<20} {size(file.size):>9}")
    _missing(manifest)
    render.out()
    render.out(f"{render.paint('→', 'bold')} inv check.all --replay {near(path)}")


def verified(path: Path, leaks: list[Leak], *, known: bool, json: bool) -> int:
    """Say where something secret is left; return 1 if it is."""
    if json:
        render.document(
            {
                "path": str(path),
                "leaks": [leak._asdict() for leak in leaks],
                "literals": known,
                "exit_code": int(bool(leaks)),
            }
        )
        return int(bool(leaks))
    for leak in leaks:
        render.out(f"{place(leak)}: {leak.kind}")
    how = "this stack's secrets and known shapes" if known else "known shapes"
    unread = sum(leak.kind == UNREADABLE for leak in leaks)
    told = {
        "hold something secret": len(leaks) - unread,
        "can't be read to the end, so nobody knows what is in them": unread,
    }
    for what, number in told.items():
        if number:
            render.out(render.paint(f"places that {what}: {number}", "red"))
    if leaks:
        return 1
    render.out(near(path))
    render.out(f"  nothing secret left; looked for {how}")
    return 0


def plain(log: PlainLog, *, json: bool) -> int:
    """Say where the one log is."""
    code = 130 if log.interrupted else int(bool(log.cuts))
    if json:
        render.document({**log._asdict(), "path": str(log.path), "exit_code": code})
        return code
    render.out(render.paint(near(log.path), "bold"))
    services = ", ".join(log.services)
    render.out(f"  {size(log.size)}, log of {services}; no secret found in it")
    _cuts(log.cuts)
    return code


def estimated(found: Estimate, *, json: bool) -> int:
    """Print the sizes to expect."""
    if json:
        render.document(found)
        return 0
    for log in found.logs:
        about = "at least " if log.at_least else ""
        render.out(f"  {log.container:<34}{about + size(log.size):>20}  {log.how}")
    least = "at least " if any(log.at_least for log in found.logs) else "about "
    render.out(
        f"logs: {least}{size(found.raw)}; the archive: {least}{size(found.archive)}"
    )
    render.out(f"free in {found.directory}: {size(found.free)}")
    if found.archive > found.free:
        render.out(render.paint("that does not fit: name another --out", "red"))
    return 0


def near(path: Path) -> str:
    """Return a path as it is typed from here, if that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def _verdict(report: Report) -> None:
    first = verdict(report)
    sign, style = _TONES[first.tone]
    lines = _lines(first.title)
    render.out(f"{render.paint(sign, style)} {render.paint(lines[0].lstrip(), 'bold')}")
    for line in lines[1:]:
        render.out(render.paint(line, "bold"))
    if first.where:
        render.out(render.paint(f"  {first.where}", "dim"))
    if first.command:
        render.out(f"  mended by: {first.command}")


def _missing(manifest: Manifest) -> None:
    if manifest.interrupted:
        render.out(render.paint("  interrupted: this bundle is not whole", "yellow"))
    _cuts(manifest.cut)


def _cuts(cuts: tuple[Cut, ...]) -> None:
    # The same reason for ten parts is one piece of news.
    reasons: dict[str, list[str]] = {}
    for cut in cuts:
        reasons.setdefault(cut.why, []).append(cut.what)
    for why, whats in list(reasons.items())[:MOST_CUTS]:
        more = f" and {len(whats) - 2} more" if len(whats) > 2 else ""
        for line in _lines(f"not whole: {', '.join(whats[:2])}{more}: {why}"):
            render.out(render.paint(line, "yellow"))
    if len(reasons) > MOST_CUTS:
        render.out(f"  and {len(reasons) - MOST_CUTS} more, see manifest.json")


def _collected(manifest: Manifest) -> set[str]:
    return {name for part in manifest.parts for name in part.files}


def _lines(text: str) -> list[str]:
    """Return a text as at most three indented lines that fit."""
    seen = "".join(c if c.isprintable() else " " for c in text)
    return textwrap.wrap(
        seen,
        render.width(),
        initial_indent="  ",
        subsequent_indent="  ",
        max_lines=3,
        placeholder=" …",
        break_on_hyphens=False,
    ) or ["  "]


def _fit(text: str, used: int) -> str:
    room = render.width() - used
    return text if len(text) <= room else text[: room - 1] + "…"
