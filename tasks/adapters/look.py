"""Runs the probes side by side and makes one Snapshot of what they saw.

Each probe is a function of a `Look`, runs in a thread of its own and pulls
what it builds on (the model, the containers, ...) through `Look.get`, which
starts that probe when nobody has yet. So a single check costs only what it
needs, and a probe that hangs delays nothing but those that asked for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..core import config, snapshot
from ..core.errors import WrongUsage

#: Names of the probes whose results are parts of the Snapshot, in its order.
PARTS = tuple(
    name
    for name, kind in snapshot.Snapshot.__annotations__.items()
    if "None" in str(kind)
)


class Unseen(Exception):  # noqa: N818 - a probe's way to say why it saw nothing
    """A probe saw nothing; the message is the reason, in words for a user."""


#: Probes that wait for commands in containers, and how long they are alone at most.
AHEAD = ("database", "redis", "inside", "containers", "logs")
AHEAD_SECONDS = 0.15


class Probe(NamedTuple):
    """A declared probe: its function, and its time limit as a multiple."""

    see: Callable[[Look], Any]
    patience: float = 1.0


class _Run:
    """One probe's run in one Look."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.done = threading.Event()
        self.value: Any = None
        self.error = ""
        self.cause: Exception | None = None
        self.began = time.monotonic()
        self.waited = 0.0
        self.waiting_since: float | None = None
        self.ended: float | None = None

    def own_seconds(self) -> float:
        """Seconds of its own work; waiting for other probes is theirs."""
        now = self.ended or time.monotonic()
        waiting = now - self.waiting_since if self.waiting_since else 0.0
        return now - self.began - self.waited - waiting


class Look:
    """One look at a stack: what the probes share while they run.

    Attributes:
        settings: the settings of this run.
        timeout: seconds of its own work after which a probe is given up.
        quick: probes leave out what takes long: imports, one-off containers.
    """

    def __init__(
        self, settings: config.Settings, probes: dict[str, Probe], quick: bool = False
    ) -> None:
        self.settings = settings
        self.quick = quick
        self.timeout = settings.probe_timeout
        self._probes = probes
        self._runs: dict[str, _Run] = {}
        self._lock = threading.Lock()
        self._current = threading.local()
        self._began = time.monotonic()
        self._taken = datetime.now(UTC).isoformat(timespec="seconds")

    def start(self, names: Iterable[str]) -> None:
        """Start probes; none is waited for."""
        for name in names:
            self._start(name)

    def start_in_order(self, names: Iterable[str]) -> None:
        """Start probes, those with the longest way to their answer first.

        One interpreter runs one thread at a time: what needs only files, and
        imports to read them, can as well do that while containers answer.
        """
        wanted = list(names)
        ahead = [name for name in AHEAD if name in wanted]
        self.start(ahead)
        if ahead:
            self.wait("documents", time.monotonic() + AHEAD_SECONDS)
        self.start(wanted)

    def wait(self, name: str, deadline: float) -> None:
        """Wait for a probe until a moment of the monotonic clock, no longer."""
        self._start(name).done.wait(max(0.0, deadline - time.monotonic()))

    def seen(self) -> snapshot.Snapshot:
        """Return what has been seen by now.

        Raises:
            WrongUsage: a setting can't be used: no look would be the right one.
        """
        with self._lock:
            causes = [run.cause for run in self._runs.values()]
        for cause in causes:
            if isinstance(cause, WrongUsage):
                raise cause
        parts = {name: self.value(name) for name in PARTS}
        return snapshot.Snapshot(
            taken=self._taken,
            seconds=round(time.monotonic() - self._began, 3),
            settings=_settings(self.settings),
            probes=self.report(),
            **parts,
        )

    def get(self, name: str) -> Any:  # noqa: ANN401 - each probe has its own type
        """Return what a probe saw; wait for it, and start it if need be.

        Raises:
            Unseen: it saw nothing, or did not answer within its time limit.
        """
        run = self._start(name)
        asker: _Run | None = getattr(self._current, "run", None)
        began = time.monotonic()
        if asker:
            asker.waiting_since = began
        ended = self._wait(run)
        if asker:
            asker.waited += time.monotonic() - began
            asker.waiting_since = None
        if not ended:
            raise Unseen(f"{name} did not answer within {self._limit(name):.0f} s")
        if run.error:
            raise Unseen(run.error)
        return run.value

    def maybe(self, name: str) -> Any:  # noqa: ANN401 - each probe has its own type
        """Return what a probe saw, or None if it saw nothing."""
        try:
            return self.get(name)
        except Unseen:
            return None

    def report(self) -> tuple[snapshot.ProbeRun, ...]:
        """Return how each probe that was started ran."""
        with self._lock:
            runs = list(self._runs.values())
        return tuple(
            snapshot.ProbeRun(
                name=run.name,
                seconds=round(run.own_seconds(), 3),
                error=run.error,
                timed_out=not run.done.is_set(),
            )
            for run in runs
        )

    def answered(self) -> bool:
        """Tell whether every probe that was started has ended."""
        with self._lock:
            return all(run.done.is_set() for run in self._runs.values())

    def begun(self, name: str) -> bool:
        """Tell whether a probe was started: some looks do without it."""
        with self._lock:
            return name in self._runs

    def failed_with(self, kind: type[Exception]) -> bool:
        """Tell whether a probe ended with such an exception."""
        with self._lock:
            return any(isinstance(run.cause, kind) for run in self._runs.values())

    def value(self, name: str) -> Any:  # noqa: ANN401 - each probe has its own type
        """Return what a probe has seen by now, None if nothing; never waits."""
        run = self._runs.get(name)
        return run.value if run and run.done.is_set() else None

    def _limit(self, name: str) -> float:
        return self.timeout * self._probes[name].patience

    def _start(self, name: str) -> _Run:
        with self._lock:
            if name in self._runs:
                return self._runs[name]
            run = self._runs[name] = _Run(name)
        # Daemons: a hung one must not keep the process from ending.
        threading.Thread(target=self._work, args=(run,), daemon=True).start()
        return run

    def _work(self, run: _Run) -> None:
        self._current.run = run
        try:
            run.value = self._probes[run.name].see(self)
        except Exception as error:  # a probe's defect must not hide the others
            run.error = str(error) or type(error).__name__
            run.cause = error
        run.ended = time.monotonic()
        run.done.set()

    def _wait(self, run: _Run) -> bool:
        """Wait until a probe ends or has used up its own time."""
        while not run.done.is_set():
            left = self._limit(run.name) - run.own_seconds()
            if left <= 0:
                return False
            run.done.wait(min(left, 0.5))
        return True


def collect(
    settings: config.Settings,
    probes: dict[str, Probe],
    wanted: Iterable[str] = PARTS,
    meanwhile: Callable[[Look], object] = bool,
) -> tuple[snapshot.Snapshot, Look]:
    """Run the wanted probes side by side and return what they saw.

    The Snapshot is raw: redact it before it goes anywhere.

    Args:
        settings: the settings of this run.
        probes: the declared probes by name.
        wanted: names of the parts to look at; what they need is added.
        meanwhile: called while they wait for others.
    """
    look = Look(settings, probes)
    names = [name for name in wanted if name in probes]
    look.start_in_order(names)
    meanwhile(look)
    for name in names:
        look.maybe(name)
    return look.seen(), look


def glance(
    settings: config.Settings,
    probes: dict[str, Probe],
    first: Iterable[str],
    rest: Iterable[str],
    grace: float,
    meanwhile: Callable[[Look], object] = bool,
) -> Iterator[snapshot.Snapshot]:
    """Look quickly; yield what is seen as soon as it may be enough.

    That is when the first parts have answered, a little later, and when all have.
    Whoever has seen enough takes no more: what hangs is then not waited for.

    Args:
        settings: the settings of this run.
        probes: the declared probes by name.
        first: parts that are waited for.
        rest: parts that run beside them.
        grace: seconds that those get when the first have answered.
        meanwhile: called while they wait for others.
    """
    look = Look(settings, probes, quick=True)
    first, rest = list(first), list(rest)
    look.start_in_order([*first, *rest])
    meanwhile(look)
    for name in first:
        look.maybe(name)
    deadline = time.monotonic() + grace
    if not look.answered():
        yield look.seen()
        for name in rest:
            look.wait(name, deadline)
    if not look.answered():
        yield look.seen()
        for name in rest:
            look.maybe(name)
    yield look.seen()


def _settings(settings: config.Settings) -> snapshot.Settings:
    return snapshot.Settings(
        pins=settings.pins,
        api_url_variable=settings.api_url_variable,
        api_prefix=settings.api_prefix,
        api_source=settings.api_source,
        tables=settings.tables,
        min_free_bytes=int(settings.min_free_gb * 1e9),
        min_memory_bytes=int(settings.min_memory_gb * 1e9),
        lock_seconds=settings.lock_seconds,
        signatures=tuple(str(settings.root / path) for path in settings.signatures),
    )
