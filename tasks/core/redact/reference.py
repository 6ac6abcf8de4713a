"""The table of shapes in ``docs/redaction.md``, made from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .commands import COMMANDS
from .inserts import Inserts
from .notations import FormParts, NamedPairs, YamlBlocks
from .privatekeys import PrivateKeys, PuttyKeys
from .sentences import SENTENCES
from .shape import Shape
from .spaced import NextLine, Spaced
from .stores import STORES
from .vendors import VENDORS
from .web import WEB

BEGIN = "<!-- shapes: made by tasks/core/redact/reference.py -->"
END = "<!-- end of shapes -->"
_FINDERS = (
    PrivateKeys,
    PuttyKeys,
    YamlBlocks,
    FormParts,
    NamedPairs,
    Spaced,
    NextLine,
    Inserts,
)


def table() -> str:
    """Return the table of all shapes, between its two markers."""
    rows = ["| shape | what it finds |", "|---|---|"]
    rows.append("| *the key's name* | values beside a secret key, in any notation |")
    rows += [f"| `{finder.name}` | {finder.meaning} |" for finder in _FINDERS]
    rows += _merged([*WEB, *STORES, *SENTENCES])
    names = dict.fromkeys(name for name, _, _ in VENDORS)
    rows.append(
        f"| {', '.join(f'`{name}`' for name in names)} | tokens by their mark |"
    )
    rows.append(f"| `command-password` | the command lines of {_commands()} others |")
    rows += _merged(one for one in COMMANDS if one.name != "command-password")
    return "\n".join([BEGIN, *rows, END])


def _merged(shapes: Iterable[Shape]) -> Iterator[str]:
    """Yield a row for each name; shapes of one name share it."""
    meanings: dict[str, list[str]] = {}
    for shape in shapes:
        meanings.setdefault(shape.name, []).append(shape.meaning)
    for name, told in meanings.items():
        yield f"| `{name}` | {'; '.join(told)} |"


def _commands() -> str:
    told = sum(one.name == "command-password" for one in COMMANDS)
    return f"mysql, redis-cli, curl, docker login and {told - 4}"
