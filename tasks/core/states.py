"""What a container's state means: crash loops, exit codes, ages."""

from __future__ import annotations

from datetime import UTC, datetime

from .snapshot import Container, Model

#: A container that has been up for so many seconds is out of its crash loop.
SETTLED_SECONDS = 60.0

_EXIT_CODES = {
    0: "ended by itself, without an error",
    1: "the program failed; its log has the reason",
    2: "the program failed, or was called wrongly; its log says why",
    125: "the engine could not start it",
    126: "the command is not executable",
    127: "the command was not found in the image",
    134: "aborted (SIGABRT), often a native library",
    135: "bus error (SIGBUS), often shared memory",
    136: "floating point error (SIGFPE)",
    137: "killed (SIGKILL): out of memory, or stopped too slowly",
    139: "segmentation fault (SIGSEGV), often a native library",
    143: "stopped (SIGTERM)",
    255: "failed outside the range of exit codes",
}


def meaning(code: int) -> str:
    """Return what an exit code means, in words.

    Source: https://tldp.org/LDP/abs/html/exitcodes.html and ``docker run``'s
    own codes 125 to 127.
    """
    if code in _EXIT_CODES:
        return _EXIT_CODES[code]
    if 128 < code < 160:
        return f"ended by signal {code - 128}"
    return "the program's own code"


def moment(text: str) -> datetime | None:
    """Return an engine's time, None if there is none (it writes year 1 then)."""
    head, dot, tail = text.partition(".")
    fraction = "".join(c for c in tail if c.isdigit())[:6]
    try:
        found = datetime.fromisoformat(
            head.rstrip("Z") + (f".{fraction:0<6}" if dot else "")
        )
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC)
    return found if found.year > 1 else None


def seconds_between(earlier: str, later: str) -> float | None:
    """Return the seconds from one engine time to another, None if one is missing."""
    first, second = moment(earlier), moment(later)
    return (second - first).total_seconds() if first and second else None


def failed_with(container: Container) -> int | None:
    """Return the exit code of its last run that failed, None if none is known."""
    codes = [sample.exit_code for sample in reversed(container.samples)]
    codes += [container.exit_code, container.last_exit or 0]
    return next((code for code in codes if code), None)


def looping(container: Container) -> bool:
    """Tell whether a container is in a crash loop, also while it reads "running".

    It is if it waits for its next start, if it restarted between two samples,
    or if it has restarted before and has not yet stayed up for a minute.
    """
    samples = container.samples
    if container.status == "restarting" or any(
        s.status == "restarting" for s in samples
    ):
        return True
    if len({s.restarts for s in samples}) > 1:
        return True
    if not container.restarts or container.status != "running" or not samples:
        return False
    up = seconds_between(container.started, samples[-1].at)
    return up is not None and up < SETTLED_SECONDS


def runs_once(model: Model, service: str) -> bool:
    """Tell whether a service is to end: a migration, say, that others wait for.

    It is if another waits for its end; or if it is never to be restarted, as is
    written down for it, has no healthcheck and plays no part that has to last.
    """
    waited_for = "service_completed_successfully"
    if any(s.depends_on.get(service) == waited_for for s in model.services.values()):
        return True
    own = model.services.get(service)
    return (
        own is not None
        and own.restart == "no"
        and not own.healthcheck
        and service not in model.roles.values()
    )


def age(seconds: float) -> str:
    """Return a duration in the one unit that matters: ``45 s``, ``12 min``, ``3 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 129600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"


def size(count: float) -> str:
    """Return a number of bytes in the unit that a person reads: ``4.2 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return (
                f"{count:.0f} {unit}" if unit in ("B", "kB") else f"{count:.1f} {unit}"
            )
        count /= 1000
    return f"{count:.1f} TB"
