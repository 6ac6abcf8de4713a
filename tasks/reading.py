"""``bundle.open``, ``bundle.show`` and ``bundle.verify``: a bundle is read back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.redact import Redactor


def chosen(file: str) -> Path:
    """Return the named bundle, or the newest of this stack's.

    Raises:
        WrongUsage: there is none.
    """
    from .adapters.settings import load
    from .core.bundle.layout import SUFFIX
    from .core.errors import WrongUsage

    if file:
        path = Path(file).expanduser()
        if not path.exists():
            raise WrongUsage(f"there is no {file}", "ls bundles/")
        return path
    directory = load().root / "bundles"
    found = sorted(directory.glob(f"bundle-*{SUFFIX}"), key=lambda p: p.stat().st_mtime)
    if not found:
        raise WrongUsage(f"there is no bundle in {directory}", "inv bundle.logs")
    return found[-1]


def open_report(file: str, *, dry: bool) -> int:
    """Write a bundle's report to a temporary file and open that.

    The report is made anew: a page that came in somebody's archive is not
    trusted, and a bundle made with ``--no-html`` has none.
    """
    import tempfile

    from .adapters import render, runner
    from .adapters.bundle import reports
    from .adapters.bundle.material import read_material

    path = chosen(file)
    pieces = reports.page(read_material(path))
    name = path.name.partition(".")[0]
    with tempfile.NamedTemporaryFile(
        prefix=f"{name}-", suffix=".html", delete=False
    ) as page:
        page.writelines(pieces)
    url = Path(page.name).as_uri()
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    render.echo([opener, url])
    if not dry and not runner.run([opener, url], timeout=10).ok:
        render.out(url)  # no desktop here: the address is what can be given
    return 0


def show(file: str, *, json: bool) -> int:
    """Print what a bundle says and holds; exit code as when it was made."""
    import msgspec

    from .adapters import render
    from .adapters.bundle import archive
    from .adapters.bundle import words as bundle_words
    from .core.bundle import layout
    from .core.errors import WrongUsage
    from .core.model import Report

    path = chosen(file)
    found = archive.read(path, layout.REPORT, layout.MANIFEST)
    if missing := [n for n in (layout.REPORT, layout.MANIFEST) if n not in found]:
        raise WrongUsage(f"{path} holds no {missing[0]}")
    try:
        report = msgspec.json.decode(found[layout.REPORT], type=Report)
        manifest = layout.read_manifest(found[layout.MANIFEST])
    except msgspec.DecodeError as error:
        raise WrongUsage(f"{path} is damaged: {error}") from error
    if json:
        render.document({"manifest": manifest, "report": report})
    else:
        bundle_words.shown(manifest, report, path)
    return 0


def verify(file: str, *, json: bool) -> int:
    """Scan a bundle again, with the secrets of the stack here if there is one."""
    from .adapters.bundle import verifying
    from .adapters.bundle import words as bundle_words

    path = chosen(file)
    verifying.refuse_what_is_none(path)
    redactor, known = _redactor()
    leaks = verifying.verify(path, redactor)
    return bundle_words.verified(path, leaks, known=known, json=json)


def _redactor() -> tuple[Redactor, bool]:
    """Return a redactor, and whether it knows the secrets of a stack."""
    from . import session
    from .adapters.settings import load
    from .core.errors import Stop
    from .core.redact import Redactor

    try:
        seen = session.observe(load(), ("model", "containers", "engine"))
    except Stop:
        return Redactor.learn([]), False
    return seen.redactor, True
