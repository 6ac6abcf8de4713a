"""The steps of a fix that wait: each ends when it can go on, or at its time limit."""

from __future__ import annotations

import time

from ...core.errors import EngineUnavailable
from ...core.model import Step
from .. import runner
from .doing import Doing, StepFailed

POLL_SECONDS = 0.5
#: Restarts after which a database that has just been started won't come up.
LOOPING = 4


def database(doing: Doing, step: Step) -> dict[str, str]:
    """Wait until the database's own container answers."""
    from .. import engine as door
    from .pgserver import NoServer, ready

    service = doing.model.roles["db"]
    deadline = time.monotonic() + step.timeout
    while True:
        left = deadline - time.monotonic()
        for document in doing.engine.containers(doing.project):
            labels = document["Config"]["Labels"] or {}
            if labels.get(door.SERVICE) == service and not _one_off(labels):
                try:
                    ready(doing, document, service, max(1.0, left))
                except NoServer as error:
                    ended = document["State"]["Status"] == "exited"
                    if left <= 0 or ended or document["RestartCount"] >= LOOPING:
                        raise StepFailed(error.message, "inv triage") from error
                else:
                    return {}
        if left <= 0:
            raise StepFailed(f"{service} has no container")
        time.sleep(POLL_SECONDS)


def _one_off(labels: dict[str, str]) -> bool:
    return labels.get("com.docker.compose.oneoff") == "True"


def engine(doing: Doing, step: Step) -> dict[str, str]:  # noqa: ARG001 - every action takes it
    """Wait until an engine answers."""
    from ..engine import connect

    deadline = time.monotonic() + step.timeout
    while True:
        try:
            connect()
        except EngineUnavailable as error:
            if time.monotonic() > deadline:
                raise StepFailed(error.message) from error
            time.sleep(POLL_SECONDS)
        else:
            return {}


def exit(doing: Doing, step: Step) -> dict[str, str]:
    """Wait until no process of a name is left."""
    deadline = time.monotonic() + step.timeout
    while runner.run(step.argv, timeout=10).ok:
        if time.monotonic() > deadline:
            raise StepFailed(f"{step.args['process']} does not quit")
        doing.say(f"{step.args['process']} is still quitting")
        time.sleep(POLL_SECONDS)
    return {}
