"""What the stack's HTTP endpoints answered: its health, and a login."""

from __future__ import annotations

from json import loads

from .snapshot import Login, Response
from .verdict import Verdicts, failed, passed, skipped


def health(answer: Response) -> Verdicts:
    """Tell what is wrong with an answer of a health endpoint."""
    if answer.error:
        yield failed(f"{answer.url}: {answer.error}", fix="fix.auto")
        return
    try:
        said = loads(answer.body)
    except ValueError:
        said = None
    parts = said if isinstance(said, dict) else {}
    bad = [
        f"{key}: {value}"
        for key, value in parts.items()
        if isinstance(value, str)
        and value.lower() in ("down", "error", "unhealthy", "fail", "unavailable")
    ]
    status = str(parts.get("status", "")).lower()
    if answer.status == 404:
        elsewhere = "if it lies elsewhere, set UNSTUCK_HEALTH_PATHS in .env"
        yield failed(f"{answer.url} does not exist (404)", elsewhere)
    elif answer.status != 200:
        yield failed(f"{answer.url} answers {answer.status}", *bad, fix="fix.auto")
    elif said is None:
        yield failed(f"{answer.url} answers 200, but no JSON", answer.body[:120])
    elif bad or status not in ("healthy", "ok", "up", "pass", "alive", ""):
        yield failed(f"{answer.url} says {status or 'it is not well'}", *bad)


def login(tried: Login) -> Verdicts:
    """Tell what is wrong with a live login, or why there was none."""
    if tried.skipped:
        yield skipped(f"live login: {tried.skipped}")
    elif tried.error:
        yield skipped(f"live login: {tried.error} ({tried.url})")
    elif tried.status != 200:
        yield failed(f"the login answers {tried.status}", tried.url)
    elif not tried.cookie:
        yield failed("the login sets no cookie", tried.url)
    elif tried.secure and tried.url.startswith("http:"):
        yield failed(
            f"the cookie {tried.cookie} is Secure, and the stack is served over HTTP: "
            "browsers don't send it",
            tried.url,
            fix="fix.cookies",
        )
    elif tried.next_status == 401:
        yield failed("login works, and the next request is 401", tried.next_url)
    else:
        yield passed(f"{tried.cookie} is set and comes back")
