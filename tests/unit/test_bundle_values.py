"""The pure half of the bundle: times, lines, tails, timeline, names."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core import moments
from tasks.core.bundle import layout, tables
from tasks.core.errors import WrongUsage
from tasks.core.logs import axis, timeline
from tasks.core.logs import lines as loglines
from tasks.core.logs.events import Event, event
from tasks.core.logs.lines import DEBUG, ERROR, INFO, OTHER, WARNING, Line
from tasks.core.logs.tails import Tails
from tasks.core.snapshot import Container, Snapshot
from tests.unit.stored import change, healthy, with_container, without

STAMP = "2025-11-22T19:30:00.123456789Z"
NOON = 1_763_812_800.0  # 2025-11-22 12:00:00 UTC


# -- moments ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ago"),
    [("10m", 600), ("90s", 90), ("2h", 7200), ("1h30m", 5400), ("3d", 259_200)],
)
def test_spans_count_back_from_now(text: str, ago: float) -> None:
    assert moments.since(text, NOON) == NOON - ago


def test_a_time_with_a_zone_is_that_moment() -> None:
    assert moments.since("2025-11-22T12:00:00+00:00", 0) == NOON


@pytest.mark.parametrize("text", ["yesterday", "10", "m", "10m ago", "-5m", "1x"])
def test_what_is_no_time_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no time"):
        moments.since(text, NOON)


def test_the_engines_time_keeps_its_nanoseconds() -> None:
    assert moments.nanoseconds(STAMP) == "1763839800.123456789"
    assert moments.nanoseconds("2025-11-22T12:00:00Z") == "1763812800.000000000"


def test_the_engines_never_is_no_moment() -> None:
    assert moments.epoch("0001-01-01T00:00:00Z") is None
    assert moments.epoch("") is None
    assert moments.epoch("2025-11-22T12:00:00.5Z") == NOON + 0.5


# -- lines --------------------------------------------------------------------


def parsed(*lines: str) -> list[Line]:
    data = "".join(f"{STAMP} {line}\n" for line in lines)
    return list(loglines.parse(data.encode()))


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("INFO:     Application startup complete.", INFO),
        ('INFO:     1.2.3.4:5 - "GET /x HTTP/1.1" 500 Internal Server Error', ERROR),
        ("2025-11-22 19:30:00.1 UTC [165] ERROR:  relation does not exist", ERROR),
        ("[2025-11-22 19:30:00,1: WARNING/MainProcess] slow", WARNING),
        ('{"level": "debug", "message": "x"}', DEBUG),
        ("ValueError: numpy.dtype size changed", ERROR),
        ("\x1b[31mERROR\x1b[0m in colour", ERROR),
        ("hello", OTHER),
        ("an error-free day", OTHER),
    ],
)
def test_levels(text: str, level: int) -> None:
    assert [line.level for line in parsed(text)] == [level]


def test_all_of_a_traceback_is_an_error() -> None:
    lines = parsed(
        "INFO: before",
        "Traceback (most recent call last):",
        '  File "/app/main.py", line 3, in <module>',
        "    import pandas",
        "ValueError: numpy.dtype size changed",
        "INFO: after",
    )
    assert [line.level for line in lines] == [INFO, *[ERROR] * 4, INFO]


def test_text_stays_as_it_was_written() -> None:
    assert parsed("\x1b[32mok\x1b[0m \x00 <b>")[0].text == "\x1b[32mok\x1b[0m \x00 <b>"


def test_a_line_of_megabytes_is_shortened_and_says_so() -> None:
    text = parsed("x" * 5_000_000)[0].text
    assert len(text) < 4100
    assert "5,000,000 characters" in text


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_lines(data: bytes) -> None:
    lines = list(loglines.parse(data))
    assert len(lines) == sum(bool(line) for line in data.split(b"\n"))
    assert all(0 <= line.level < len(loglines.LEVELS) for line in lines)


# -- tails ----------------------------------------------------------------------


def numbered(first: int, last: int) -> bytes:
    return b"".join(
        f"{moments.clock(NOON + n).replace(' ', 'T')}.000000000Z line {n}\n".encode()
        for n in range(first, last)
    )


def test_only_the_end_is_kept_and_begins_with_a_whole_line() -> None:
    tails = Tails(1, most=200_000)
    data = numbered(0, 40_000)
    for at in range(0, len(data), 10_000):
        tails.take("logs/a/a-1.log", data[at : at + 10_000])
    lines = tails.lines()["a-1"]
    assert lines[-1].text == "line 39999"
    assert 3000 < len(lines) < 6000
    assert all(line.text.startswith("line ") for line in lines)


def test_the_previous_run_comes_before_and_nothing_comes_twice() -> None:
    tails = Tails(2)
    tails.take("logs/a/a-1.log", numbered(5, 10))
    tails.take("logs/a/a-1.previous.log", numbered(0, 7))
    texts = [line.text for line in tails.lines()["a-1"]]
    assert texts == [f"line {n}" for n in range(10)]


def test_other_files_are_not_taken_for_logs() -> None:
    tails = Tails(1)
    tails.take("compose/resolved.yaml", b"services:\n")
    assert tails.lines() == {}


# -- timeline ---------------------------------------------------------------------


def looping() -> Snapshot:
    one = Container(
        service="backend",
        name="s-backend-1",
        status="restarting",
        exit_code=1,
        restarts=4,
        created="2025-11-22T11:59:20.000000000Z",
        started="2025-11-22T11:59:50.000000000Z",
        finished="2025-11-22T11:59:52.000000000Z",
    )
    now = "2025-11-22T12:00:00+00:00"
    found: Snapshot = change(healthy(), containers=(one,), taken=now)
    return found


def events(*told: tuple[float, str, str]) -> list[Event]:
    return [
        Event(NOON + at, "backend", "s-backend-1", action, detail)
        for at, action, detail in told
    ]


def test_a_crash_loop_shows_each_start_and_exit_of_the_events() -> None:
    told = events(
        (-30, "start", ""),
        (-28, "die", "1"),
        (-20, "start", ""),
        (-18, "die", "1"),
        (-10, "start", ""),
        (-8, "die", "1"),
    )
    (lane,) = timeline.build(looping(), told, {}).lanes
    kinds = [mark.kind for mark in lane.marks]
    # The last pair is the snapshot's as well: told once.
    assert kinds == ["start", "exit"] * 3
    assert "the program failed" in lane.marks[1].title
    assert [span.state for span in lane.spans] == ["restarts", *["up", "down"] * 3]
    assert all(a.left + a.width <= b.left + 0.01 for a, b in pairwise(lane.spans))


def test_without_events_the_snapshot_still_tells_the_last_run() -> None:
    (lane,) = timeline.build(looping(), [], {}).lanes
    assert [mark.kind for mark in lane.marks] == ["start", "exit"]


def test_errors_of_one_place_are_one_mark() -> None:
    lines = [Line(NOON - 5, ERROR, f"boom {n}") for n in range(1000)]
    (lane,) = timeline.build(looping(), [], {"s-backend-1": lines}).lanes
    errors = [mark for mark in lane.marks if mark.kind == "error"]
    assert len(errors) == 1
    assert "1000 error lines: boom 0" in errors[0].title


def test_volume_counts_every_line_of_the_window_by_level() -> None:
    lines = [Line(NOON - n / 10, n % 5, "x") for n in range(500, 0, -1)]
    drawn = timeline.build(looping(), [], {"s-backend-1": lines})
    counted = sum(sum(bar.heights) * drawn.most / 100 for bar in drawn.bars)
    assert counted == pytest.approx(500, abs=1)
    assert all(0 <= bar.left < 100 and sum(bar.heights) <= 100.1 for bar in drawn.bars)


def test_a_long_uptime_does_not_squeeze_a_crash_loop() -> None:
    week = NOON - 7 * 86400
    stamps = [week, *[NOON - n for n in range(100)]]
    assert NOON - axis.window_start([NOON - 50], stamps, NOON) <= 600
    old_only = [week + n for n in range(100)]
    assert axis.window_start([], old_only, NOON) <= week


@given(st.floats(1, 1e9), st.floats(0.5, 1e8))
def test_the_axis_has_a_few_round_labels(start: float, length: float) -> None:
    found = axis.ticks(start, start + length)
    assert len(found) <= 9
    assert all(-0.01 <= tick.left <= 100.01 for tick in found)


def test_an_event_keeps_what_tells_and_nothing_else() -> None:
    row = {
        "Action": "health_status: unhealthy",
        "timeNano": int(NOON * 1e9),
        "Actor": {
            "Attributes": {
                "name": "s-db-1",
                "com.docker.compose.service": "db",
                "token": "x",
            }
        },
    }
    assert event(row) == Event(NOON, "db", "s-db-1", "health_status", "unhealthy")


# -- tables and names ----------------------------------------------------------------


def test_ps_names_services_without_a_container() -> None:
    gone = change(healthy(), containers=())
    table = tables.ps_table(gone)
    for name in gone.model.services if gone.model else ():
        assert f"{name} " in table
    assert "no container" in table


def test_ps_says_crash_loop_and_why_it_saw_none() -> None:
    text = tables.ps_table(with_container("backend", status="restarting"))
    assert "restarting (crash loop)" in text
    assert "no answer within 10 s" in tables.ps_table(
        without("containers", timed_out=True)
    )


def test_facts_tell_heads_rows_and_what_was_not_seen() -> None:
    told = tables.facts(without("database", "db is exited"))
    assert told["rows"] is None
    assert told["not_seen"] == {"database": "db is exited"}
    assert tables.heads(healthy()) == ["0007_indexes_constraints"]


def test_a_bundles_name_tells_project_and_time() -> None:
    made = datetime(2025, 11, 22, 19, 30, tzinfo=UTC)
    assert layout.stem("my stack/../x", made) == "bundle-my-stack-..-x-20251122T193000Z"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..", ".ssh/x", "a\x00b"]
)
def test_no_name_leaves_the_bundles_directory(name: str) -> None:
    safe = layout.inside(name)
    assert safe
    assert not safe.startswith(("/", "."))
    assert ".." not in safe.split("/")
    assert "\x00" not in safe


def test_a_manifest_survives_the_round_trip() -> None:
    manifest = layout.Manifest(
        project="p",
        parts=(layout.Part(id="logs", about="x", outcome="cut"),),
        cut=(layout.Cut(what="a", why="b"),),
        files=(layout.File(name="a", size=1, sha256="0"),),
    )
    assert layout.read_manifest(layout.encode(manifest)) == manifest
