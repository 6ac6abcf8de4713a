"""Both engines find the same hits, in logs of any shape."""

import io
import mmap
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.adapters.store import Directory
from tasks.core.signatures import catalogue, finders
from tasks.core.signatures.catalogue import Signature
from tasks.core.signatures.matcher import BLOCK_BYTES, PIECE_BYTES, Hit, Matcher
from tasks.core.signatures.patterns import within_a_line

SHIPPED = catalogue.load()
SAMPLE_LINES = [
    line.encode() for s in SHIPPED for text in s.samples for line in text.splitlines()
]
FEW = SHIPPED[:20]
NOISE = b'INFO:     172.18.0.1:48632 - "GET /api/v1/people HTTP/1.1" 200 OK'
FAST = Matcher(SHIPPED)
SLOW = Matcher(SHIPPED, engine="re")


def made(name: str, *patterns: str) -> Signature:
    return msgspec.structs.replace(SHIPPED[0], id=name, patterns=patterns)


def test_hyperscan_is_used_where_it_is_installed() -> None:
    pytest.importorskip("hyperscan")
    assert finders.hyperscan_finder([b"some pattern"]) is not None


line = st.one_of(
    st.sampled_from(SAMPLE_LINES),
    st.tuples(st.sampled_from(SAMPLE_LINES), st.binary(max_size=9)).map(b"".join),
    st.tuples(st.sampled_from(SAMPLE_LINES), st.integers(0, 200)).map(
        lambda pair: pair[0][pair[1] :]
    ),
    st.just(NOISE),
    st.binary(max_size=40),
)


@settings(deadline=None)
@given(st.lists(line, max_size=30), st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
def test_both_engines_give_the_same_hits(lines: list[bytes], end: bytes) -> None:
    log = end.join(lines)
    assert list(FAST.scan_bytes(log)) == list(SLOW.scan_bytes(log))


@settings(deadline=None)
@given(st.lists(line, max_size=30))
def test_lines_and_bytes_give_the_same_hits(lines: list[bytes]) -> None:
    whole = [part for raw in lines for part in raw.split(b"\n")]
    offsets = [0]
    for part in whole:
        offsets.append(offsets[-1] + len(part) + 1)
    by_line = [(h.signature_id, h.groups) for h in FAST.scan(whole)]
    by_byte = list(FAST.scan_bytes(b"\n".join(whole)))
    assert [(h.signature_id, h.groups) for h in by_byte] == by_line
    positions = [offsets[h.position] for h in FAST.scan(whole)]
    assert positions == [h.position for h in by_byte]


def test_a_hit_says_where_and_what() -> None:
    text = 'ERROR:  relation "people" does not exist at character 15'
    log = f"starting\n{text}\ndone\n".encode()
    expected = Hit("table-missing", 9, {"table": "people"}, text.encode())
    assert list(FAST.scan_bytes(log)) == [expected]
    (hit,) = FAST.scan(["starting", text, "done"])
    assert hit.text == text
    assert hit == msgspec.structs.replace(expected, position=1)


def test_a_message_of_several_lines_is_one_position() -> None:
    message = 'boom\nrelation "a" does not exist\nrelation "b" does not exist\n'
    hits = list(FAST.scan(["fine", message, "fine"]))
    assert [(hit.position, hit.groups["table"]) for hit in hits] == [(1, "a"), (1, "b")]


def test_a_match_never_spans_lines() -> None:
    across = made("across", r"from here[^#]+to there")
    for engine in ("auto", "re"):
        matcher = Matcher([across], engine=engine)
        assert list(matcher.scan_bytes(b"from here\nto there\n")) == []
        assert len(list(matcher.scan_bytes(b"from here, to there\n"))) == 1


@pytest.mark.parametrize("one", [r"\n", r"\s", r"\W", "[^x]", r"[\t-\r]", "(?s:.)"])
def test_what_may_match_a_line_end_does_not(one: str) -> None:
    assert not within_a_line(one)
    matcher = Matcher([made("across", f"from here{one}to there")])
    assert list(matcher.scan_bytes(b"from here\nto there\n")) == []


@pytest.mark.parametrize("one", [r"\d", r"\w", ".", "[a-z.]", "x?", r"\b ", "(?:a|b)"])
def test_what_can_not_match_a_line_end_needs_no_second_look(one: str) -> None:
    assert within_a_line(one)


@pytest.mark.parametrize("engine", ["auto", "re"])
def test_a_signature_is_reported_once_a_line(engine: Literal["auto", "re"]) -> None:
    twice = made("twice", "first thing", "second thing")
    hits = list(Matcher([twice], engine=engine).scan(["second thing first thing"]))
    assert len(hits) == 1


@pytest.mark.parametrize("engine", ["auto", "re"])
def test_a_very_long_line_is_matched_in_pieces(engine: Literal["auto", "re"]) -> None:
    matcher = Matcher(SHIPPED, engine=engine)
    found = b': relation "people" does not exist'
    middle = b"x" * (3 * PIECE_BYTES + 100) + found + b"x" * 5_000_000
    hits = list(matcher.scan_bytes(b"start\n" + middle + b"\nend\n"))
    assert [hit.signature_id for hit in hits] == ["table-missing"]
    assert len(hits[0].text) <= PIECE_BYTES


def test_blocks_are_cut_between_lines(tmp_path: Path) -> None:
    found = b'relation "people" does not exist\n'
    filler = (NOISE + b"\n") * (BLOCK_BYTES // len(NOISE))
    log = (filler + found) * 4
    path = tmp_path / "big.log"
    path.write_bytes(log)
    in_memory = list(FAST.scan_bytes(log))
    assert [hit.position for hit in in_memory] == [
        i for i in range(len(log)) if log.startswith(b"relation", i)
    ]
    with path.open("rb") as file:
        assert list(FAST.scan_file(file)) == in_memory
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert list(FAST.scan_bytes(mapped)) == in_memory


class Dribble(io.RawIOBase):
    """A pipe that never hands over as much as it is asked for."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def read(self, _size: int = -1) -> bytes:
        part, self.rest = self.rest[:1000], self.rest[1000:]
        return part


def test_a_pipe_gives_the_same_hits() -> None:
    log = b"\n".join([NOISE, *SAMPLE_LINES] * 3)
    dribbled = FAST.scan_file(Dribble(log))  # type: ignore[arg-type]
    assert list(dribbled) == list(FAST.scan_bytes(log))


@pytest.mark.parametrize("engine", ["auto", "re"])
def test_the_line_above_is_seen_across_blocks(engine: Literal["auto", "re"]) -> None:
    named = msgspec.structs.replace(
        made("named", "is not allowed"), above=r"^(?P<setting>\w+)\s*\Z"
    )
    matcher = Matcher([named], engine=engine)
    filler = b"x" * (BLOCK_BYTES - len(b"\nPORT\n"))
    log = filler + b"\nPORT\nis not allowed\nis not allowed\n"
    (hit,) = matcher.scan_bytes(log)
    assert hit.groups == {"setting": "PORT"}
    (hit,) = matcher.scan(log.splitlines())
    assert (hit.position, hit.groups) == (2, {"setting": "PORT"})


@pytest.mark.parametrize("engine", ["auto", "re"])
def test_a_line_may_be_excepted(engine: Literal["auto", "re"]) -> None:
    excepted = msgspec.structs.replace(made("excepted", "is full"), unless="not so")
    matcher = Matcher([excepted], engine=engine)
    assert [h.position for h in matcher.scan(["it is full", "is full, not so"])] == [0]


def test_no_signatures_no_hits() -> None:
    assert list(Matcher([]).scan_bytes(b"anything\n")) == []
    assert list(Matcher([], engine="re").scan_bytes(b"anything\n")) == []


def test_compiled_patterns_are_kept_and_used(tmp_path: Path) -> None:
    pytest.importorskip("hyperscan")
    before = list(Matcher(FEW, Directory(tmp_path)).scan(SAMPLE_LINES))
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    assert list(Matcher(FEW, Directory(tmp_path)).scan(SAMPLE_LINES)) == before
    assert kept.stat().st_mtime_ns == written
    Matcher(FEW[1:], Directory(tmp_path))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, content: bytes | None) -> None:
    pytest.importorskip("hyperscan")
    before = list(Matcher(FEW, Directory(tmp_path)).scan(SAMPLE_LINES))
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert list(Matcher(FEW, Directory(tmp_path)).scan(SAMPLE_LINES)) == before
    assert len(kept.read_bytes()) == len(whole)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert list(Matcher(FEW, Directory(blocked / "cache")).scan(SAMPLE_LINES[:1]))


def test_a_pattern_hyperscan_rejects_falls_back() -> None:
    # Valid for `re`, beyond Hyperscan's limit for a bounded repeat.
    odd = made("odd", "flux {1,40000}capacitor")
    (hit,) = Matcher([odd]).scan(["flux   capacitor"])
    assert hit.signature_id == "odd"


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=20)
@given(st.sampled_from([b'"', b"column ", b'relation "', b"'", b"a", b"\x00", b" "]))
def test_hostile_lines_cost_linear_time(unit: bytes) -> None:
    """Quadratic matching of this line would take hours, not a second."""
    log = unit * (1_000_000 // len(unit))
    assert list(FAST.scan_bytes(log)) == list(SLOW.scan_bytes(log))


@pytest.mark.parametrize("engine", ["auto", "re"])
def test_a_match_over_two_pieces_of_a_long_line_shows_no_other_text(
    engine: Literal["auto", "re"],
) -> None:
    matcher = Matcher([made("across", "from here")], engine=engine)
    line = b"a" * (PIECE_BYTES - 5) + b"from here" + b"b" * 20
    assert [h for h in matcher.scan_bytes(line) if "from here" not in h.text] == []
