"""Reads a log for a test."""

from tasks.core.logs.parse import LogEvent, events
from tasks.core.logs.tracebacks import Trace, traces


def read(text: str | bytes, service: str = "backend") -> list[LogEvent]:
    return list(events(text, service))


def trace(text: str) -> Trace:
    (found,) = traces(read(text))
    return found


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
