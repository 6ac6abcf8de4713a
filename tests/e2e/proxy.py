"""A socket in front of the engine's, to let the engine die under one test alone."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class Proxy:
    """Forwards to the engine until `cut`; then every connection is dropped.

    Args:
        path: where to listen.
        engine: the engine's own socket.
        cut_after: connections after which it cuts by itself; never if None.
    """

    def __init__(self, path: Path, engine: str, cut_after: int | None = None) -> None:
        self.url = f"unix://{path}"
        self.path = path
        self.engine = engine
        self.left = cut_after
        self.open: list[socket.socket] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Die as an engine does: no listener, every connection reset."""
        self.path.unlink(missing_ok=True)
        # A blocked accept() keeps the socket alive; shutdown wakes it up.
        for end in [self.listener, *self.open]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    client.close()
                    self.cut()
                    return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self.engine)
            self.open += [client, engine]
            for source, sink in ((client, engine), (engine, client)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
