"""What one line of a log says: its level, its time, its text."""

from datetime import datetime

import pytest

from tasks.core.logs.parse import EVENT_LINES, LINE_LIMIT, events
from tasks.core.logs.tracebacks import Frame, is_project_file, traces

from .logreading import CHAINED, read


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("INFO:     Application startup complete.", "info"),
        ("ERROR:    [Errno 98] address already in use", "error"),
        ("WARNING:  Unsupported upgrade request.", "warning"),
        ("[2026-11-22 19:15:32 +0000] [25319] [ERROR] Can't connect", "error"),
        ("[2026-11-22 19:26:18,468: ERROR/MainProcess] Received", "error"),
        ("2026-11-22 19:12:16,903 INFO sqlalchemy.engine.Engine SELECT", "info"),
        ("2026-11-22 19:12:16.816 UTC [6696] FATAL:  password", "critical"),
        ("2026-11-22 19:12:16.816 UTC [1] LOG:  ready for ERROR", "info"),
        ("INFO  [alembic.runtime.migration] Running upgrade", "info"),
        ("1:M 22 Nov 2026 19:15:24.970 # Failed listening on port", "warning"),
        ("1:M 22 Nov 2026 19:15:24.970 * Ready to accept", "info"),
        ("npm error code ERESOLVE", "error"),
        ("npm warn deprecated", "warning"),
        (" ⨯ Failed to start server", "error"),
        (" ✓ Ready in 812ms", "info"),
        ('time="2026-11-22T19:29:46Z" level=warning msg="orphans"', "warning"),
        ("Error: connect ECONNREFUSED 127.0.0.1:1", "error"),
        ("TypeError: fetch failed", "error"),
        ("TypeError [ERR_INVALID_URL]: Invalid URL", "error"),
        ("Error response from daemon: No such container", "error"),
        ("GET /ERROR 200", ""),
        ("Information: INFO", ""),
        ("hello", ""),
    ],
)
def test_the_level_of_a_line(line: str, level: str) -> None:
    (event,) = read(line)
    assert event.level == level
    assert event.text == line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-11-22T19:12:16.123456789Z hi", "2026-11-22T19:12:16.123456+00:00"),
        ("2026-11-22T19:12:16Z hi", "2026-11-22T19:12:16+00:00"),
        ("2026-11-22T21:12:16.5+02:00 hi", "2026-11-22T19:12:16.500000+00:00"),
        ("[2026-11-22 19:15:32 +0200] [1] [INFO] x", "2026-11-22T17:15:32+00:00"),
        ("2026-11-22 19:12:16.816 UTC [1] LOG:  x", "2026-11-22T19:12:16.816000+00:00"),
        ("2026-11-22 19:12:16,9 INFO x", "2026-11-22T19:12:16.900000+00:00"),
        (
            "1:M 22 Nov 2026 19:15:24.970 * Ready",
            "2026-11-22T19:15:24.970000+00:00",
        ),
        ('{"msg":"a","time":1732302736000}', "2024-11-22T19:12:16+00:00"),
        ('{"msg":"a","ts":1732302736.5}', "2024-11-22T19:12:16.500000+00:00"),
        ('{"msg":"a","timestamp":"2024-11-22T19:12:16Z"}', "2024-11-22T19:12:16+00:00"),
    ],
)
def test_the_time_of_a_line(line: str, expected: str) -> None:
    (event,) = read(line)
    assert event.time == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "line",
    [
        "2026-99-22T19:12:16Z hi",
        "[2026-02-31 19:15:32 +0000] x",
        "1:M 99 Nov 2026 19:15:24.970 * Ready",
        '{"msg":"a","time":1e300}',
        '{"msg":"a","time":"soon"}',
        '{"msg":"a","time":true}',
        "0001-01-01T00:00:00+23:00 x",
    ],
)
def test_an_impossible_time_is_no_time(line: str) -> None:
    (event,) = read(line)
    assert event.time is None


def test_the_engines_stamp_is_taken_off() -> None:
    (event,) = read("2026-11-22T19:12:16.123456789Z ERROR:    boom")
    assert event.text == "ERROR:    boom"


def test_a_json_line_gives_message_and_traceback() -> None:
    (event,) = read(
        '{"level":"error","msg":"boom","exc_info":"Traceback (most recent call'
        ' last):\\n  File \\"/app/x.py\\", line 3, in f\\n    g()\\nKeyError: \'a\'"}'
    )
    assert event.level == "error"
    assert event.text.startswith("boom\nTraceback")
    (found,) = traces([event])
    assert found.frame == Frame("/app/x.py", 3, "f")


@pytest.mark.parametrize(
    ("line", "level", "text"),
    [
        ('{"levelname": "WARNING", "message": "m"}', "warning", "m"),
        ('{"severity": "CRITICAL", "event": "e"}', "critical", "e"),
        ('{"level": 50, "msg": "pino"}', "error", "pino"),
        ('{"level": 10, "msg": "pino"}', "debug", "pino"),
        ('{"msg": "m", "err": {"stack": "Error: x"}}', "", "m\nError: x"),
        ('{"msg": "m", "error": "cannot connect"}', "", "m\ncannot connect"),
        ('{"error": "cannot connect"}', "", "cannot connect"),
        ('{"log": "from the engine\\n", "stream": "stderr"}', "", "from the engine"),
        ('{"a": 1}', "", '{"a": 1}'),
        ('{"msg": ""}', "", '{"msg": ""}'),
        ("{broken}", "", "{broken}"),
        ("{" * 50_000 + "}", "", "{" * 50_000 + "}"),
    ],
)
def test_json_of_all_kinds(line: str, level: str, text: str) -> None:
    (event,) = read(line)
    assert (event.level, event.text) == (level, text)


def test_colours_and_control_characters_go() -> None:
    (event,) = read(
        b"\x1b[31mERROR\x1b[0m:    \x1b]0;title\x07bo\x00om \xff\xfe \x1b(B\r\n"
    )
    assert event.level == "error"
    assert event.text.startswith("ERROR:    boom \ufffd\ufffd ")
    assert not set(event.text) & {"\x00", "\r"}


def test_a_carriage_return_within_a_line_stays_visible() -> None:
    (event,) = read(b"/usr/bin/env: 'bash\r': No such file\r\n")
    assert event.text == "/usr/bin/env: 'bash\\r': No such file"


def test_a_line_of_megabytes_is_cut() -> None:
    (event,) = read(b"x" * 5_000_000)
    assert len(event.text) < LINE_LIMIT + 50
    assert event.text.endswith(f"[{5_000_000 - LINE_LIMIT} more left out]")


def test_an_event_without_end_is_divided() -> None:
    found = read("start\n" + "  more\n" * (2 * EVENT_LINES))
    assert [event.lines for event in found] == [EVENT_LINES, EVENT_LINES, 1]


def test_lines_may_come_one_by_one() -> None:
    text = CHAINED.encode()
    assert list(events(text.splitlines(keepends=True), "a")) == read(text, "a")
    assert list(events(text.splitlines(), "a")) == read(text, "a")


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/app/app/main.py", True),
        ("app/main.py", True),
        ("/usr/local/lib/python3.11/site-packages/x.py", False),
        ("/usr/lib/python3/dist-packages/x.py", False),
        ("/usr/local/lib/python3.11/asyncio/runners.py", False),
        ("<frozen importlib._bootstrap>", False),
        ("<string>", False),
        ("/usr/local/bin/uvicorn", False),
        ("/app/bin/start.py", False),
        ("node:internal/modules/cjs/loader", False),
        ("/app/node_modules/next/dist/server.js", False),
        ("/app/.next/server/app/page.js", True),
    ],
)
def test_whose_file_it_is(path: str, ours: bool) -> None:
    assert is_project_file(path) is ours
