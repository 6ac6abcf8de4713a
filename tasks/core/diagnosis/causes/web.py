"""Causes on the way from the browser: base URL, CORS, cookies."""

from __future__ import annotations

from collections.abc import Iterator

from ...snapshot import Snapshot
from ...sources import apiurl
from ...urls import split
from ..clues import Found, found, rule

CHECKS = ("api-url",)


@rule("api-url-config", "config", 54, checks=CHECKS)
def configured(snap: Snapshot) -> Iterator[Found]:
    """The Compose model gives the frontend a base URL that can't work."""
    model, settings = snap.model, snap.settings
    if model is None:
        return
    wrong = apiurl.wrong(model, settings.api_url_variable, settings.api_prefix)
    if wrong:
        yield found(
            wrong.summary,
            f"{wrong.where}: {wrong.found}; wanted {wrong.wanted}",
            _redirect(snap),
            service=_frontend(snap),
            explains=("api-url-*", "cors-*", "api-redirected", "response-not-json"),
            fix="fix.api-url",
        )


@rule("api-url-source", "config", 53, checks=CHECKS)
def source(snap: Snapshot) -> Iterator[Found]:
    """The default base URL in the frontend's source can't work."""
    seen, prefix = snap.api_source, snap.settings.api_prefix
    if seen is None or seen.base is None:
        return
    if split(seen.base).path.rstrip("/") != prefix:
        yield found(
            f"The default base URL in {seen.path} is {seen.base}, it should be "
            f"{prefix}",
            f"{seen.path}:{seen.base_line}",
            service=_frontend(snap),
            explains=("api-url-baked",),
            fix="fix.api-url",
        )


@rule("api-url-baked", "config", 52, checks=CHECKS)
def baked(snap: Snapshot) -> Iterator[Found]:
    """The served JavaScript was built with another base URL than is set now."""
    served, model = snap.served, snap.model
    if served is None or served.error or not served.bases or model is None:
        return
    value = apiurl.configured(model, snap.settings.api_url_variable)
    default = (snap.api_source.base if snap.api_source else None) or ""
    wanted = (value or default).rstrip("/")
    others = {b: f for b, f in served.bases.items() if b not in (wanted, default)}
    if others and wanted not in served.bases:
        base, file = next(iter(others.items()))
        yield found(
            f"The frontend's image was built with the API at {base}; it should be "
            f"{wanted}",
            f"{served.url.rstrip('/')}{file}: {base}",
            service=_frontend(snap),
            explains=("cors-*",),
            fix="fix.rebuild-frontend",
        )


@rule("cors-origin-refused", "config", 51, checks=CHECKS)
def cors(snap: Snapshot) -> Iterator[Found]:
    """The backend does not allow the frontend's origin."""
    answer = next((r for r in snap.http or () if r.name == "api"), None)
    if answer is None or answer.error or snap.served is None:
        return
    page, api = split(snap.served.url), split(answer.url)
    origin = f"{page.scheme}://{page.netloc}"
    allowed = answer.headers.get("access-control-allow-origin", "")
    if (page.scheme, page.netloc) == (api.scheme, api.netloc):
        return
    if answer.status < 300 and allowed not in ("*", origin):
        yield found(
            f"The backend does not allow the frontend's origin {origin} (CORS)",
            f"{answer.url} answers {answer.status} with Access-Control-Allow-Origin: "
            f"{allowed or 'nothing'}",
            service=_backend(snap),
            follows=("env-drift",),
            advice=f"Let the backend's CORS setting name {origin}, then: inv "
            "fix.recreate",
        )


@rule("credentials-not-sent", "auth", 46, checks=("cookies",))
def credentials(snap: Snapshot) -> Iterator[Found]:
    """The frontend's source does not ask the browser to send cookies."""
    seen = snap.api_source
    if seen is None or not seen.exists or seen.credentials:
        return
    what = "false" if seen.credentials is False else "not set"
    line = f":{seen.credentials_line}" if seen.credentials_line else ""
    yield found(
        f"withCredentials is {what}: the browser sends no cookies, so a login does "
        "not last",
        f"{seen.path}{line}",
        service=_frontend(snap),
        fix="fix.cookies",
    )


@rule("cookie-secure", "auth", 45, checks=("cookies",))
def cookie_secure(snap: Snapshot) -> Iterator[Found]:
    """The login's cookie is Secure, and the stack is served over HTTP."""
    login = snap.login
    if login and login.cookie and login.secure and login.url.startswith("http:"):
        yield found(
            f"The cookie {login.cookie} is Secure and the stack is served over HTTP: "
            "the browser does not send it, so a login does not last",
            f"{login.url} answers {login.status}; the next request, {login.next_url}, "
            f"answers {login.next_status}",
            service=_backend(snap),
            fix="fix.cookies",
        )


@rule("login-fails", "auth", 40, checks=("cookies",))
def login_fails(snap: Snapshot) -> Iterator[Found]:
    """The login itself does not work, though the backend answers."""
    login = snap.login
    if login is None or login.skipped or login.error:
        return
    if login.status != 200:
        cause = f"The login answers {login.status}"
    elif not login.cookie:
        cause = "The login sets no cookie"
    elif not login.secure and login.next_status == 401:
        cause = "The login works, and the next request is 401"
    else:
        return
    yield found(
        cause,
        login.next_url if login.next_status else login.url,
        service=_backend(snap),
        confidence="possible",
        advice="Compare UNSTUCK_LOGIN_USER and UNSTUCK_LOGIN_PASSWORD with the "
        "account there is",
    )


def _redirect(snap: Snapshot) -> str:
    answer = next((r for r in snap.http or () if r.name == "redirect"), None)
    if answer is None or not 300 <= answer.status < 400:
        return ""
    cors = "with" if answer.headers.get("access-control-allow-origin") else "without"
    where = answer.headers.get("location", "?")
    return f"{answer.url} answers {answer.status} to {where} {cors} a CORS header"


def _frontend(snap: Snapshot) -> str:
    return snap.model.roles.get("frontend", "") if snap.model else ""


def _backend(snap: Snapshot) -> str:
    return snap.model.roles.get("backend", "") if snap.model else ""
