"""Lines that belong together are one event, with its chain of causes."""

from datetime import UTC, datetime

from tasks.core.logs.parse import LogEvent, events
from tasks.core.logs.tracebacks import Frame, traces

from .logreading import CHAINED, read, trace


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
