"""The one door to the Docker Engine, and the only importer of the SDK.

Everything here asks or acts through the engine's API, with a time limit on
each call. What only Compose knows goes through `tasks.adapters.compose`.
API reference: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from ..core.errors import EngineUnavailable
from .docker import endpoint as endpoints
from .docker.endpoint import Endpoint
from .docker.streams import CHUNK, collect, frames
from .docker.wire import Answer, SocketWire, Wire, WireError

#: Labels that Compose puts on what it makes.
PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
ONE_OFF = "com.docker.compose.oneoff"
CONFIG_HASH = "com.docker.compose.config-hash"
#: Marks what Unstuck itself starts, so that a leftover can be told and removed.
OURS = "unstuck.one-off"

Json = dict[str, Any]


class EngineError(Exception):
    """The engine refused a request; the message is the engine's own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Output(NamedTuple):
    """What a command in a container did; code None means it hit the time limit."""

    code: int | None
    out: str
    err: str

    @property
    def timed_out(self) -> bool:
        """Whether it was still running at its time limit."""
        return self.code is None


class Engine:
    """An engine that answered; make one with `connect`.

    Attributes:
        api: the newest version of the API that it speaks.
    """

    def __init__(self, wire: Wire, endpoint: Endpoint, api: str) -> None:
        self.wire = wire
        self.endpoint = endpoint
        self.api = api
        # Container to whether it has a terminal, which never changes.
        self._terminals: dict[str, bool] = {}

    # -- requests ---------------------------------------------------------

    def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: object | None = None,
        timeout: float = 10.0,
        *,
        bare: bool = False,
    ) -> Answer:
        """Send one request and return the open answer; ``bare``: see `Wire.open`.

        Raises:
            EngineError: the engine said no.
            WireError: it can't be reached or did not answer within ``timeout``.
        """
        if query:
            path = f"{path}?{urlencode(query)}"
        answer = self.wire.open(method, path, body, timeout, bare=bare)
        if answer.status >= 400:
            data = answer.read()
            answer.close()
            try:
                message = str(json.loads(data)["message"])
            except (ValueError, KeyError, TypeError):
                message = data.decode(errors="replace").strip()
            raise EngineError(answer.status, message)
        return answer

    def get(self, path: str, timeout: float = 10.0, **query: object) -> Any:  # noqa: ANN401 - the engine's JSON
        """Return the parsed answer to a GET."""
        answer = self.open("GET", path, query, timeout=timeout)
        try:
            return json.loads(answer.read() or b"null")
        finally:
            answer.close()

    def send(
        self,
        method: str,
        path: str,
        body: object | None = None,
        timeout: float = 10.0,
        **query: object,
    ) -> Any:  # noqa: ANN401 - the engine's JSON
        """Return the parsed answer to a POST or DELETE, None if it is empty."""
        answer = self.open(method, path, query, body, timeout)
        try:
            return json.loads(answer.read() or b"null")
        finally:
            answer.close()

    # -- looking ----------------------------------------------------------

    def containers(self, project: str) -> list[Json]:
        """Return the inspect documents of a Compose project's containers."""
        filters = json.dumps({"label": [f"{PROJECT}={project}"]})
        listed = self.get("/containers/json", all=1, filters=filters)
        documents = []
        for row in listed:
            try:
                documents.append(self.inspect(row["Id"]))
            except EngineError:
                continue  # removed since it was listed
        return documents

    def inspect(self, container: str) -> Json:
        """Return one container's inspect document."""
        document: Json = self.get(f"/containers/{quote(container)}/json")
        self._terminals[document["Id"]] = bool(document["Config"].get("Tty"))
        return document

    def image(self, reference: str) -> Json | None:
        """Return an image's inspect document, None if it isn't there."""
        try:
            document: Json = self.get(f"/images/{quote(reference, safe='/:@')}/json")
        except EngineError as error:
            if error.status == 404:
                return None
            raise
        return document

    def exec(
        self,
        container: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout: float = 10.0,
        user: str = "",
    ) -> Output:
        """Run a command in a running container.

        At the time limit this returns with code None; the command itself goes
        on in the container, for the API has no way to end it: give it a limit
        of its own.

        Raises:
            EngineError: the container is not running, restarting or paused.
        """
        body = {
            "AttachStdout": True,
            "AttachStderr": True,
            "Cmd": list(argv),
            "Env": [f"{key}={value}" for key, value in (env or {}).items()],
            "User": user,
        }
        path = f"/containers/{quote(container)}/exec"
        started = self.send("POST", path, body, timeout=timeout)["Id"]
        answer = self.open(
            "POST",
            f"/exec/{started}/start",
            body={"Detach": False, "Tty": False},
            timeout=timeout,
        )
        out, err, whole = collect(answer, timeout)
        if not whole:
            return Output(None, out, err)
        code = self.get(f"/exec/{started}/json", timeout=timeout)["ExitCode"]
        return Output(code, out, err)

    def one_off(
        self,
        image: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        binds: Sequence[str] = (),
        network: str = "none",
        timeout: float = 20.0,
    ) -> Output:
        """Run a command in a throw-away container of an image.

        It mounts only ``binds``, read-only as the caller writes them, reaches
        no network unless one is named, and is removed whatever happens.

        Raises:
            EngineError: the image is missing or the command can't be started.
        """
        body = {
            "Image": image,
            "Entrypoint": list(argv[:1]),
            "Cmd": list(argv[1:]),
            "Env": [f"{key}={value}" for key, value in (env or {}).items()],
            "Labels": {OURS: str(os.getpid())},
            "Healthcheck": {"Test": ["NONE"]},
            "HostConfig": {
                "NetworkMode": network,
                "Binds": list(binds),
                "LogConfig": {"Type": "none"},
            },
        }
        container = self.send("POST", "/containers/create", body)["Id"]
        try:
            answer = self.open(
                "POST",
                f"/containers/{container}/attach",
                {"stream": 1, "stdout": 1, "stderr": 1},
                timeout=timeout,
            )
            self.send("POST", f"/containers/{container}/start", timeout=timeout)
            out, err, whole = collect(answer, timeout)
            if not whole:
                return Output(None, out, err)
            state = self.send("POST", f"/containers/{container}/wait", timeout=timeout)
            return Output(state["StatusCode"], out, err)
        finally:
            self.remove(container)

    def remove(self, container: str) -> None:
        """Remove a container by force; it may be gone already."""
        try:
            path = f"/containers/{quote(container)}"
            self.send("DELETE", path, timeout=30, force=1, v=1)
        except (EngineError, WireError):
            return

    # -- streams ----------------------------------------------------------

    def logs(
        self, container: str, *, timeout: float = 10.0, **query: object
    ) -> Iterator[bytes]:
        """Yield a container's log in large pieces, stream headers taken out.

        Args:
            container: name or id.
            timeout: seconds to wait for each piece.
            query: ``tail``, ``since``, ``until``, ``follow`` as the API has them.

        Raises:
            EngineError: no such container, or a log driver that can't be read.
            WireError: the engine broke off.
        """
        asked = {"stdout": 1, "stderr": 1, "timestamps": 1, **query}
        if container not in self._terminals:
            container = self.inspect(container)["Id"]
        tty = self._terminals[container]
        path = f"/containers/{quote(container)}/logs"
        alive = self.wire.pulse(timeout)
        answer = self.open("GET", path, asked, timeout=timeout, bare=True)
        try:
            if tty:
                while piece := answer.read(CHUNK):
                    yield piece
            else:
                stamped = bool(asked["timestamps"])
                for _, piece in frames(answer, stamped=stamped):
                    yield piece
        finally:
            answer.close()
        if not alive():
            raise WireError("the engine broke off")

    def events(self, timeout: float, **query: object) -> Iterator[Json]:
        """Yield the engine's events as they come; ends at ``until`` if given.

        The engine keeps them from this call on, not from the first one read.

        Raises:
            WireError: none came within ``timeout`` seconds, or it broke off.
        """
        return self._events(self.open("GET", "/events", query, timeout=timeout))

    def _events(self, answer: Answer) -> Iterator[Json]:
        buffer = b""
        try:
            while piece := answer.read(65536):
                buffer += piece
                *lines, buffer = buffer.split(b"\n")
                yield from (json.loads(line) for line in lines if line.strip())
        finally:
            answer.close()


def connect(timeout: float = 5.0) -> Engine:
    """Return the engine that the Docker CLI would use here.

    Raises:
        EngineUnavailable: none answers; the message names the endpoint and
            what named it.
    """
    endpoint = endpoints.find(os.environ)
    wire = _wire(endpoint)
    try:
        # Not /version: for that the engine starts two programs, and takes 6 ms.
        answer = wire.open("GET", "/_ping", None, timeout)
        api = answer.header("Api-Version")
        answer.close()
    except WireError as error:
        raise _unavailable(endpoint, str(error)) from error
    if not api:
        raise _unavailable(endpoint, "what answers there is none")
    return Engine(wire, endpoint, api)


def _unavailable(endpoint: Endpoint, why: str) -> EngineUnavailable:
    """Return the failure: where no engine answers, who named the place, and why."""
    if not configured():
        return EngineUnavailable(
            f"no Docker Engine answers at {endpoint.url}: {why}",
            "start it: Docker Desktop, or `inv demo` on Debian and Ubuntu",
        )
    return EngineUnavailable(
        f"no Docker Engine answers at {endpoint.url}, "
        f"which {endpoint.source} names: {why}",
        "start that engine, or choose another: docker context ls",
    )


def configured() -> str:
    """Return what names another engine than this machine's default, if anything."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    endpoint = endpoints.find(os.environ)
    return "" if endpoint.context == "default" else endpoint.source


def _wire(endpoint: Endpoint) -> Wire:
    plain = endpoint.url.startswith(("unix://", "tcp://", "http://"))
    return SocketWire(endpoint) if plain and not endpoint.tls else _SdkWire(endpoint)


class _SdkWire:
    """Requests through the SDK: TLS, ssh and Windows pipes are its business."""

    def __init__(self, endpoint: Endpoint) -> None:
        from docker import APIClient
        from docker.context import ContextAPI
        from docker.errors import DockerException
        from docker.utils import kwargs_from_env

        try:
            named = (
                kwargs_from_env()
                if os.environ.get("DOCKER_HOST")
                else ContextAPI.kwargs_from_context(endpoint.context)
            )
            arguments: Json = dict(named)
            self.client = APIClient(
                **arguments,
                version="1.41",
                use_ssh_client=endpoint.url.startswith("ssh://"),
            )
        except DockerException as error:
            raise _unavailable(endpoint, str(error)) from error

    def pulse(self, timeout: float) -> Callable[[], bool]:  # noqa: ARG002 - Wire's
        """See `Wire.pulse`: chunks, which `open` leaves as they are, tell the end."""
        return lambda: True

    def open(
        self,
        method: str,
        path: str,
        body: object | None,
        timeout: float,
        *,
        bare: bool = False,  # noqa: ARG002 - Wire's
    ) -> Answer:
        """See `Wire.open`."""
        from requests import RequestException

        try:
            response = self.client.request(
                method,
                self.client.base_url + path,
                json=body,
                timeout=timeout,
                stream=True,
            )
        except RequestException as error:
            raise WireError(str(error)) from error
        return _SdkAnswer(response)


class _SdkAnswer:
    def __init__(self, response: Any) -> None:  # noqa: ANN401 - requests' untyped raw
        self.response = response
        self.status: int = response.status_code

    def read(self, size: int = -1) -> bytes:
        try:
            if size < 0:
                return bytes(self.response.content)
            return bytes(self.response.raw.read1(size))
        except Exception as error:  # urllib3, ssh and ssl each have their own
            raise WireError(str(error)) from error

    def header(self, name: str) -> str:
        return str(self.response.headers.get(name, ""))

    def close(self) -> None:
        self.response.close()
