"""``bundle.logs --estimate``: how large it will be, before anything is written."""

from __future__ import annotations

import shutil
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from .core.bundle.collectors import Scene
    from .core.bundle.layout import Options
    from .core.config import Settings
    from .core.snapshot import Container
    from .making import Step

#: Lines read of a log to tell its size per line and how well it compresses.
SAMPLE = 2000
#: Bytes of everything but logs in an archive, of a stack of six services.
REST = 150_000


class LogSize(msgspec.Struct, frozen=True, kw_only=True):
    """One container's log.

    Attributes:
        size: bytes, with the engine's times.
        at_least: whether it may be larger.
        how: how the size was found.
    """

    container: str
    size: int
    at_least: bool
    how: str


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What to expect: bytes of the logs, of the archive, and the room there is."""

    logs: tuple[LogSize, ...]
    raw: int
    archive: int
    directory: str
    free: int


def estimate(settings: Settings, options: Options, step: Step) -> Estimate:
    """Return the sizes to expect; logs are sampled, nothing is written.

    Raises:
        EngineUnavailable: without an engine there is no log to measure.
    """
    from .making import look

    scene, _ = look(settings, options, time.time(), step)
    scene.engine()
    step("sampling the logs")
    logs, ratios = [], [4.0]
    for one in scene.snapshot.containers or ():
        if scene.wanted(one.service) and not one.one_off:
            size, ratio = _measure(scene, one)
            logs.append(size)
            ratios.append(ratio)
    raw = sum(log.size for log in logs)
    directory = settings.root / "bundles"
    return Estimate(
        logs=tuple(logs),
        raw=raw,
        archive=REST + int(raw / (sum(ratios) / len(ratios))),
        directory=str(directory),
        free=shutil.disk_usage(_existing(directory)).free,
    )


def _measure(scene: Scene, one: Container) -> tuple[LogSize, float]:
    """Return a log's size, and how many times smaller it is compressed."""
    wanted = scene.options.tail
    lines = min(wanted or SAMPLE, SAMPLE)
    data = _tail(scene, one, lines)
    seen = data.count(b"\n")
    ratio = len(data) / max(len(zlib.compress(data)), 1) if data else 4.0
    if seen < lines or (wanted is not None and wanted <= SAMPLE):
        return _size(one, len(data), at_least=False, how="read"), ratio
    each = len(data) / max(seen, 1)
    if wanted is not None:
        size = int(each * wanted)
        return _size(one, size, at_least=False, how=f"{SAMPLE} lines read"), ratio
    stored = _stored(scene, one)
    if stored:
        return _size(one, stored, at_least=False, how="size of its file"), ratio
    how = "its file is out of reach"
    return _size(one, len(data), at_least=True, how=how), ratio


def _tail(scene: Scene, one: Container, lines: int) -> bytes:
    from .core.moments import engine_time, since

    query: dict[str, object] = {"tail": lines}
    if scene.options.since:
        query["since"] = engine_time(since(scene.options.since, scene.now))
    return b"".join(scene.engine().logs(one.id, timeout=10.0, **query))


def _stored(scene: Scene, one: Container) -> int:
    """Return the size of the engine's own log file, 0 if it can't be seen from here.

    With the engine in a virtual machine it can't. The file holds JSON, a bit
    larger than what will be read from it.
    """
    document = scene.engine().get(f"/containers/{one.id}/json")
    try:
        path = Path(document.get("LogPath") or "")
        return sum(p.stat().st_size for p in path.parent.glob(f"{path.name}*"))
    except (OSError, ValueError):
        return 0


def _size(one: Container, size: int, *, at_least: bool, how: str) -> LogSize:
    return LogSize(container=one.name, size=size, at_least=at_least, how=how)


def _existing(directory: Path) -> Path:
    """Return the directory, or the nearest one above it that there is."""
    return next(p for p in (directory, *directory.parents) if p.is_dir())
