"""Run the bundle's collectors, each within its own time and size.

The unbounded ones run one after the other and are written as they come; all
others run side by side before that. Whatever one of them meets (an engine that
dies, a container that hangs, a full disk, Ctrl-C), what it has by then is kept
and the manifest says what is missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

from ...core.bundle.collectors import Collector, Lack, Piece, Scene, Stream, Tree
from ...core.bundle.layout import Cut, File, Part, encode, inside
from ...core.redact import Redactor
from ...core.states import size
from . import limits
from .interrupts import Interrupts
from .packing import DiskFullError, Packer

Tap = Callable[[str, bytes], None]
#: Bytes of a stream between two words of progress.
TOLD = 64 << 20
FULL = "the disk is full"


class Gathering:
    """One bundle while it is filled.

    Attributes:
        parts: what each collector did, in order.
        cuts: what is missing, and why.
    """

    def __init__(
        self,
        packer: Packer,
        redactor: Redactor,
        stop: Interrupts,
        tap: Tap,
        step: Callable[[str], None],
    ) -> None:
        """Begin.

        Args:
            packer: takes the files.
            redactor: knows the stack's secrets.
            stop: tells of Ctrl-C.
            tap: is shown every redacted piece, with its file's name.
            step: is told what is being read, once it takes long.
        """
        self.packer = packer
        self.redactor = redactor
        self.stop = stop
        self.tap = tap
        self.step = step
        self.parts: list[Part] = []
        self.cuts: list[Cut] = []

    def run(self, collectors: Iterable[Collector], scene: Scene) -> None:
        """Run the collectors and write what they yield."""
        collectors = list(collectors)
        tasks = [_Task(c, scene) for c in collectors if not c.streams]
        for task in tasks:
            self._write_task(task)
        for one in collectors:
            if one.streams:
                self._write_streams(one, scene)

    def document(self, name: str, pieces: Iterable[bytes]) -> bool:
        """Write a file made of what is redacted already; False if there's no room."""
        try:
            self.packer.add(name, pieces)
        except DiskFullError:
            self.cut(name, FULL)
            return False
        return True

    def cut(self, what: str, why: str) -> None:
        """Remember that something is missing, or not whole."""
        self.cuts.append(Cut(what=what, why=self.redactor.text(why)))

    # -- one collector ----------------------------------------------------

    def _write_task(self, task: _Task) -> None:
        one = task.collector
        why = f"no answer within {one.seconds:.0f} s"
        try:
            if not task.ended.is_set():
                self.stop.wait(lambda: task.ended.wait(task.left()))
        except KeyboardInterrupt:
            why = "interrupted"
        ended, seconds, pieces = task.ended.is_set(), task.seconds(), list(task.pieces)
        lacks = len(self.cuts)
        files: list[str] = []
        room = one.cap
        for piece in pieces:
            written = self._write_piece(piece, room)
            if written:
                files.append(written.name)
                room -= written.size
        if task.error or not ended:
            self.cut(one.id, task.error or why)
        self._part(one, seconds, files, lacks)

    def _write_piece(self, piece: Piece, room: int) -> File | None:
        """Redact one piece in its own way and write it, if there is room."""
        if isinstance(piece, Lack):
            self.cut(piece.name, piece.why)
            return None
        if isinstance(piece, Stream):
            return self._write_stream(piece, room, float("inf"))
        if isinstance(piece, Tree):
            data = encode(self.redactor.tree(piece.value))
        else:
            data = self.redactor.text(piece.value).encode(errors="replace")
        name = self._name(piece.name)
        if len(data) > room:
            self.cut(name, f"left out: {size(len(data))} is over its cap")
            return None
        self.tap(name, data)
        try:
            return self.packer.add(name, [data])
        except DiskFullError:
            self.cut(name, FULL)
            return None

    def _write_streams(self, one: Collector, scene: Scene) -> None:
        began = time.monotonic()
        seconds, room = one.limits(scene.options)
        deadline, lacks = began + seconds, len(self.cuts)
        files: list[str] = []
        pieces = iter(one.collect(scene))
        while True:
            try:
                piece = self.stop.wait(lambda: next(pieces, None))
            except KeyboardInterrupt:
                self.cut(one.id, "interrupted")
                break
            except Exception as error:  # a collector's defect must not cost the bundle
                self.cut(one.id, str(error) or type(error).__name__)
                break
            if piece is None:
                break
            if isinstance(piece, Stream):
                written = self._write_stream(piece, room, deadline)
            else:
                written = self._write_piece(piece, room)
            if written:
                files.append(written.name)
                room -= written.size
        self._part(one, time.monotonic() - began, files, lacks)

    def _write_stream(self, piece: Stream, room: int, deadline: float) -> File | None:
        name = self._name(piece.name)
        if self.packer.full:
            self.cut(name, FULL)
            return None
        limited = limits.within(
            piece.pieces,
            room=room,
            deadline=deadline,
            stop=self.stop,
            cut=lambda why: self.cut(name, why),
        )
        try:
            return self.packer.add(
                name, self._tapped(name, self.redactor.stream(limited))
            )
        except DiskFullError:
            self.cut(name, FULL)
            return next((f for f in self.packer.files if f.name == name), None)

    def _tapped(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        seen = told = 0
        for piece in pieces:
            self.tap(name, piece)
            seen += len(piece)
            if seen - told >= TOLD:
                told = seen
                self.step(f"{name}, {size(seen)}")
            yield piece

    def _name(self, name: str) -> str:
        return inside(self.redactor.name(name))

    def _part(
        self, one: Collector, seconds: float, files: list[str], lacks: int
    ) -> None:
        short = len(self.cuts) > lacks
        self.parts.append(
            Part(
                id=one.id,
                about=one.about,
                seconds=round(seconds, 3),
                outcome="whole" if not short else "cut" if files else "missing",
                files=tuple(files),
            )
        )


class _Task:
    """A collector that runs in a thread of its own from now on."""

    def __init__(self, collector: Collector, scene: Scene) -> None:
        self.collector = collector
        self.pieces: list[Piece] = []
        self.error = ""
        self.ended = threading.Event()
        self._began = time.monotonic()
        self._took = 0.0
        # A daemon: one that hangs must not keep the process from ending.
        threading.Thread(target=self._work, args=(scene,), daemon=True).start()

    def left(self) -> float:
        """Seconds until its time limit."""
        return max(0.0, self._began + self.collector.seconds - time.monotonic())

    def seconds(self) -> float:
        """Seconds it took, or has taken until now."""
        return self._took or time.monotonic() - self._began

    def _work(self, scene: Scene) -> None:
        try:
            for piece in self.collector.collect(scene):
                self.pieces.append(piece)
        except Exception as error:  # a collector's defect must not cost the bundle
            self.error = str(error) or type(error).__name__
        self._took = time.monotonic() - self._began
        self.ended.set()
