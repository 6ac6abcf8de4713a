"""What redis says: over its container's network, else asked inside it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from ...core import snapshot
from .. import engine as door
from .. import network
from .. import redis as server
from ..look import Look, Unseen
from .containers import running, variable
from .disk import and_free, free_in


def redis(look: Look) -> snapshot.Redis:
    """Ask redis for its state with what each service logs in with."""
    service = look.get("model").role("redis")
    if service is None:
        raise Unseen("the stack has no redis")
    found: door.Engine = look.get("client")
    document = running(look, service.name)
    passwords = clients(look.get("model"), service.name)
    refusals: dict[str, str] = {}
    tried: dict[str, tuple[str, dict[str, str]]] = {}
    info: dict[str, str] = {}
    for name, password in passwords.items():
        if password not in tried:
            try:
                tried[password] = ask(look, found, document, password)
            except door.EngineError as error:
                return snapshot.Redis(service=service.name, error=str(error))
        refusals[name], answer = tried[password]
        info = info or answer
    if not passwords:
        own = variable(document, "REDISCLI_AUTH")
        refused, info = ask(look, found, document, own)
        if not info:
            return snapshot.Redis(service=service.name, error=refused)
    if not info and not any(
        "NOAUTH" in r or "WRONGPASS" in r for r in refusals.values()
    ):
        first = next(iter(refusals.values()), "")
        return snapshot.Redis(service=service.name, error=first or "no answer")
    return snapshot.Redis(
        service=service.name,
        reachable=True,
        version=info.get("redis_version", ""),
        clients=int(info.get("connected_clients", 0)),
        max_clients=int(info.get("maxclients", 0)),
        memory=int(info.get("used_memory", 0)),
        max_memory=int(info.get("maxmemory", 0)),
        write_error=write_error(info),
        disk_free=int(info["free"]) if "free" in info else None,
        credentials=refusals,
    )


def clients(model: snapshot.Model, redis: str) -> dict[str, str]:
    """Return service to the password in its redis URL, empty if it has none."""
    found: dict[str, str] = {}
    for service in model.services.values():
        for value in service.environment.values():
            url = _parts(value) if value and value.startswith("redis") else None
            if url and url.hostname == redis:
                found[service.name] = unquote(url.password or "")
                break
    return found


def _parts(url: str) -> SplitResult | None:
    """Return a URL's parts; None if a password breaks it, as ``[`` does."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def ask(
    look: Look, found: door.Engine, document: door.Json, password: str
) -> tuple[str, dict[str, str]]:
    """Return redis's refusal, empty if none, and its INFO.

    Raises:
        EngineError: no command can be run in its container.
    """
    try:
        said = _over_network(look, document, password)
        if said is None:
            return _inside(look, found, document["Id"], password)
    except TimeoutError:
        return f"no answer within {look.timeout - 1:.0f} s", {}
    info = _parsed(said.info)
    engine = look.maybe("engine")
    if info and engine and engine.disk_free is not None:
        info["free"] = str(engine.disk_free)  # a local engine's containers lie there
    return said.refused, info


def _over_network(look: Look, document: door.Json, password: str) -> server.Said | None:
    """Ask at the container's own address; None where this machine has no way to it.

    Raises:
        TimeoutError: it takes the connection and does not answer.
    """
    if not (address := network.address(document)):
        return None
    try:
        return server.info(address, password, look.timeout - 1)
    except TimeoutError:
        raise
    except OSError:  # nothing listens there, or it broke off
        return None


def _inside(
    look: Look, found: door.Engine, container: str, password: str
) -> tuple[str, dict[str, str]]:
    """Ask with redis-cli in the container.

    Raises:
        EngineError: no command can be run there.
        TimeoutError: it does not answer.
    """
    # Whoever has no password is not to borrow the container's own.
    nobody = [] if password else ["env", "-u", "REDISCLI_AUTH"]
    said = found.exec(
        container,
        and_free("/", [*nobody, "redis-cli", "--no-auth-warning", "INFO"]),
        env={"REDISCLI_AUTH": password} if password else {},
        timeout=look.timeout - 1,
    )
    if said.timed_out:
        raise TimeoutError
    info = _parsed(said.out)
    if info and (free := free_in(said.out)) is not None:
        info["free"] = str(free)
    problems = re.findall(
        r"^(?:NOAUTH|WRONGPASS|AUTH failed|ERR |LOADING|Could not connect).*?(?=\r?$)",
        said.out + said.err,
        re.MULTILINE,
    )
    return (problems[-1] if problems else ""), info


def _parsed(text: str) -> dict[str, str]:
    """Return the keys of INFO; none if there is no INFO in it."""
    info = dict(re.findall(r"^(\w+):(.*?)\r?$", text, re.MULTILINE))
    return info if "redis_version" in info else {}


def write_error(info: dict[str, str]) -> str:
    """Return why redis refuses writes, empty if it takes them."""
    if info.get("rdb_last_bgsave_status") == "err":
        return "the last background save failed (MISCONF follows on writes)"
    if info.get("aof_last_write_status") == "err":
        return "the last append to the AOF failed"
    return ""
