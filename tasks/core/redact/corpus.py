"""The redaction corpus: what must go, what must stay, and how many did.

The files are TOML with templates (see `made_up`); ``survivors*.txt`` hold one
look-alike a line. A planted secret counts as gone only if no stretch of six
characters of it is left, in the form it was written in or plain.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .made_up import FORMS, make
from .personal import PersonalRules
from .redactor import Redactor
from .tokens import TOKEN

#: Characters of a secret that must not be left in a row.
WINDOW = 6

#: The file of what is known not to be found; loaded only by its name.
LIMITS = "limits"

#: Services of the made-up stack.
NAMES = ("db", "redis", "backend", "scheduler")

_MARKER = re.compile(r"\{\{(~?)([^{}]+)\}\}")


@dataclass(frozen=True)
class Plant:
    """A text with made-up secrets in it.

    Attributes:
        shape: the kind of place the secrets stand in.
        text: what a program would have written.
        secrets: the secrets as they stand in the text, and in plain.
        frame: the text around the secrets, in order: one part more than there
            are secrets in the text.
    """

    shape: str
    text: str
    secrets: tuple[str, ...]
    frame: tuple[str, ...]


@dataclass(frozen=True)
class Corpus:
    """Everything the files hold, made up with a fixed seed.

    Attributes:
        sources: where, key and value: what the redactor learns from.
        columns: columns that the made-up user called personal.
        patterns: patterns of personal data, likewise.
    """

    sources: tuple[tuple[str, str, str], ...]
    columns: tuple[str, ...]
    patterns: tuple[str, ...]
    plants: tuple[Plant, ...]
    survivors: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """How a redactor did on a corpus.

    Attributes:
        missed: the plants of which something is left, each with its output.
        damaged: the look-alikes that did not survive, each with its output.
        blurred: plants whose secrets went, but with text around them.
    """

    planted: int
    shapes: int
    survivors: int
    missed: tuple[tuple[Plant, str], ...] = field(repr=False)
    damaged: tuple[tuple[str, str], ...] = field(repr=False)
    blurred: tuple[tuple[Plant, str], ...] = field(repr=False)

    @property
    def recall(self) -> float:
        """Share of the planted secrets that went, 0 to 1."""
        return 1 - len(self.missed) / max(self.planted, 1)

    @property
    def damage(self) -> float:
        """Share of the look-alikes that did not survive, 0 to 1."""
        return len(self.damaged) / max(self.survivors, 1)


def load(directory: Path, part: str = "*") -> Corpus:
    """Return the corpus in ``directory``, or the files of it that fit ``part``.

    Raises:
        OSError: a file can't be read.
        KeyError: a template names a kind or a form that does not exist.
    """
    values: dict[str, str] = {}
    sources: list[tuple[str, str, str]] = []
    stack = tomllib.loads((directory / "stack.toml").read_text("utf-8"))
    for source in stack["source"]:
        value = _source_value(source["key"], source["value"], values)
        sources.append((source["where"], source["key"], value))
    plants: list[Plant] = []
    for path in sorted(directory.glob(f"{part}.toml")):
        if path.stem not in ("stack", LIMITS) or path.stem == part:
            tables = tomllib.loads(path.read_text("utf-8"))["shape"]
            plants += [p for table in tables for p in _plants(table, values)]
    lines = [
        line
        for path in sorted(directory.glob(f"survivors{part}.txt"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return Corpus(
        sources=tuple(sources),
        columns=tuple(stack["personal"]["columns"]),
        patterns=tuple(stack["personal"]["patterns"]),
        plants=tuple(plants),
        survivors=tuple(line for line in lines if line and line[0] != "#"),
    )


def _source_value(key: str, template: str, values: dict[str, str]) -> str:
    """Make a source's value; ``{{url:NAME}}`` makes and names a part of it."""

    def one(match: re.Match[str]) -> str:
        kind, _, name = match[2].partition(":")
        if kind != "url":
            return make(match[2], random)
        values[name] = make("alnum:8", random) + "/" + make("alnum:8", random)
        return FORMS["url"](values[name])

    random = Random(f"stack/{key}")  # noqa: S311 - repeatable on purpose
    value = _MARKER.sub(one, template)
    values[key] = value
    return value


def _plants(table: dict[str, object], values: dict[str, str]) -> Iterator[Plant]:
    shape, templates = table["name"], table["plant"]
    if not isinstance(shape, str) or not isinstance(templates, list):
        raise TypeError(f"a shape needs a name and a list of plants: {table}")
    for number, template in enumerate(templates):
        yield _plant(shape, str(template), Random(f"{shape}/{number}"), values)  # noqa: S311


def _plant(shape: str, template: str, random: Random, values: dict[str, str]) -> Plant:
    text, secrets, frame = "", [], [""]
    end = 0
    for match in _MARKER.finditer(template):
        between = template[end : match.start()]
        end = match.end()
        name, _, form = match[2].rpartition("|")
        if form not in FORMS:
            name, form = match[2], ""
        plain = values[name] if name in values else make(name, random)
        written = FORMS[form](plain) if form else plain
        text += between + written
        if match[1]:
            frame[-1] += between + written
            continue
        frame[-1] += between
        frame.append("")
        secrets += [written, plain]
    frame[-1] += template[end:]
    return Plant(shape, text + template[end:], tuple(secrets), tuple(frame))


def report(directory: Path, *, plain: bool = False) -> Report:
    """Return how today's redactor does on the corpus in ``directory``.

    Args:
        directory: ``tests/fixtures/redaction`` of a checkout.
        plain: do without hyperscan.

    Raises:
        OSError: a file can't be read.
    """
    corpus = load(directory)
    redactor = Redactor.learn(
        corpus.sources,
        names=NAMES,
        personal=PersonalRules(corpus.columns, corpus.patterns),
        plain=plain,
    )
    return judge(corpus, redactor.text, TOKEN)


def judge(
    corpus: Corpus, redact: Callable[[str], str], token: re.Pattern[str]
) -> Report:
    """Return how ``redact`` does on the corpus.

    Args:
        corpus: what `load` returned.
        redact: from text to text without secrets.
        token: what a secret's replacement looks like.
    """
    missed, blurred, damaged = [], [], []
    for plant in corpus.plants:
        output = redact(plant.text)
        bare = token.sub("\0", output)
        if any(_left(secret, bare, plant) for secret in plant.secrets):
            missed.append((plant, output))
        elif not _framed(bare, plant.frame):
            blurred.append((plant, output))
    for line in corpus.survivors:
        output = redact(line)
        if output != line:
            damaged.append((line, output))
    return Report(
        planted=len(corpus.plants),
        shapes=len({plant.shape for plant in corpus.plants}),
        survivors=len(corpus.survivors),
        missed=tuple(missed),
        damaged=tuple(damaged),
        blurred=tuple(blurred),
    )


def _left(secret: str, output: str, plant: Plant) -> bool:
    """Tell whether a stretch of the secret is left that the frame has not."""
    size = min(WINDOW, len(secret))
    frame = "\0".join(plant.frame)
    windows = {secret[i : i + size] for i in range(len(secret) - size + 1)}
    return any(w in output and w not in frame for w in windows)


def _framed(output: str, frame: tuple[str, ...]) -> bool:
    """Tell whether the text around the secrets is there, and nothing else."""
    gap = r"[\s'\"\\]*\0[\s'\"\\]*(?:[\s|-]*\0)*"
    return re.fullmatch(gap.join(map(re.escape, frame)), output) is not None
