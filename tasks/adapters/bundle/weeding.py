"""Leave out what must not be seen and was not redacted: the last resort.

Redaction looks at what is written, and the scan at what was; where the two
disagree, a bundle without a line, or without a file, beats no bundle.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from ...core.bundle import layout
from ...core.bundle.layout import Cut, Manifest, Part
from ...core.redact import Leak, Redactor
from .packing import DiskFullError, Packer

WHY = "something secret was left in it"
_MARK = f"[unstuck: a line was left out here: {WHY}]\n".encode()
_PIECE = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def without(
    leaks: Collection[Leak],
    path: Path,
    packer: Packer,
    redactor: Redactor,
    manifest: Manifest,
    *,
    by_line: bool,
) -> Manifest:
    """Write a bundle again without its leaks; return its new manifest.

    Args:
        leaks: what the scan found.
        path: the bundle.
        packer: takes what stays.
        redactor: the one that found them: it tells which file a leak names.
        manifest: of the bundle.
        by_line: leave only lines out of logs; everything else goes as a file.

    Raises:
        OSError: it can't be read or written.
    """
    found = _by_file(leaks)
    cuts = list(manifest.cut)
    with tarfile.open(path) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            stream = archive.extractfile(member)
            if stream is None or name == layout.MANIFEST:
                continue
            lines = found.get(redactor.name(f"{path.name}!{member.name}"), set())
            in_lines = by_line and name.startswith(f"{layout.LOGS}/")
            if lines and not (in_lines and 0 not in lines):
                cuts.append(Cut(what=redactor.name(name), why=f"left out: {WHY}"))
                continue
            if lines:
                why = f"{len(lines)} lines of it left out: {WHY}"
                cuts.append(Cut(what=name, why=why))
            try:
                packer.add(name, lines_without(lines, _pieces(stream)))
            except DiskFullError:
                cuts.append(Cut(what=name, why="the disk is full"))
    told = redactor.name(f"{path.name}!{packer.directory}/{layout.MANIFEST}")
    if told in found and not by_line:  # else it named what has gone just now
        cuts = [Cut(what=layout.MANIFEST, why=f"left out: {WHY}")]
        manifest = replace(manifest, project="", verdict="", parts=())
    kept = tuple(packer.files)
    parts = tuple(_part(part, {file.name for file in kept}) for part in manifest.parts)
    manifest = replace(manifest, cut=tuple(cuts), files=kept, parts=parts)
    packer.add(layout.MANIFEST, [layout.encode(manifest)])
    packer.close()
    return manifest


def weed(leaks: Collection[Leak], path: Path, name: str) -> tuple[int, Cut]:
    """Take the lines with leaks out of a text file; return its size and why.

    Raises:
        OSError: it can't be written again.
    """
    numbers = {leak.line for leak in leaks}
    again = path.with_name(f"{path.name}.spare")  # swept like any other leftover
    size = 0
    try:
        with (
            path.open("rb") as source,
            os.fdopen(os.open(again, _NEW, 0o600), "wb") as file,
        ):
            # Line 0: it can't be read as what it says it is.
            kept = [_MARK] if 0 in numbers else lines_without(numbers, _pieces(source))
            for piece in kept:
                size += file.write(piece)
        again.replace(path)
    finally:
        again.unlink(missing_ok=True)
    return size, Cut(what=name, why=f"{len(numbers)} lines of it left out: {WHY}")


def lines_without(numbers: Collection[int], pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces with a mark for each of the lines, counted from 1."""
    if not numbers:
        yield from pieces
        return
    line, within = 1, False
    for piece in pieces:
        kept: list[bytes] = []
        for part in piece.splitlines(keepends=True):
            # splitlines also ends a line at a carriage return, a form feed...
            if line not in numbers:
                kept.append(part)
            elif not within:
                kept.append(_MARK)
            within = not part.endswith(b"\n")
            line += not within
        yield b"".join(kept)


def _part(part: Part, kept: Collection[str]) -> Part:
    """Return what a collector did, with the files that are still there."""
    files = tuple(name for name in part.files if name in kept)
    if files == part.files:
        return part
    return replace(part, files=files, outcome="cut" if files else "missing")


def _by_file(leaks: Iterable[Leak]) -> dict[str, set[int]]:
    """Return the lines of each file of the archive; 0 if it goes as a whole."""
    found: dict[str, set[int]] = {}
    for leak in leaks:
        archive, _, below = leak.file.partition("!")
        file, nested, _ = below.partition("!")
        found.setdefault(f"{archive}!{file}", set()).add(0 if nested else leak.line)
    return found


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece
