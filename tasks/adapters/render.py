"""The one printer: reports for people at 80 columns, JSON for programs.

Results go to stdout, everything else (progress, notes, errors) to stderr.
Colour is for terminals only; ``NO_COLOR`` takes it away, ``FORCE_COLOR`` gives it
to pipes as well.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.errors import Stop
    from ..core.model import Diagnosis, Finding, Report

_TIMES = re.compile(r" \(\d+ times\)$")
_STYLES = {"red": "31", "yellow": "33", "green": "32", "dim": "2", "bold": "1"}
_LABELS = {
    "fail": ("FAIL", "red"),
    "warn": ("WARN", "yellow"),
    "skip": ("skip", "dim"),
    "pass": ("ok", "green"),
}


def width() -> int:
    """Return the columns to fill: the terminal's, never more than 100."""
    return min(shutil.get_terminal_size((80, 24)).columns, 100)


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """Return the text in a style if the stream is a terminal that wants it."""
    stream = stream or sys.stdout
    wanted = stream.isatty() or os.environ.get("FORCE_COLOR")
    if not wanted or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def out(text: str = "") -> None:
    """Print a line of a result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a line that is not the result: progress, a hint, an echo."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def echo(argv: Iterable[str]) -> None:
    """Show a command before it runs, so that it can be copied."""
    import shlex

    note(paint(f"$ {shlex.join(argv)}", "dim", sys.stderr))


def interactive() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str) -> str:
    """Ask on the terminal and return the answer; empty at its end."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def line(value: object) -> None:
    """Print one JSON document on one line, for who reads a stream of them."""
    import msgspec

    out(msgspec.json.encode(value).decode())


def document(value: object) -> None:
    """Print one JSON document and nothing else."""
    import msgspec

    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(data.decode() + "\n")
    sys.stdout.flush()


def flush() -> None:
    """Hand on what Invoke itself has printed."""
    sys.stdout.flush()


def hang_up() -> None:
    """Print nothing more to stdout: who read it (head, less) has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reader_gone() -> bool:
    """Tell whether who read stdout (head, less) has gone."""
    import select

    poll = select.poll()
    poll.register(sys.stdout, 0)  # errors are always told
    return bool(poll.poll(0))


def error(message: str, hint: str) -> None:
    """Print why nothing more is done, and what to do about it."""
    lines = [f"error: {message}", *([f"  → {hint}"] if hint else [])]
    for text, mark, style in zip(lines, ("error:", "→"), ("red", "bold"), strict=False):
        # Only on a terminal: what is searched or pasted stays in one piece.
        cut = folded(text) if sys.stderr.isatty() else [text]
        cut[0] = cut[0].replace(mark, paint(mark, style, sys.stderr), 1)
        note("\n".join(cut))


def folded(text: str) -> list[str]:
    """Return a line as lines that fit, those that follow indented."""
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text,
        width(),
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def stop(reason: Stop) -> None:
    """Print an expected failure."""
    error(reason.message, reason.hint)


def defect(problem: Exception) -> None:
    """Print a failure of Unstuck itself in one line; keep the traceback in a file."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="unstuck-defect-", suffix=".txt", delete=False
    ) as file:
        file.write("".join(traceback.format_exception(problem)))
    error(
        f"this is a defect of Unstuck: {type(problem).__name__}: {problem}",
        f"please report it with {file.name}",
    )


class Progress:
    """One line of progress on stderr, kept current on a terminal.

    Elsewhere each step is a line of its own, printed once.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.began = time.monotonic()
        self.live = sys.stderr.isatty()

    def step(self, text: str) -> None:
        """Show what is being done now."""
        line = f"{self.title}: {text}"
        if self.live:
            seconds = f" {time.monotonic() - self.began:.0f} s"
            room = width() - len(seconds) - 1
            sys.stderr.write(
                f"\r\x1b[K{line[:room]}{paint(seconds, 'dim', sys.stderr)}"
            )
            sys.stderr.flush()
        else:
            note(line)

    def tick(self, text: str) -> None:
        """Show the last line of what runs; only where it can be overwritten."""
        if self.live:
            self.step(text)

    def close(self) -> None:
        """Take the line away."""
        if self.live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def report(found: Report) -> None:
    """Print a report: causes first, then what failed, then what passed."""
    for line in report_lines(found):
        out(line)


def report_lines(found: Report) -> list[str]:
    """Return the lines of a report, at most `width` columns each."""
    stack = found.stack
    head = " · ".join(
        part
        for part in (
            stack.project,
            stack.engine and f"Engine {stack.engine}",
            stack.compose and f"Compose {stack.compose}",
            stack.context,
        )
        if part
    )
    lines = [paint(head, "bold"), ""] if head else []
    for diagnosis in found.diagnoses:
        lines += [*diagnosis_lines(diagnosis), ""]
    loud = [f for f in found.checks if f.status in ("fail", "warn")]
    loud.sort(key=lambda f: f.status != "fail")
    causes = {diagnosis.cause for diagnosis in found.diagnoses}
    fixes = {diagnosis.fix for diagnosis in found.diagnoses} | {"fix.auto"}
    for finding in loud:
        if finding.summary in causes:
            lines.append(_row(finding))  # it has just been said, as a cause
        elif len(loud) > 1 and found.diagnoses:
            # One screen: the causes tell; inv check.<id> has all of the evidence.
            told = finding.fix if finding.fix not in fixes else None
            lines += _loud(finding, most=3, limit=1, fix=told)
        else:
            lines += _loud(finding, most=6, limit=2, fix=finding.fix)
    quiet = [f for f in found.checks if f.status in ("pass", "skip")]
    if loud and quiet:
        lines.append("")
    for finding in quiet:
        lines += _quiet(finding)
    return [*lines, "", summary(found)]


def summary(found: Report) -> str:
    """Return the last line: how many of each, how long, what to type."""
    counts = {
        word: sum(f.status == status for f in found.checks)
        for status, word in (
            ("fail", "failed"),
            ("warn", "warned"),
            ("pass", "passed"),
            ("skip", "skipped"),
        )
    }
    style = "red" if counts["failed"] else "yellow" if counts["warned"] else "green"
    words = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
    return paint(f"{words} in {found.seconds:.1f} s", style)


def diagnosis_lines(cause: Diagnosis) -> list[str]:
    """Return the lines of one root cause: sentence, evidence, what to type."""
    lead = paint("✗", "red")
    text = f"{cause.cause}"
    first, *more = wrap(text, "  ")
    lines = [f"{lead} {paint(first.strip(), 'bold')}"]
    lines += [f"  {paint(line.strip(), 'bold')}" for line in more]
    where = f"{cause.category}, {cause.confidence}"
    if cause.service:
        where = f"{cause.service} · {where}"
    lines.append(paint(f"  {where}", "dim"))
    for piece in distinct(cause.evidence)[:4]:
        lines += wrap(piece, "    ", limit=2)
    if cause.consequences:
        lines.append(paint("  what follows from it:", "dim"))
        for piece in cause.consequences[:5]:
            lines += wrap(piece, "    ", limit=1)
    lines += _remedy(cause.fix, cause.advice, "  ")
    return lines


def distinct(evidence: Iterable[str]) -> list[str]:
    """Return evidence without what was seen in the same words elsewhere as well."""
    first: dict[str, str] = {}
    for piece in evidence:
        where, colon, what = piece.partition(": ")
        first.setdefault(_TIMES.sub("", what) if colon else where, piece)
    return list(first.values())


def _loud(finding: Finding, most: int, limit: int, fix: str | None) -> list[str]:
    lines = [_row(finding, limit=limit + 1)]
    for piece in finding.evidence[:most]:
        lines += wrap(piece, " " * 19, limit)
    return lines + _remedy(fix, "", " " * 17)


def _quiet(finding: Finding) -> list[str]:
    lines = [_row(finding)]
    for piece in finding.evidence:
        # Half a look is no whole pass: what was not seen is said.
        if piece.startswith("not checked"):
            lines += [paint(line, "dim") for line in wrap(piece, " " * 19, limit=1)]
    return lines


def _remedy(fix: str | None, advice: str, indent: str) -> list[str]:
    if fix:
        return [f"{indent}{paint('→', 'bold')} {paint(f'inv {fix}', 'bold')}"]
    return wrap(f"→ {advice}", indent, hanging="  ") if advice else []


def _row(finding: Finding, limit: int = 1) -> str:
    label, style = _LABELS[finding.status]
    lines = wrap(finding.summary, " " * 17, limit=limit)
    lines[0] = f"{paint(f'{label:<5}', style)}{finding.id:<12}{lines[0].lstrip()}"
    return "\n".join(lines)


def wrap(text: str, indent: str, limit: int = 4, hanging: str = "") -> list[str]:
    """Return the text in lines that fit, the rest of it cut with an ellipsis.

    A word that is longer than a line, an address most often, loses its middle.
    """
    from ..core.shorten import shorten

    room = width() - len(indent) - len(hanging)
    words = "".join(c if c.isprintable() else " " for c in text).split()
    lines = textwrap.wrap(
        " ".join(_narrow(word, room) for word in words), room, break_on_hyphens=False
    ) or [""]
    if len(lines) > limit:
        rest = " ".join(lines[limit - 1 :])
        lines = [*lines[: limit - 1], f"{shorten(rest, room - 1)}…"]
    return [indent + lines[0], *(indent + hanging + line for line in lines[1:])]


def _narrow(word: str, room: int) -> str:
    if len(word) <= room:
        return word
    tail = room * 2 // 3
    return f"{word[: room - tail - 1]}…{word[-tail:]}"


def screen(lines: Iterable[str], footer: str) -> None:
    """Replace what the terminal shows; elsewhere print it below the last."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[H\x1b[2J\x1b[3J")
    moment = time.strftime("%H:%M:%S")
    out("\n".join([*lines, paint(f"{moment} · {footer}", "dim")]))


def picture(text: str, title: str) -> str:
    """Return an SVG of what a terminal shows, fonts left to the reader's machine."""
    import io
    import re

    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=80, file=io.StringIO())
    console.print(Text.from_ansi(text), soft_wrap=False)
    drawn = console.export_svg(title=title)
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
