"""How a bundle is made: look, judge, collect, write aside, verify, put in place."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .core.errors import Stop, WrongUsage

if TYPE_CHECKING:
    from .adapters.bundle.gather import Gathering
    from .adapters.bundle.interrupts import Interrupts
    from .adapters.bundle.packing import Packer
    from .core.bundle.collectors import Scene
    from .core.bundle.layout import Manifest, Options
    from .core.bundle.webreport import Material
    from .core.config import Settings
    from .core.logs.tails import Tails
    from .core.model import Report
    from .core.redact import Leak, Redactor
    from .core.snapshot import Snapshot

Step = Callable[[str], None]


class Made(NamedTuple):
    """A bundle that is in place.

    Attributes:
        note: why it is not where it should have gone; mostly empty.
    """

    path: Path
    size: int
    manifest: Manifest
    report: Report
    note: str = ""


class Unsafe(Stop):
    """Something secret is left in what was written, so it was thrown away."""

    def __init__(self, what: str, leaks: list[Leak]) -> None:
        from .adapters.bundle.verifying import place

        places = "; ".join(f"{place(leak)} ({leak.kind})" for leak in leaks[:5])
        super().__init__(
            f"{what} was not kept, for something secret is left in it: {places}",
            "name the key in UNSTUCK_SECRET_KEYS, or report the gap",
        )


def make(settings: Settings, options: Options, out: str, step: Step) -> Made:
    """Make a bundle of the stack and return where it is.

    Args:
        settings: of this run.
        options: what to collect.
        out: directory or file, as typed; empty for ``bundles/``.
        step: is told what is being done.

    Raises:
        Unsafe: a secret was left; nothing is kept.
        WrongUsage: it can't be written there, or there is no such service.
    """
    from .adapters import aside
    from .adapters.bundle.interrupts import interrupts
    from .core.bundle import layout

    began = time.monotonic()
    now = datetime.now(UTC)
    scene, redactor = look(settings, options, now.timestamp(), step)
    project = scene.report.stack.project or settings.root.name
    name = layout.stem(redactor.name(project), now)
    path = aside.destination(out, settings.root / "bundles", name + layout.SUFFIX)
    packer, path, note = begin(path, name)
    try:
        with interrupts() as stop:
            manifest = fill(packer, scene, redactor, stop, step, began)
            packer.close()
            step("verifying that no secret is left in it")
            packer, manifest = safe(packer, path, redactor, manifest)
            aside.place(packer.path, path)
    except BaseException:
        packer.discard()
        raise
    return Made(path, packer.size, manifest, scene.report, note)


def look(
    settings: Settings, options: Options, now: float, step: Step
) -> tuple[Scene, Redactor]:
    """Look at the stack once and return what collectors start from.

    Raises:
        WrongUsage: ``options`` names a service that the stack does not have.
    """
    import msgspec

    from . import session
    from .adapters.engine import connect
    from .adapters.once import Once
    from .core.bundle.collectors import Scene

    step("looking at the stack")
    seen = session.observe(settings)
    check_services(options, seen.snapshot)
    # Evidence may have been cut within a token, which then is none any more.
    judged = session.judge(seen.snapshot)
    tree = seen.redactor.tree(msgspec.to_builtins(judged))
    report = msgspec.convert(tree, type(judged))
    # Ten collectors must not each wait for an engine that is not there.
    engine = Once(lambda: connect(5.0))
    scene = Scene(settings, seen.snapshot, report, options, now, engine)
    return scene, seen.redactor


def check_services(options: Options, snapshot: Snapshot) -> None:
    """Refuse services that the stack does not have.

    Raises:
        WrongUsage: the message lists those there are.
    """
    known = set(snapshot.model.services) if snapshot.model else set()
    known |= {one.service for one in snapshot.containers or ()}
    if known and (unknown := sorted(set(options.services) - known)):
        raise WrongUsage(
            f"the stack has no service {', '.join(unknown)}",
            f"services: {', '.join(sorted(known))}",
        )


def begin(path: Path, name: str) -> tuple[Packer, Path, str]:
    """Return a new archive, where it will end up, and why if it is elsewhere.

    Raises:
        Stop: there is no room for even the smallest bundle, anywhere.
        WrongUsage: it can't be written there.
    """
    from .adapters import aside
    from .adapters.bundle.packing import DiskFullError, Packer

    aside.sweep(path.parent)
    other = aside.elsewhere(path)
    for place in (path, other):
        try:
            packer = Packer(aside.part_of(place), name)
        except DiskFullError:
            continue
        except OSError as error:
            raise WrongUsage(
                f"{place.parent} can't be written: {error.strerror}",
                "name another directory with --out",
            ) from None
        moved = place is not path
        note = f"no room in {path.parent}, so it is in {place.parent}" if moved else ""
        return packer, place, note
    raise Stop(f"the disks of {path.parent} and {other.parent} are full", "df -h")


def fill(
    packer: Packer,
    scene: Scene,
    redactor: Redactor,
    stop: Interrupts,
    step: Step,
    began: float,
) -> Manifest:
    """Collect everything into the archive; the manifest comes last.

    Raises:
        Stop: the disk has no room even for the manifest.
    """
    from . import bundles as _  # noqa: F401 - declares the collectors
    from .adapters.bundle.gather import Gathering
    from .core.bundle import layout
    from .core.bundle.collectors import COLLECTORS
    from .core.logs.tails import NOTE_BYTES, PAGE_BYTES, Tails

    step("collecting")
    most = PAGE_BYTES if scene.options.html else NOTE_BYTES
    tails = Tails(len(scene.snapshot.containers or ()), most)
    kept: dict[str, bytes] = {}

    def tap(name: str, piece: bytes) -> None:
        tails.take(name, piece)
        if name == layout.EVENTS:
            kept[name] = piece

    gathering = Gathering(packer, redactor, stop, tap, step)
    gathering.run(COLLECTORS.values(), scene)
    manifest = _manifest(gathering, scene, began)
    material = _material(scene, manifest, tails, kept.get(layout.EVENTS))
    step("writing the report")
    _write_texts(gathering, material, html=scene.options.html)
    manifest = _manifest(gathering, scene, began)
    if not gathering.document(layout.MANIFEST, [layout.encode(manifest)]):
        raise Stop(f"the disk of {packer.path.parent} is full", "df -h")
    return manifest


def safe(
    packer: Packer, path: Path, redactor: Redactor, manifest: Manifest
) -> tuple[Packer, Manifest]:
    """Return the bundle as it is, or without what the scan found in it.

    Raises:
        Unsafe: it would not come clean even so.
    """
    from .adapters import aside
    from .adapters.bundle import weeding
    from .adapters.bundle.packing import Packer
    from .adapters.bundle.verifying import verify

    try:
        for number, by_line in enumerate((True, False, False)):
            leaks = verify(packer.path, redactor)
            if not leaks:
                return packer, manifest
            part = aside.part_of(path.with_name(f"{number}-{path.name}"))
            whole, packer = packer, Packer(part, packer.directory)
            manifest = weeding.without(
                leaks, whole.path, packer, redactor, manifest, by_line=by_line
            )
            whole.discard()
        check_safe(packer.path, redactor, path.name)
    except BaseException:
        packer.discard()
        raise
    return packer, manifest


def check_safe(path: Path, redactor: Redactor, what: str) -> None:
    """Refuse a file in which a secret is left, or that is not as it was written.

    Raises:
        Unsafe: it names each place, and never the secret.
    """
    from .adapters.bundle.verifying import verify

    if leaks := verify(path, redactor):
        raise Unsafe(what, leaks)


def _manifest(gathering: Gathering, scene: Scene, began: float) -> Manifest:
    from .core.bundle.layout import Manifest
    from .core.bundle.webreport import verdict
    from .core.moments import clock

    return Manifest(
        tool=tool(),
        project=scene.report.stack.project,
        made=clock(scene.now) + " UTC",
        seconds=round(time.monotonic() - began, 3),
        options=scene.options,
        verdict=verdict(scene.report).title,
        exit_code=scene.report.exit_code,
        interrupted=gathering.stop.asked,
        redacted=gathering.redactor.count,
        parts=tuple(gathering.parts),
        cut=tuple(gathering.cuts),
        files=tuple(gathering.packer.files),
    )


def _material(
    scene: Scene, manifest: Manifest, tails: Tails, events: bytes | None
) -> Material:
    from .adapters.bundle.material import events as parsed
    from .core.bundle.webreport import Material

    return Material(
        scene.snapshot, scene.report, manifest, parsed(events), tails.lines()
    )


def _write_texts(gathering: Gathering, material: Material, *, html: bool) -> None:
    """Write what people read, the shorter first: a full disk may take one only."""
    from .adapters.bundle import reports
    from .core.bundle import layout

    gathering.document(layout.NOTE, [reports.note(material).encode()])
    if html:
        gathering.document(layout.HTML, reports.page(material))


def tool() -> str:
    """Return this product's name and version."""
    import tomllib

    from .adapters.settings import data_file

    try:
        text = data_file("pyproject.toml").read_text(encoding="utf-8")
        return f"unstuck {tomllib.loads(text)['project']['version']}"
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unstuck"
