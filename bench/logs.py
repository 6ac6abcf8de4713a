"""Log lines as a web stack writes them: any number of bytes, always the same."""

from __future__ import annotations

import random
from pathlib import Path

#: Larger than any compressor's window, so that repeating it gains none.
BLOCK = 8_000_000

_PATHS = ("/health", "/api/v1/people", "/api/v1/schedules", "/api/v1/auth/me", "/login")
_QUERIES = (
    "SELECT people.id, people.name, people.email FROM people WHERE people.id = %(id)s",
    "SELECT count(*) AS count_1 FROM rotation_templates",
    "UPDATE schedules SET state='done' WHERE schedules.id = %(id)s",
)
#: What the containers of a stack say, by how often out of 1000.
_FORMS = {
    550: 'INFO:     {ip}:{port} - "GET {path}?page={n} HTTP/1.1" {status}',
    200: "[2026-01-05 {clock}: INFO/MainProcess] Task app.worker.count_data[{id}] "
    "succeeded in {part}s: {{'people': {n}}}",
    220: "2026-01-05 {clock} UTC [{n}] LOG:  duration: {part} ms  statement: {query}",
    20: "2026-01-05 {clock} UTC [{n}] WARNING:  there is already a transaction",
    5: """Traceback (most recent call last):
  File "/app/app/api/schedules.py", line 61, in generate
    raise RuntimeError("no template for the weeks after the {n}th")
RuntimeError: no template for the weeks after the {n}th""",
    3: "2026-01-05 {clock} UTC [{n}] ERROR:  duplicate key value violates unique "
    'constraint "people_{n}_key"',
    2: "[2026-01-05 {clock}: DEBUG/MainProcess] connecting to "
    "postgresql://scheduler:{id}@db:5432/scheduler",
}
_STATUSES = ("200 OK", "200 OK", "200 OK", "307 Temporary Redirect", "404 Not Found")


def write(path: Path, size: int) -> None:
    """Write ``size`` bytes of log lines.

    Nine lines of ten are requests, tasks and queries; tracebacks, database
    errors and lines with a secret in them are as rare as in life.
    """
    block = "".join(_lines(random.Random(1))).encode()
    with path.open("wb") as file:
        while file.tell() + len(block) <= size:
            file.write(block)
        rest = block[: size - file.tell()]
        file.write(rest[: rest.rfind(b"\n") + 1])


def _lines(chance: random.Random) -> list[str]:
    lines: list[str] = []
    size, second = 0, 0.0
    forms, weights = list(_FORMS.values()), list(_FORMS)
    while size < BLOCK:
        second += chance.expovariate(20)
        form = chance.choices(forms, weights)[0]
        lines.append(form.format_map(_values(chance, second)) + "\n")
        size += len(lines[-1])
    return lines


def _values(chance: random.Random, second: float) -> dict[str, object]:
    hour, minute = int(second) // 3600 % 24, int(second) // 60 % 60
    return {
        "clock": f"{hour:02}:{minute:02}:{second % 60:06.3f}",
        "ip": f"172.18.0.{chance.randrange(2, 9)}",
        "port": chance.randrange(30_000, 60_000),
        "path": chance.choice(_PATHS),
        "n": chance.randrange(1_000_000),
        "id": f"{chance.getrandbits(128):032x}",
        "part": f"{chance.random():.6f}",
        "status": chance.choice(_STATUSES),
        "query": chance.choice(_QUERIES),
    }
