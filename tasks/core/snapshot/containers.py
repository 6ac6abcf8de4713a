"""What runs: containers, their states, images and logs."""

from __future__ import annotations

from .base import Facts


class Sample(Facts, frozen=True, kw_only=True):
    """One look at a container's state; a crash loop needs several."""

    at: str
    status: str
    restarts: int
    exit_code: int = 0


class Container(Facts, frozen=True, kw_only=True):
    """One container of the project, with its samples oldest first.

    Attributes:
        exit_code: as the engine has it now: 0 while a run of a crash loop lasts.
        last_exit: of the last run that ended, by the engine's events; None if it
            has forgotten, or none ended.
        done: it was to run once, and has done its work: it ended with code 0.
        oom_killed: a run was killed for want of memory, this one or, in a crash
            loop, one before.
    """

    service: str
    name: str
    id: str = ""
    number: int = 1
    image: str = ""
    image_id: str = ""
    status: str = ""
    health: str = ""
    health_output: str = ""
    exit_code: int = 0
    last_exit: int | None = None
    oom_killed: bool = False
    error: str = ""
    restarts: int = 0
    created: str = ""
    started: str = ""
    finished: str = ""
    environment: dict[str, str] = {}
    samples: tuple[Sample, ...] = ()
    one_off: bool = False
    done: bool = False
    config_hash: str = ""


class Image(Facts, frozen=True, kw_only=True):
    """The image a service's container would start from."""

    service: str
    reference: str
    id: str = ""
    created: str = ""
    arch: str = ""
    size: int = 0
    history: tuple[str, ...] = ()


class Log(Facts, frozen=True, kw_only=True):
    """The end of one service's log, oldest line first, with timestamps.

    Attributes:
        text: lines as the engine gives them, each with its RFC 3339 time.
    """

    service: str
    container: str
    text: str = ""
    truncated: bool = False
