"""What the published endpoints answer: health, redirect, CORS, JavaScript, login."""

from __future__ import annotations

import json
import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from ...core import snapshot
from ...core.atonce import at_once
from ...core.config import PROBE_MARK
from .. import http as door
from ..look import Look, Unseen

MAX_PAGES = 4
MAX_SCRIPTS = 60
MAX_SCRIPT = 4 << 20


def origin(look: Look, role: str) -> str:
    """Return the address at which a role's first port is published.

    Raises:
        Unseen: the stack has no such service, or it publishes no port.
    """
    service = look.get("model").role(role)
    if service is None:
        raise Unseen(f"the stack has no {role}")
    for port in look.get("compose").ports:
        if port.service == service.name:
            return f"http://{host(look)}:{port.port}"
    raise Unseen(f"{service.name} publishes no port")


def host(look: Look) -> str:
    """Return the host of the published ports: a setting, or the engine's own.

    On this machine that is ``localhost``, as a browser would have it: cookies
    and CORS look at the name.
    """
    if look.settings.host:
        return look.settings.host
    client = look.maybe("client")
    if client is None or client.endpoint.local:
        return "localhost"
    return str(client.endpoint.host)


def http(look: Look) -> tuple[snapshot.Response, ...]:
    """Ask the health endpoints, the redirect, and the API as a browser would."""
    backend = origin(look, "backend")
    try:
        frontend = origin(look, "frontend")
    except Unseen:
        frontend = ""
    ask: list[tuple[str, str, dict[str, str]]] = [
        (f"health:{path}", backend + path, {}) for path in look.settings.health_paths
    ]
    browser = {"Origin": frontend} if frontend else {}
    redirect = f"{backend}{look.settings.redirect_path}?{PROBE_MARK}"
    ask.append(("redirect", redirect, browser))
    if base := api_base(look):
        health = base.rstrip("/") + "/health"
        target = urljoin(frontend + "/", health) if frontend else health
        if urlsplit(target).scheme:
            ask.append(("api", target, browser))
    limit = min(5.0, look.timeout - 1)

    def answer(asked: tuple[str, str, dict[str, str]]) -> snapshot.Response:
        name, url, headers = asked
        return door.fetch(name, url, headers=headers, timeout=limit)

    return tuple(at_once(answer, ask, most=len(ask)))


def api_base(look: Look) -> str:
    """Return the API base URL of the resolved model, empty if it has none."""
    service = look.get("model").role("frontend")
    if service is None:
        return ""
    name = look.settings.api_url_variable
    return service.build_args.get(name) or service.environment.get(name) or ""


def served(look: Look) -> snapshot.Served:
    """Read the JavaScript that the frontend serves and find the API base in it."""
    start = origin(look, "frontend") + "/"
    pages, queue, scripts = set[str](), [start], dict[str, None]()
    while queue and len(pages) < MAX_PAGES:
        url = queue.pop(0)
        if url in pages:
            continue
        pages.add(url)
        page = door.fetch("page", url, timeout=5.0, limit=MAX_SCRIPT)
        if page.error:
            return snapshot.Served(url=url, error=page.error)
        if moved := door.location(page):
            queue.append(moved)
            continue
        if page.status >= 500:
            return snapshot.Served(url=url, error=f"answers {page.status}")
        scripts.update(dict.fromkeys(urljoin(url, s) for s in scripts_in(page.body)))
        links = re.findall(r'<a[^>]+href="(/[^"/][^"#]*)"', page.body)
        queue.extend(urljoin(url, link) for link in links)
    bases: dict[str, str] = {}
    answers = at_once(
        lambda url: door.fetch("script", url, timeout=5.0, limit=MAX_SCRIPT),
        list(scripts)[:MAX_SCRIPTS],
        most=6,
    )
    for answer in answers:
        for base in bases_in(answer.body, look.settings.api_prefix):
            bases.setdefault(base, urlsplit(answer.url).path)
    return snapshot.Served(url=start, scripts=len(scripts), bases=bases)


def scripts_in(page: str) -> list[str]:
    """Return the addresses of a page's scripts, those it loads later included.

    Next.js names the latter only in its streamed data, below ``/_next``.
    """
    tags = re.findall(r'(?:src|href)="([^"]+\.js[^"]*)"', page)
    later = re.findall(r"""static/chunks/[^"'\\\s]+\.js""", page)
    return tags + [f"/_next/{path}" for path in later]


def bases_in(script: str, prefix: str) -> list[str]:
    """Return the API base URLs in a script: what ``baseURL`` is, or looks like one.

    A base is an absolute address whose path starts as the prefix does, or a
    string assigned to ``baseURL``.
    """
    first = re.escape(prefix.split("/")[1]) if prefix.strip("/") else "api"
    absolute = rf"""["'`](https?://[^"'`\s/]+/{first}(?:/v\d+)?)/?["'`]"""
    assigned = r"""baseURL:\s*["'`]([^"'`\s]+)["'`]"""
    hits = re.findall(absolute, script) + re.findall(assigned, script)
    return list(dict.fromkeys(hit.rstrip("/") for hit in hits))


def login(look: Look) -> snapshot.Login:
    """Log in with the credentials of the settings and use the cookie once."""
    settings = look.settings
    if not settings.login_user or not settings.login_password:
        why = "UNSTUCK_LOGIN_USER and UNSTUCK_LOGIN_PASSWORD are not set in .env"
        return snapshot.Login(skipped=why)
    backend = origin(look, "backend")
    url = backend + settings.login_path
    user_field, password_field = settings.login_fields
    pairs = {user_field: settings.login_user, password_field: settings.login_password}
    answer = door.fetch(
        "login",
        url,
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps(pairs).encode(),
    )
    if answer.status in (415, 422):  # a form then, as OAuth2 has it
        answer = door.fetch(
            "login",
            url,
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(pairs).encode(),
        )
    if answer.error or answer.status != 200:
        return snapshot.Login(url=url, status=answer.status, error=answer.error)
    cookie = _cookie(answer.headers.get("set-cookie", ""), settings.login_cookie)
    check = f"{backend}{settings.login_check_path}?{PROBE_MARK}"
    if cookie is None:
        return snapshot.Login(url=url, status=answer.status, next_url=check)
    # A browser keeps a Secure cookie to itself on plain HTTP, localhost apart.
    secure = bool(cookie["secure"])
    sends = not secure or url.startswith("https:")
    headers = {"Cookie": f"{cookie.key}={cookie.coded_value}"} if sends else {}
    after = door.fetch("login-check", check, headers=headers)
    return snapshot.Login(
        url=url,
        status=answer.status,
        cookie=cookie.key,
        secure=secure,
        http_only=bool(cookie["httponly"]),
        same_site=str(cookie["samesite"]),
        next_url=check,
        next_status=after.status,
        error=after.error,
    )


def _cookie(header: str, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    for line in header.splitlines():
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(line)
        except CookieError:
            continue
        if name in jar:
            return jar[name]
    return None
