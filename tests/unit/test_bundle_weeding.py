"""Where redaction and the scan disagree, a smaller bundle comes out, never none."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks import making
from tasks.adapters.bundle import verifying
from tasks.adapters.bundle.packing import Packer
from tasks.adapters.bundle.weeding import lines_without, weed
from tasks.core.bundle import layout
from tasks.core.bundle.layout import Manifest, Part
from tasks.core.redact import Leak, Redactor

SECRET = "wO3zK8qLr5Tn2vX9"
LOG = f"one\ntwo {SECRET}\r\nthree\rstill three\nfour {SECRET}\n".encode()


@pytest.fixture
def redactor() -> Redactor:
    return Redactor.learn([(".env", "DB_PASSWORD", SECRET)])


class Bundle:
    """A bundle with what nobody redacted in it."""

    def __init__(self, directory: Path, files: dict[str, bytes]) -> None:
        self.path = directory / "b.tar.gz"
        self.packer = Packer(directory / ".b.tar.gz.1.part", "b")
        for name, data in files.items():
            self.packer.add(name, [data[:7], data[7:]])
        part = Part(id="logs", about="Logs", files=tuple(files))
        self.manifest = Manifest(project="p", parts=(part,))
        self.packer.add(layout.MANIFEST, [layout.encode(self.manifest)])
        self.packer.close()

    def safe(self, redactor: Redactor) -> dict[str, bytes]:
        self.packer, self.manifest = making.safe(
            self.packer, self.path, redactor, self.manifest
        )
        assert not verifying.verify(self.packer.path, redactor)
        with tarfile.open(self.packer.path) as archive:
            streams = {i.name: archive.extractfile(i) for i in archive}
            found = {n.partition("/")[2]: s.read() for n, s in streams.items() if s}
        told = layout.read_manifest(found.pop(layout.MANIFEST))
        assert told == self.manifest
        assert [f.name for f in told.files] == list(found)
        return found


@pytest.fixture
def bundle(tmp_path: Path) -> Iterator[Callable[..., Bundle]]:
    made: list[Bundle] = []

    def make(files: dict[str, bytes]) -> Bundle:
        made.append(Bundle(tmp_path, files))
        return made[-1]

    yield make
    for one in made:
        one.packer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_log_loses_the_lines_and_a_document_goes(
    bundle: Callable[..., Bundle], redactor: Redactor
) -> None:
    files = {
        "ps.txt": b"fine\n",
        "report.html": f"<p>{SECRET}".encode(),
        "logs/a/a.log": LOG,
        f"logs/{SECRET}.log": b"fine\n",
    }
    made = bundle(files)
    found = made.safe(redactor)
    assert found.keys() == {"ps.txt", "logs/a/a.log"}
    lines = found["logs/a/a.log"].split(b"\n")
    assert lines[0] == b"one"
    assert lines[2] == b"three\rstill three"
    assert lines[1] == lines[3]
    assert lines[1].startswith(b"[unstuck: a line was left out here")
    cuts = {cut.what: cut.why for cut in made.manifest.cut}
    assert cuts["logs/a/a.log"].startswith("2 lines of it left out")
    assert cuts["report.html"].startswith("left out")
    assert SECRET not in str(made.manifest)


def test_a_log_that_cannot_be_searched_goes_whole(
    bundle: Callable[..., Bundle], redactor: Redactor
) -> None:
    found = bundle({"logs/a/a.log": b"\x1f\x8b no gzip", "ps.txt": b"x"})
    assert found.safe(redactor).keys() == {"ps.txt"}


def test_a_secret_of_several_lines_takes_the_file_with_it(
    bundle: Callable[..., Bundle], redactor: Redactor
) -> None:
    body = "\n".join("Ab3/" * 16 for _ in range(9))
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    found = bundle({"logs/a/a.log": key.encode(), "ps.txt": b"x"}).safe(redactor)
    assert body.splitlines()[0].encode() not in b"".join(found.values())
    assert "ps.txt" in found


def test_a_manifest_with_a_leak_tells_less(
    bundle: Callable[..., Bundle], redactor: Redactor
) -> None:
    made = bundle({"ps.txt": b"x"})
    made.manifest = layout.Manifest(project=SECRET)
    made.packer.discard()
    made.packer = Packer(made.path.with_name(".b.tar.gz.1.part"), "b")
    made.packer.add(layout.MANIFEST, [layout.encode(made.manifest)])
    made.packer.close()
    assert made.safe(redactor) == {}


def test_a_scan_that_always_finds_something_keeps_nothing(
    bundle: Callable[..., Bundle], redactor: Redactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bundle({"ps.txt": b"x"})
    leak = Leak("b.tar.gz!b/ps.txt", 1, "secret:x")
    monkeypatch.setattr(verifying, "verify", lambda *_: [leak])
    with pytest.raises(making.Unsafe, match=r"ps\.txt:1 \(secret:x\)"):
        making.safe(made.packer, made.path, redactor, made.manifest)


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_lines_go_wherever_the_pieces_end(size: int) -> None:
    pieces = [LOG[i : i + size] for i in range(0, len(LOG), size)]
    out = b"".join(lines_without({2, 4}, pieces))
    assert SECRET.encode() not in out
    assert out.startswith(b"one\n[unstuck")
    assert out.count(b"\n") == 4


def test_a_text_loses_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "backend.log"
    path.write_bytes(LOG)
    size, cut = weed([Leak("backend.log", 2, "x"), Leak("x", 4, "x")], path, "b.log")
    assert size == path.stat().st_size
    assert SECRET not in path.read_text()
    assert cut.what == "b.log"
    assert weed([Leak("backend.log", 0, "unreadable")], path, "b.log")[0] < 100
    assert [p.name for p in tmp_path.iterdir()] == ["backend.log"]
