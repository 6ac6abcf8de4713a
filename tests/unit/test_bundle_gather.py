"""Collectors within their limits: whatever one of them meets, the rest is kept."""

from __future__ import annotations

import json
import os
import re
import signal
import tarfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tasks.adapters.bundle.gather import Gathering
from tasks.adapters.bundle.interrupts import Interrupts, interrupts
from tasks.adapters.bundle.packing import Packer
from tasks.adapters.settings import load
from tasks.core.bundle.collectors import (
    Collector,
    Door,
    Lack,
    Piece,
    Scene,
    Stream,
    Text,
    Tree,
)
from tasks.core.bundle.layout import Options, Part
from tasks.core.model import Report, StackId
from tasks.core.redact import Redactor
from tasks.core.snapshot import Snapshot

SECRET = "wO3zK8qLr5Tn2vX9"


class Bench:
    """One archive to gather into, and what came of it."""

    def __init__(self, directory: Path, stop: Interrupts) -> None:
        self.packer = Packer(directory / "b.tar.gz", "dir")
        self.seen: list[tuple[str, bytes]] = []
        redactor = Redactor.learn([(".env", "DB_PASSWORD", SECRET)])
        self.gathering = Gathering(
            self.packer, redactor, stop, lambda *a: self.seen.append(a), lambda _: None
        )

    def run(self, *collectors: Collector, options: Options | None = None) -> None:
        report = Report(stack=StackId(), checks=())
        scene = Scene(load(), Snapshot(), report, options or Options(), 0.0, no_engine)
        self.gathering.run(collectors, scene)
        self.packer.close()

    @property
    def files(self) -> dict[str, str]:
        with tarfile.open(self.packer.path) as archive:
            streams = {i.name: archive.extractfile(i) for i in archive}
            return {
                name.removeprefix("dir/"): stream.read().decode()
                for name, stream in streams.items()
                if stream
            }

    @property
    def cuts(self) -> dict[str, str]:
        return {cut.what: cut.why for cut in self.gathering.cuts}

    def part(self, id: str) -> Part:
        return next(part for part in self.gathering.parts if part.id == id)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with interrupts() as stop:
        made = Bench(tmp_path, stop)
        yield made
        made.packer.discard()


def no_engine() -> Door:
    raise RuntimeError("no engine here")


def one(
    id: str,
    *pieces: Piece,
    seconds: float = 5.0,
    cap: int = 1 << 20,
    streams: bool = False,
    then: Exception | None = None,
    hang: float = 0.0,
) -> Collector:
    """Declare a collector that yields pieces, then fails or hangs."""

    def collect(scene: Scene) -> Iterable[Piece]:
        del scene
        yield from pieces
        if hang:
            threading.Event().wait(hang)
        if then:
            raise then

    return Collector(id, f"about {id}", seconds, cap, streams, collect)


def test_each_kind_of_piece_is_redacted_in_its_way(bench: Bench) -> None:
    half = len(SECRET) // 2
    split = [f"a {SECRET[:half]}".encode(), f"{SECRET[half:]} b\n".encode()]
    bench.run(
        one("tree", Tree("t.json", {"DB_PASSWORD": "hunter-22", "host": "db"})),
        one("text", Text(f"with-{SECRET}.txt", f"dsn=postgres://u:{SECRET}@db/x")),
        one("stream", Stream("s.log", split), streams=True),
    )
    everything = json.dumps(bench.files)
    assert SECRET not in everything
    assert "hunter-22" not in everything
    assert json.loads(bench.files["t.json"])["host"] == "db"
    token = re.search(r"\[secret:DB_PASSWORD#\d\]", bench.files["s.log"])
    assert token
    text = next(text for name, text in bench.files.items() if "with-" in name)
    assert token[0] in text, "equal secrets have equal tokens"
    assert bench.cuts == {}


def test_a_failing_collector_keeps_what_it_had_and_costs_no_other(
    bench: Bench,
) -> None:
    failing = one("bad", Text("half.txt", "half"), then=RuntimeError("engine gone"))
    bench.run(failing, one("good", Text("good.txt", "good")))
    assert bench.files == {"half.txt": "half", "good.txt": "good"}
    assert bench.cuts == {"bad": "engine gone"}
    assert bench.part("bad").outcome == "cut"
    assert bench.part("good").outcome == "whole"


def test_a_reason_is_redacted_too(bench: Bench) -> None:
    bench.run(one("bad", then=RuntimeError(f"login failed: {SECRET}")))
    assert SECRET not in bench.cuts["bad"]
    assert bench.part("bad").outcome == "missing"


def test_a_hanging_collector_is_given_up_and_what_it_had_is_kept(
    bench: Bench,
) -> None:
    began = time.monotonic()
    hung = one("hung", Text("early.txt", "early"), seconds=0.3, hang=30)
    bench.run(hung, one("good", Text("good.txt", "good")))
    assert time.monotonic() - began < 5
    assert bench.files == {"early.txt": "early", "good.txt": "good"}
    assert bench.cuts == {"hung": "no answer within 0 s"}


def test_collectors_run_side_by_side(bench: Bench) -> None:
    began = time.monotonic()
    bench.run(*(one(f"slow{n}", hang=0.4) for n in range(8)))
    assert time.monotonic() - began < 2
    assert bench.cuts == {}


def test_a_lack_is_no_file(bench: Bench) -> None:
    bench.run(one("git", Lack("git.json", "not a repository")))
    assert bench.files == {}
    assert bench.cuts == {"git.json": "not a repository"}
    assert bench.part("git").outcome == "missing"


def test_a_file_over_the_cap_is_left_out_whole(bench: Bench) -> None:
    big = Text("big.txt", "x" * 2000)
    bench.run(one("a", Text("small.txt", "x"), big, cap=1000))
    assert list(bench.files) == ["small.txt"]
    assert "over its cap" in bench.cuts["big.txt"]


def test_a_stream_over_the_cap_is_cut_and_says_so_itself(bench: Bench) -> None:
    endless = Stream("s.log", (b"line\n" * 100 for _ in range(10**9)))
    bench.run(one("logs", endless, cap=5000, streams=True))
    text = bench.files["s.log"]
    assert len(text) < 5200
    assert text.endswith("[unstuck: cut here: over the cap of 5 kB]\n")
    assert bench.cuts == {"s.log": "over the cap of 5 kB"}


def test_a_stream_over_its_time_is_cut_and_the_next_still_begins(
    bench: Bench,
) -> None:
    def slow() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b"line\n"

    pieces = (Stream("slow.log", slow()), Stream("next.log", [b"next\n"]))
    bench.run(one("logs", *pieces, seconds=0.3, streams=True))
    assert bench.cuts["slow.log"] == "over its time limit"
    assert bench.files["next.log"].startswith("next\n")


def test_a_stream_whose_source_breaks_keeps_what_came(bench: Bench) -> None:
    def broken() -> Iterator[bytes]:
        yield b"before\n"
        raise OSError("the engine broke off")

    bench.run(
        one("logs", Stream("a.log", broken()), Stream("b.log", [b"b"]), streams=True)
    )
    assert bench.files["a.log"].startswith("before\n")
    assert bench.files["b.log"] == "b"
    assert bench.cuts == {"a.log": "the engine broke off"}


def test_everything_asked_for_lifts_the_cap_of_streams_only() -> None:
    everything = Options(tail=None)
    assert one("s", cap=10, streams=True).limits(everything)[1] > 10**9
    assert one("s", cap=10, streams=True).limits(Options()) == (5.0, 10)
    assert one("s", cap=10).limits(everything) == (5.0, 10)


def test_ctrl_c_ends_the_wait_and_leaves_a_whole_archive(bench: Bench) -> None:
    def hanging() -> Iterator[bytes]:
        yield b"before\n"
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        time.sleep(30)
        yield b"never\n"

    began = time.monotonic()
    bench.run(
        one("logs", Stream("a.log", hanging()), Stream("b.log", [b"b"]), streams=True),
    )
    assert time.monotonic() - began < 5
    assert bench.gathering.stop.asked
    assert bench.files["a.log"].startswith("before\n")
    assert bench.cuts["a.log"] == "interrupted"
    assert "b.log" not in bench.files
    assert bench.cuts["logs"] == "interrupted"


def test_ctrl_c_while_this_process_works_is_only_remembered() -> None:
    with interrupts() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_tap_sees_nothing_unredacted(bench: Bench) -> None:
    bench.run(one("s", Stream("s.log", [f"{SECRET}\n".encode()]), streams=True))
    assert SECRET.encode() not in b"".join(piece for _, piece in bench.seen)
    assert bench.seen
