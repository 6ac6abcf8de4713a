"""How a collector of the bundle is declared, and what it yields.

A collector is a function in `tasks.bundles` that yields pieces. Each piece
says how it is redacted, so redaction stands beside collection; nothing reaches
the archive but through one of these three ways.

Nothing heavy is imported at the top: ``inv --list`` loads the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..config import Settings
    from ..model import Report
    from ..snapshot import Snapshot
    from .layout import Options

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30


class Tree(NamedTuple):
    """Plain data: redacted key by key, written as JSON."""

    name: str
    value: object


class Text(NamedTuple):
    """A text of moderate size: redacted as a whole."""

    name: str
    value: str


class Stream(NamedTuple):
    """Bytes of any size: redacted as they come, never in memory as a whole."""

    name: str
    pieces: Iterable[bytes]


class Lack(NamedTuple):
    """Something that could not be collected, and why: it goes in the manifest."""

    name: str
    why: str


Piece = Tree | Text | Stream | Lack


class Door(Protocol):
    """What collectors need of an engine (see `tasks.adapters.engine`)."""

    def get(self, path: str, timeout: float = 10.0, **query: object) -> Any:  # noqa: ANN401 - the engine's JSON
        """Return the parsed answer to a GET."""

    def containers(self, project: str) -> list[dict[str, Any]]:
        """Return the inspect documents of a Compose project's containers."""

    def logs(
        self, container: str, *, timeout: float = 10.0, **query: object
    ) -> Iterator[bytes]:
        """Yield a container's log in large pieces."""

    def events(self, timeout: float, **query: object) -> Iterator[dict[str, Any]]:
        """Yield the engine's events between ``since`` and ``until``."""


class Scene(NamedTuple):
    """What every collector may look at.

    Attributes:
        engine: calls the engine, or raises with the reason why there is none.
        now: seconds since the epoch when collecting began.
    """

    settings: Settings
    snapshot: Snapshot
    report: Report
    options: Options
    now: float
    engine: Callable[[], Door]

    @property
    def project(self) -> str:
        """The Compose project, empty if unknown."""
        return self.snapshot.model.project if self.snapshot.model else ""

    def wanted(self, service: str) -> bool:
        """Whether ``--services`` asks for this one."""
        return not self.options.services or service in self.options.services


class Collector(NamedTuple):
    """A declared collector.

    Attributes:
        about: the first line of the function's docstring.
        seconds: its time limit; what it has by then is kept. For an unbounded
            one this and the cap hold for a bounded request; ``--all`` and
            ``--since`` ask for whatever there is (see `limits`).
        cap: bytes it may write; a file that would exceed it is cut or left out.
        streams: whether it runs by itself, for its pieces are unbounded;
            the others run side by side.
    """

    id: str
    about: str
    seconds: float
    cap: int
    streams: bool
    collect: Callable[[Scene], Iterable[Piece]]

    def limits(self, options: Options) -> tuple[float, int]:
        """Return the time limit in seconds and the cap in bytes of one run."""
        if self.streams and (options.tail is None or options.since):
            return max(self.seconds, 3600.0), max(self.cap, 1 << 40)
        return self.seconds, self.cap


COLLECTORS: dict[str, Collector] = {}

CollectFunction = Callable[[Scene], Iterable[Piece]]


def collector(
    id: str, *, seconds: float, cap: int, streams: bool = False
) -> Callable[[CollectFunction], Collector]:
    """Declare the decorated function as the collector ``id``.

    Raises:
        ValueError: the id is taken; two of one name would overwrite each other.
    """

    def declare(collect: CollectFunction) -> Collector:
        if id in COLLECTORS:
            raise ValueError(f"two collectors are called {id!r}")
        about = (collect.__doc__ or id).strip().splitlines()[0].rstrip(".")
        COLLECTORS[id] = Collector(id, about, seconds, cap, streams, collect)
        return COLLECTORS[id]

    return declare
