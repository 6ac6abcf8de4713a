"""The faults of the reference stack, as data: ``demo/faults/*.toml``.

Each file says how one fault is put into the running stack, how one sees that
it has taken hold, the diagnosis it must get and the fix that must mend it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from .errors import WrongUsage
from .model import Category

_NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a fault's file holds; a typing error in it is refused."""


class Edit(_Data, frozen=True, kw_only=True, tag_field="do", tag="edit"):
    """Replace a text in a file of the checkout; it must be there."""

    file: _NonEmpty
    find: _NonEmpty
    replace: str


class Write(_Data, frozen=True, kw_only=True, tag_field="do", tag="write"):
    """Make or replace a file of the checkout.

    Attributes:
        mode: its permissions, octal.
    """

    file: _NonEmpty
    text: str
    mode: str = "644"


class SetEnv(_Data, frozen=True, kw_only=True, tag_field="do", tag="env"):
    """Give a key of ``.env`` another value; None takes the line out."""

    key: _NonEmpty
    value: str | None = None


class Image(_Data, frozen=True, kw_only=True, tag_field="do", tag="image"):
    """Put layers on top of a service's image, under the same name.

    Attributes:
        lines: lines of a Dockerfile below ``FROM``; its build context is the
            service's.
    """

    service: _NonEmpty
    lines: tuple[_NonEmpty, ...]


class Compose(_Data, frozen=True, kw_only=True, tag_field="do", tag="compose"):
    """Run one Compose command.

    Attributes:
        may_fail: its failure is what the fault is about.
    """

    args: tuple[_NonEmpty, ...]
    may_fail: bool = False


class Exec(_Data, frozen=True, kw_only=True, tag_field="do", tag="exec"):
    """Run a command in a service's container, some times, in the background."""

    service: _NonEmpty
    argv: tuple[_NonEmpty, ...]
    times: int = 1
    detach: bool = False


class Sql(_Data, frozen=True, kw_only=True, tag_field="do", tag="sql"):
    """Run statements in the database; a detached one goes on by itself."""

    statements: tuple[_NonEmpty, ...]
    times: int = 1
    detach: bool = False


class HoldPort(_Data, frozen=True, kw_only=True, tag_field="do", tag="hold-port"):
    """Let another process listen on a port, named by its key in ``.env``."""

    key: _NonEmpty


class Request(_Data, frozen=True, kw_only=True, tag_field="do", tag="request"):
    """Log in, and ask the backend for a path, as a user's browser would."""

    path: _NonEmpty


Step = Edit | Write | SetEnv | Image | Compose | Exec | Sql | HoldPort | Request


class Until(_Data, frozen=True, kw_only=True):
    """How one sees that the fault has taken hold: the state or words of a service.

    Attributes:
        state: what the engine says of its container, ``looping`` included.
        says: a text in its log.
    """

    service: _NonEmpty
    state: Literal[
        "", "looping", "exited", "created", "paused", "running", "unhealthy"
    ] = ""
    says: str = ""


class Fault(_Data, frozen=True, kw_only=True):
    """One fault.

    Attributes:
        summary: what somebody did, or what happened.
        diagnosis: id of the root cause that must come first.
        category: that diagnosis's.
        also: ids of further root causes that must be named.
        fix: the task that must mend it; empty when only a person can.
        auto: whether fix.auto must bring the stack back to green by itself.
        looks: the service that seems to be broken, where it is another one.
        hides: it hides behind another failure, or hits two services at once.
        data: ``reseeded`` where the fault itself takes rows that the fix puts
            back; ``kept`` where not a row may change.
        changes_data: heal must restore the database as it was.
        quick: part of the spread that the tests always run.
    """

    name: str = ""
    summary: _NonEmpty
    diagnosis: _NonEmpty
    category: Category
    also: tuple[str, ...] = ()
    fix: str = ""
    auto: bool = False
    looks: str = ""
    hides: bool = False
    data: Literal["kept", "reseeded"] = "kept"
    changes_data: bool = False
    quick: bool = False
    step: tuple[Step, ...]
    until: tuple[Until, ...] = ()


def load(directory: Path) -> dict[str, Fault]:
    """Return the faults of a directory by name, which is their file's.

    Raises:
        WrongUsage: a file is not a fault; the message says where and why.
    """
    found = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            fault = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Fault)
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise WrongUsage(f"{path}: {error}") from error
        found[path.stem] = msgspec.structs.replace(fault, name=path.stem)
    return found


def select(faults: dict[str, Fault], name: str) -> Fault:
    """Return the fault of that name.

    Raises:
        WrongUsage: there is none; the message names those like it.
    """
    if name in faults:
        return faults[name]
    import difflib

    close = difflib.get_close_matches(name, faults, 3, 0.4) or list(faults)[:3]
    raise WrongUsage(
        f"there is no fault {name!r}" if name else "which fault?",
        f"e.g. {', '.join(close)}; all of them: inv demo.faults",
    )
