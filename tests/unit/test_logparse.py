"""Logs are read as they are: nothing is lost, nothing is made up."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.logs.parse import EVENT_LINES, LINE_LIMIT, LogEvent, events
from tasks.core.logs.tracebacks import Frame, Trace, is_project_file, traces


def read(text: str | bytes, service: str = "backend") -> list[LogEvent]:
    return list(events(text, service))


def trace(text: str) -> Trace:
    (found,) = traces(read(text))
    return found


# --- levels and times -------------------------------------------------------


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


# --- what belongs together --------------------------------------------------

CHAINED = """\
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/sqlalchemy/engine/b.py", line 1967, in go
    self.dialect.do_execute(
  File "/venv/lib/python3.11/site-packages/sqlalchemy/engine/d.py", line 941, in do
    cursor.execute(statement, parameters)
psycopg2.errors.UndefinedColumn: column people.pgy_level does not exist
LINE 1: SELECT people.id AS people_id, people.pgy_level AS people_pgy_level
                                       ^

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/starlette/routing.py", line 74, in app
    response = await func(request)
  File "/app/app/api/people.py", line 31, in list_people
    return db.query(Person).all()
  File "/venv/lib/python3.11/site-packages/sqlalchemy/orm/query.py", line 2673, in all
    return self._iter().all()
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedColumn) column x.y is gone
LINE 1: SELECT people.id AS people_id, people.pgy_level AS people_pgy_level
                                       ^

[SQL: SELECT people.id AS people_id FROM people]
(Background on this error at: https://sqlalche.me/e/20/f405)
INFO:     172.18.0.1:48632 - "GET /health HTTP/1.1" 200 OK
"""


def test_a_chained_traceback_is_one_event() -> None:
    first, second = read(CHAINED)
    assert first.level == "error"
    assert first.text.startswith("ERROR:    Exception in ASGI")
    assert first.text.endswith("e/20/f405)")
    assert (second.level, second.line) == ("info", CHAINED.count("\n") - 1)


def test_the_chain_of_a_traceback() -> None:
    found = trace(CHAINED)
    assert [raised.type for raised in found.chain] == [
        "psycopg2.errors.UndefinedColumn",
        "sqlalchemy.exc.ProgrammingError",
    ]
    assert [raised.link for raised in found.chain] == ["", "cause"]
    assert found.root.type == "psycopg2.errors.UndefinedColumn"
    assert found.last.message.startswith("(psycopg2.errors.UndefinedColumn) column")
    assert found.frame == Frame("/app/app/api/people.py", 31, "list_people")


def test_what_follows_a_failed_look_up_is_not_blamed_on_it() -> None:
    found = trace(
        """\
Traceback (most recent call last):
  File "/app/cache.py", line 3, in get
    return self.data[key]
KeyError: 'people'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/cache.py", line 5, in get
    self.data[key] = load(key)
ConnectionRefusedError: [Errno 111] Connection refused
"""
    )
    assert [raised.link for raised in found.chain] == ["", "context"]
    assert found.root.type == "ConnectionRefusedError"
    assert found.frame == Frame("/app/cache.py", 5, "get")


def test_an_error_while_handling_another_follows_from_it() -> None:
    found = trace(
        """\
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/redis/connection.py", line 3, in connect
    sock = self._connect()
OSError: [Errno 113] No route to host

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/worker.py", line 9, in <module>
    ping()
redis.exceptions.ConnectionError: Error 113 connecting to redis:6379.
"""
    )
    assert found.root.type == "OSError"
    assert found.frame == Frame("/app/worker.py", 9, "<module>")


def test_a_message_of_several_lines_is_kept_whole() -> None:
    found = trace(
        """\
Traceback (most recent call last):
  File "/app/config.py", line 7, in <module>
    settings = Settings()
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
database_url
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.14/v/missing
"""
    )
    assert "database_url\n  Field required" in found.root.message


def test_a_crash_loop_without_stamps_is_several_events() -> None:
    once = (
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 1, in <module>\n'
        "    import nothere\n"
        "ModuleNotFoundError: No module named 'nothere'\n"
    )
    assert len(read(once * 3)) == 3
    assert len(list(traces(read(once * 3)))) == 3


def test_a_syntax_error_has_its_place() -> None:
    found = trace(
        '  File "/app/app/syn.py", line 4\n'
        "    def f(:\n"
        "          ^\n"
        "SyntaxError: invalid syntax\n"
    )
    assert found.root.type == "SyntaxError"
    assert found.frame == Frame("/app/app/syn.py", 4, "")


def test_an_exception_group_gives_its_member() -> None:
    found = trace(
        """\
ERROR:    Exception in ASGI application
  + Exception Group Traceback (most recent call last):
  |   File "/venv/lib/python3.11/site-packages/starlette/u.py", line 76, in go
  |     yield
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/app/main.py", line 12, in middleware
    |     raise ValueError("boom")
    | ValueError: boom
    +------------------------------------
"""
    )
    assert [(raised.type, raised.message) for raised in found.chain] == [
        ("ValueError", "boom")
    ]
    assert found.frame == Frame("/app/app/main.py", 12, "middleware")


def test_celery_carries_the_tracebacks_of_its_processes() -> None:
    found = trace(
        '''\
[2026-11-22 19:26:20,914: ERROR/MainProcess] Task handler raised: WorkerLostError()
Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/billiard/pool.py", line 1367, in mark
    raise WorkerLostError(
billiard.einfo.ExceptionWithTraceback:
"""
Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/billiard/pool.py", line 1367, in mark
    raise WorkerLostError(
billiard.exceptions.WorkerLostError: Worker exited: signal 9 Job: 2.
"""
'''
    )
    assert found.root.type == "billiard.exceptions.WorkerLostError"
    assert found.root.message.endswith("Job: 2.")
    assert found.frame is None


def test_a_node_stack_with_its_cause() -> None:
    text = """\
TypeError: fetch failed
    at node:internal/deps/undici/undici:14976:13
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async load (/app/src/lib/api.ts:7:11) {
  [cause]: Error: getaddrinfo ENOTFOUND backend
      at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26) {
    errno: -3008,
    code: 'ENOTFOUND',
  }
}
"""
    (event,) = read(text)
    assert event.level == "error"
    found = trace(text)
    assert found.language == "node"
    assert (found.root.type, found.root.message) == (
        "Error",
        "getaddrinfo ENOTFOUND backend",
    )
    assert (found.last.type, found.last.message) == ("TypeError", "fetch failed")
    assert found.frame == Frame("/app/src/lib/api.ts", 7, "load")


def test_a_plain_message_is_no_trace() -> None:
    assert list(traces(read("ERROR: something\nError: without a stack\n"))) == []


def test_postgres_details_belong_to_their_error() -> None:
    first, second = read(
        "2026-11-22 19:23:44.595 UTC [1] FATAL:  database files are incompatible\n"
        "2026-11-22 19:23:44.595 UTC [1] DETAIL:  The data directory was\n"
        "2026-11-22 19:23:44.600 UTC [1] LOG:  database system is shut down\n"
    )
    assert (first.level, first.lines) == ("critical", 2)
    assert second.level == "info"


def test_plain_lines_are_events_of_their_own() -> None:
    assert [event.text for event in read("one\ntwo\n\nthree\n")] == [
        "one",
        "two",
        "three",
    ]


def test_what_comes_later_is_another_event() -> None:
    first, second = read(
        "2026-11-22T19:12:16Z ERROR: a\n2026-11-22T19:12:26Z   indented, much later\n"
    )
    assert (first.lines, second.lines) == (1, 1)


def test_interleaved_services_are_told_apart() -> None:
    found = sorted(
        events(
            "Attaching to backend-1, db-1\n"
            "backend-1  | Traceback (most recent call last):\n"
            "db-1       | 2026-11-22 19:12:16.816 UTC [6] FATAL:  the end | of it\n"
            'backend-1  |   File "/app/main.py", line 1, in <module>\n'
            "my.db_x    | a name without a number\n"
            "backend-1  | KeyError: 'DATABASE_URL'\n"
        ),
        key=lambda event: event.line,
    )
    assert [(event.service, event.line, event.lines) for event in found] == [
        ("", 0, 1),
        ("backend", 1, 3),
        ("db", 2, 1),
        ("my.db_x", 4, 1),
    ]
    assert found[2].text.endswith("the end | of it")


def test_stamps_behind_the_services_name() -> None:
    (event,) = events("api_1 | 2026-11-22T19:12:16Z INFO:     up\n" * 1)
    assert event == LogEvent(
        "api",
        datetime(2026, 11, 22, 19, 12, 16, tzinfo=UTC),
        "info",
        "INFO:     up",
        0,
        1,
    )


def test_a_table_is_no_list_of_services() -> None:
    (event, *_) = read(" id | name\n----+------\n  1 | Ann\n")
    assert event.service == "backend"


# --- JSON -------------------------------------------------------------------


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


# --- bytes of all kinds -----------------------------------------------------


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


# --- whatever comes ---------------------------------------------------------

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
