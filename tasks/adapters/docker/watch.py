"""What happens in the stack, as it happens: the engine's events and the logs."""

from __future__ import annotations

import json
import queue
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from ...core.logs.happenings import Happening, of_event, of_log
from .. import engine as door
from ..compose import Compose
from .wire import WireError

if TYPE_CHECKING:
    from ...core.config import Settings
    from ...core.redact import Redactor

#: Seconds until an engine that broke off is asked again.
AGAIN_SECONDS = 2.0
#: An open stream that says nothing for so long is opened anew.
STREAM_SECONDS = 3600.0


class _Piece(NamedTuple):
    """Something a service has just written."""

    service: str
    data: bytes


class Watch:
    """Listens to one project while it is entered; `next` tells what happened.

    Attributes:
        redactor: keeps secrets out of what is told; nothing is, without one.
    """

    def __init__(self, settings: Settings, service: str = "") -> None:
        self.redactor: Redactor | None = None
        self._settings = settings
        self._service = service
        self._heard: queue.Queue[Happening | _Piece] = queue.Queue()
        self._written: dict[str, bytes] = {}
        self._ready: list[Happening] = []
        self._followed: set[str] = set()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._over.set()

    def next(self, seconds: float) -> Happening | None:
        """Return the next thing that happens, None if all is quiet so long.

        What a service writes is held until it pauses, for a traceback is many
        lines.
        """
        deadline = time.monotonic() + seconds
        while not self._ready:
            left = deadline - time.monotonic()
            try:
                heard = self._heard.get(timeout=max(left, 0.01))
            except queue.Empty:
                if not self._written:
                    return None
                self._read()
                continue
            if isinstance(heard, Happening):
                self._ready.append(heard)
            else:
                before = self._written.get(heard.service, b"")
                self._written[heard.service] = before + heard.data
        return self._ready.pop(0)

    def _read(self) -> None:
        """Make happenings of what was written since the last pause."""
        for service, data in self._written.items():
            text = data.decode(errors="replace")
            if self.redactor:
                self._ready += of_log(service, self.redactor.text(text))
        self._written = {}

    # -- threads ----------------------------------------------------------

    def _listen(self) -> None:
        """Hear the engine's events, again and again, and follow what starts."""
        while not self._over.is_set():
            try:
                project = Compose(self._settings).resolve().model.project
                found = door.connect()
                for document in found.containers(project):
                    if document["State"]["Running"]:
                        self._follow(found, document, "now")
                filters = {
                    "type": ["container"],
                    "label": [f"{door.PROJECT}={project}"],
                }
                for event in found.events(STREAM_SECONDS, filters=json.dumps(filters)):
                    self._event(found, event)
            except Exception:  # an engine that dies is no defect
                self._over.wait(AGAIN_SECONDS)

    def _event(self, found: door.Engine, event: door.Json) -> None:
        happening = of_event(event)
        if happening is None or self._service not in ("", happening.service):
            return
        self._heard.put(happening)
        if event.get("Action") == "start":
            document = found.inspect(event["Actor"]["ID"])
            self._follow(found, document, str(event.get("time", "")))

    def _follow(self, found: door.Engine, document: door.Json, since: str) -> None:
        service = (document["Config"]["Labels"] or {}).get(door.SERVICE, "")
        key = document["Id"]
        if key in self._followed or self._service not in ("", service):
            return
        self._followed.add(key)
        begin = str(int(time.time())) if since == "now" else since
        arguments = (found, key, service, begin)
        threading.Thread(target=self._tail, args=arguments, daemon=True).start()

    def _tail(self, found: door.Engine, key: str, service: str, since: str) -> None:
        """Hear what one container writes until it ends."""
        try:
            pieces = found.logs(key, timeout=STREAM_SECONDS, follow=1, since=since)
            for piece in pieces:
                if self._over.is_set():
                    break
                self._heard.put(_Piece(service, piece))
        except (door.EngineError, WireError):
            pass
        self._followed.discard(key)
