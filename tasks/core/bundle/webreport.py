"""What ``report.html`` and ``debug-note.md`` show, from what a bundle holds.

Pure: values in, template contexts out. Whatever a log says is data here and
stays data: in the page it is JSON with every ``<`` written as an escape, and
the page's script sets it as text, never as markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from ..logs.events import Event
from ..logs.lines import LEVELS, Line
from ..logs.timeline import Timeline, build
from ..model import SEVERITY, Report
from ..moments import epoch
from ..snapshot import Snapshot
from .layout import Manifest
from .tables import ps_table, state

#: Lines that a report holds; the newest of each container, shared out fairly.
MOST_LINES = 50_000
#: Lines of the service in question that stand in the page and the note as text.
LAST_LINES = 50

#: Control, format and bidirectional characters: what a reader could not see.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


class Verdict(NamedTuple):
    """The first thing to read.

    Attributes:
        tone: ``bad``, ``warn`` or ``good``.
        title: the cause, or that nothing failed.
        where: service, category and confidence.
        command: what to type; may be empty.
    """

    tone: str
    title: str
    where: str = ""
    evidence: tuple[str, ...] = ()
    command: str = ""
    advice: str = ""


class Material(NamedTuple):
    """Everything a report is made from, live or read back from a bundle."""

    snapshot: Snapshot
    report: Report
    manifest: Manifest
    events: Sequence[Event]
    logs: Mapping[str, Sequence[Line]]


def verdict(report: Report) -> Verdict:
    """Return what is wrong first, in one sentence, and the command for it."""
    if report.diagnoses:
        first = report.diagnoses[0]
        where = [first.service or "", first.category, first.confidence]
        return Verdict(
            "bad",
            first.cause,
            " · ".join(word for word in where if word),
            first.evidence,
            f"inv {first.fix}" if first.fix else "",
            first.advice,
        )
    loud = [f for f in report.checks if f.status in ("fail", "warn")]
    for finding in sorted(loud, key=lambda f: SEVERITY[f.status]):
        tone = "bad" if finding.status == "fail" else "warn"
        command = f"inv {finding.fix}" if finding.fix else ""
        return Verdict(tone, finding.summary, finding.id, finding.evidence, command)
    skipped = sum(f.status == "skip" for f in report.checks)
    if skipped:
        return Verdict("warn", f"Nothing failed, but {skipped} checks could not look")
    return Verdict("good", f"Nothing failed: all {len(report.checks)} checks passed")


def focus(snapshot: Snapshot, report: Report) -> str:
    """Return the service whose last lines are worth reading first."""
    for diagnosis in report.diagnoses:
        if diagnosis.service:
            return diagnosis.service
    roles = snapshot.model.roles if snapshot.model else {}
    return roles.get("backend", "")


def page(material: Material) -> dict[str, object]:
    """Return the context of ``report.html.j2``."""
    logs = {name: list(ls) for name, ls in shared_out(material.logs).items()}
    snapshot, report = material.snapshot, material.report
    service = focus(snapshot, report)
    timeline = build(snapshot, material.events, logs)
    return {
        "verdict": verdict(report),
        "causes": report.diagnoses[1:],
        "findings": sorted(report.checks, key=lambda f: SEVERITY[f.status]),
        "stack": report.stack,
        "manifest": material.manifest,
        "snapshot": snapshot,
        "timeline": timeline,
        "states": {c.name: state(c) for c in snapshot.containers or ()},
        "levels": LEVELS,
        "focus": service,
        "last": last_lines(snapshot, material.logs, service),
        "ps": ps_table(snapshot),
        "data": embedded(logs, snapshot, timeline),
        "held": sum(map(len, logs.values())),
        "all_lines": sum(map(len, material.logs.values())),
    }


def note(material: Material) -> dict[str, object]:
    """Return the context of ``debug-note.md.j2``."""
    snapshot, report = material.snapshot, material.report
    backend = (snapshot.model.roles if snapshot.model else {}).get("backend", "")
    service = backend or focus(snapshot, report)
    return {
        "verdict": verdict(report),
        "causes": report.diagnoses,
        "findings": [f for f in report.checks if f.status in ("fail", "warn")],
        "passed": [f.id for f in report.checks if f.status == "pass"],
        "skipped": [f for f in report.checks if f.status == "skip"],
        "stack": report.stack,
        "manifest": material.manifest,
        "snapshot": snapshot,
        "service": service,
        "last": last_lines(snapshot, material.logs, service),
        "ps": ps_table(snapshot),
    }


def last_lines(
    snapshot: Snapshot, logs: Mapping[str, Sequence[Line]], service: str
) -> list[str]:
    """Return the service's last lines, whatever can't be seen made visible."""
    names = {c.name for c in snapshot.containers or () if c.service == service}
    lines = sorted(
        (line for name in names for line in logs.get(name, ())),
        key=lambda line: line.at,
    )
    return [visible(line.text) for line in lines[-LAST_LINES:]]


def visible(text: str) -> str:
    """Return the text with control and direction characters as escapes."""
    return _UNSEEN.sub(_escape, text)


def shared_out(
    logs: Mapping[str, Sequence[Line]], most: int = MOST_LINES
) -> dict[str, Sequence[Line]]:
    """Return the newest lines of each container, at most ``most`` in all.

    A chatty container must not push out the one that crashed: what a quiet one
    doesn't need of its share goes to the others.
    """
    left, kept = most, {}
    by_length = sorted(logs, key=lambda name: len(logs[name]))
    for index, name in enumerate(by_length):
        share = left // (len(by_length) - index)
        lines = logs[name]
        kept[name] = lines[max(0, len(lines) - share) :]
        left -= len(kept[name])
    return {name: kept[name] for name in logs}


def embedded(
    logs: Mapping[str, Sequence[Line]], snapshot: Snapshot, timeline: Timeline
) -> bytes:
    """Return all lines in order of time as JSON that is safe inside a script tag.

    Columns rather than rows: a browser parses 50,000 lines in 50 ms.
    """
    names = list(logs)
    services = {c.name: c.service for c in snapshot.containers or ()}
    rows = [
        (line.at, index, line.level, line.text)
        for index, name in enumerate(names)
        for line in logs[name]
    ]
    rows.sort(key=lambda row: row[0])
    base = int(rows[0][0]) if rows else int(epoch(snapshot.taken) or 0)
    document = {
        "containers": names,
        "services": [services.get(name, name) for name in names],
        "levels": LEVELS,
        "start": timeline.start,
        "end": timeline.end,
        "base": base,
        "ms": [max(0, round((row[0] - base) * 1000)) for row in rows],
        "container": [row[1] for row in rows],
        "level": [row[2] for row in rows],
        "text": [row[3] for row in rows],
    }
    data = msgspec.json.encode(document)
    for char in "<>&\u2028\u2029":
        data = data.replace(char.encode(), b"\\u%04x" % ord(char))
    return data


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
