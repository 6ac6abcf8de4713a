"""Logs are read as they are: nothing is lost, nothing is made up."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.logs.parse import events
from tasks.core.logs.tracebacks import traces

from .logreading import CHAINED, read

PIECES = st.sampled_from(
    [
        *(line.encode() for line in CHAINED.splitlines()),
        b"backend-1  | hello",
        b"db-1 | ",
        b"2026-11-22T19:12:16.123456789Z",
        b"Traceback (most recent call last):",
        b'{"msg": "a", "stack": "Error: x\\n    at f (/app/x.js:1:2)"}',
        b"    at f (/app/x.js:1:2)",
        b"  [cause]: Error: x",
        b"}",
        b'"""',
        b"\x1b[31m",
        b"\r",
        b"\x00",
        b"   ",
        b"",
    ]
)
LOGS = st.lists(
    st.one_of(PIECES, st.binary(max_size=30), st.tuples(PIECES, PIECES).map(b"".join)),
    max_size=40,
).map(b"\n".join)


def visible(line: bytes) -> bool:
    """Whether a line has anything to show."""
    text = line.decode("utf-8", "replace")
    return bool(text.replace("\x00", "").strip())


@settings(max_examples=400, deadline=None)
@given(LOGS, st.sampled_from(["", "backend"]))
def test_nothing_raises_and_nothing_is_lost(log: bytes, service: str) -> None:
    found = list(events(log, service))
    list(traces(found))
    starts = [event.line for event in found]
    assert len(set(starts)) == len(starts)
    assert all(event.text.strip() for event in found)
    plain = b"\x1b" not in log and b"|" not in log and b"T19:12:16" not in log
    if plain:
        kept = sum(event.lines for event in found)
        assert kept == sum(visible(line) for line in log.split(b"\n"))


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1)))
def test_the_words_of_every_line_are_found_again(words: list[str]) -> None:
    joined = "\n".join(event.text for event in read("\n".join(words)))
    for word in words:
        if not word.startswith("{"):
            assert word in joined


@pytest.mark.parametrize(
    "unit",
    [
        b"x",
        b"\x1b[",
        b"\x1b]",
        b"a | ",
        b"- ",
        b"  ",
        b"| ",
        b"\t",
        b"\r",
        b"{",
        b'File "',
        b'  File "',
        b"    at ",
        b"Error: ",
        b"[cause]: ",
        b"Traceback (most recent call last):",
        b"2026-11-22 19:12:16 ",
        b"\n",
        b" \n",
        b"  x\n",
        b"a-1 | x\n",
        b'  File "/a", line 1\n',
        b"Traceback (most recent call last):\n",
        b"KeyError: 1\n",
        b"}\n",
    ],
)
def test_the_cost_grows_with_the_length_only(unit: bytes) -> None:
    """Four times the log may take ten times the work, not sixteen or more.

    Within one line, which is cut at a limit, and beyond it.
    """

    def seconds(size: int) -> float:
        log = b"start\n" + unit * (size // len(unit))
        start = time.process_time()
        list(traces(events(log)))
        return time.process_time() - start

    assert seconds(60_000) < 10 * seconds(15_000) + 0.2
    assert seconds(400_000) < 10 * seconds(100_000) + 0.2
