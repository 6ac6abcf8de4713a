"""Whether the frontend's API calls reach the API: playbook section 3.

The base URL exists four times: in the Compose model, as the default in the
source, baked into the served JavaScript, and as what a browser gets when it
goes there. Only the first can be changed without a build.
"""

from __future__ import annotations

from typing import NamedTuple

from ..snapshot import Model, Response, Snapshot
from ..urls import split
from ..verdict import Verdicts, failed, passed, skipped


class Wrong(NamedTuple):
    """A base URL that can't work: what it is, where it stands, what is wanted."""

    summary: str
    where: str
    found: str
    wanted: str


def configured(model: Model, variable: str) -> str | None:
    """Return the base URL that the model gives the frontend, None if none."""
    service = model.role("frontend")
    if service is None:
        return None
    return service.build_args.get(variable) or service.environment.get(variable)


def where(model: Model, variable: str) -> str:
    """Return the ``file:line`` at which the model sets the variable."""
    name = model.roles.get("frontend", "")
    for part in ("environment", "build.args"):
        if found := model.locations.get(f"{name}.{part}.{variable}"):
            return found
    return model.files[0] if model.files else ""


def wrong(model: Model, variable: str, prefix: str) -> Wrong | None:
    """Return what is wrong with the configured base URL, None if nothing is.

    A relative base that the frontend forwards is as good as an absolute one.
    """
    value = configured(model, variable)
    if not value:
        return None
    url = split(value)
    origin = f"{url.scheme}://{url.netloc}" if url.netloc else ""
    good = origin + prefix
    if url.path.rstrip("/") != prefix:
        summary = (
            f"{variable} is {value}: it does not end in {prefix}, so each call is "
            "redirected and the redirect drops the CORS headers"
        )
        return Wrong(summary, where(model, variable), value, good)
    if url.hostname in model.services:
        summary = (
            f"{variable} is {value}: a browser can't resolve the service name "
            f"{url.hostname}"
        )
        port = f":{url.port}" if url.port else ""
        good = f"{url.scheme}://localhost{port}{prefix}"
        return Wrong(summary, where(model, variable), value, good)
    return None


def verdicts(snap: Snapshot) -> Verdicts:
    """Say what is wrong in each of the four places; see the module's text."""
    model, variable = snap.model, snap.settings.api_url_variable
    if model is None or model.role("frontend") is None:
        reason = "the stack has no frontend" if model else snap.why_not("model")
        yield skipped(reason)
        return
    value = configured(model, variable)
    problem = wrong(model, variable, snap.settings.api_prefix)
    if problem:
        redirect = _redirect(snap)
        yield failed(
            problem.summary,
            *(p for p in (problem.where, redirect) if p),
            f"wanted: {problem.found and problem.wanted}",
            fix="fix.api-url",
        )
    yield from _both(model, variable)
    yield from _source(snap, value)
    yield from _served(snap, value or _default(snap))
    yield from _reached(snap)
    seen = ["configured"]
    if snap.served and snap.served.bases:
        seen.append("served")
    if any(r.name == "api" and not r.error for r in snap.http or ()):
        seen.append("reached")
    yield passed(f"{value or _default(snap)}: {', '.join(seen)}")


def _default(snap: Snapshot) -> str:
    return (snap.api_source.base if snap.api_source else None) or ""


def _both(model: Model, variable: str) -> Verdicts:
    """The build argument is what counts; a differing environment misleads."""
    service = model.role("frontend")
    if service is None:
        return
    built, run = service.build_args.get(variable), service.environment.get(variable)
    if built and run and built != run:
        yield failed(
            f"{variable} is {built} in the build and {run} at run time",
            where(model, variable),
            fix="fix.api-url",
        )


def _source(snap: Snapshot, value: str | None) -> Verdicts:
    source, prefix = snap.api_source, snap.settings.api_prefix
    if source is None or not source.exists:
        reason = f"no {source.path}" if source else snap.why_not("api_source")
        yield skipped(f"the default in the source: {reason}")
        return
    at = f"{source.path}:{source.base_line}"
    if source.base is None:
        if not source.uses_variable:
            yield skipped(f"no base URL was recognised in {source.path}")
    elif split(source.base).path.rstrip("/") != prefix:
        yield failed(
            f"the default base URL is {source.base}, it should be {prefix}",
            at,
            fix="fix.api-url",
        )
    elif value and not source.uses_variable:
        yield failed(
            f"{source.path} does not read {snap.settings.api_url_variable}, "
            "which Compose sets",
            at,
        )


def _served(snap: Snapshot, value: str) -> Verdicts:
    served = snap.served
    if served is None or served.error:
        reason = served.error if served else snap.why_not("served")
        yield skipped(f"the served JavaScript: {reason}")
        return
    if not served.bases:
        yield skipped(f"no base URL was found in {served.scripts} scripts served")
        return
    others = {b: f for b, f in served.bases.items() if b != value.rstrip("/")}
    # The source's default stays in the bundle beside the configured value.
    others.pop(_default(snap).rstrip("/"), None)
    if others and value.rstrip("/") not in served.bases:
        base, file = next(iter(others.items()))
        yield failed(
            f"the served JavaScript calls {base}, Compose says {value}",
            f"{served.url.rstrip('/')}{file}",
            fix="fix.rebuild-frontend",
        )


def _reached(snap: Snapshot) -> Verdicts:
    """The way a browser goes: the configured base, from the frontend's origin."""
    answer = next((r for r in snap.http or () if r.name == "api"), None)
    if answer is None:
        yield skipped("the API was not called as a browser does")
    elif answer.error:
        yield skipped(f"the API does not answer: {answer.error} ({answer.url})")
    elif 300 <= answer.status < 400:
        yield failed(
            f"{answer.url} redirects ({answer.status}) to "
            f"{answer.headers.get('location', '?')}",
            fix="fix.api-url",
        )
    elif not _allowed(snap, answer):
        yield failed(
            "the backend does not allow the frontend's origin (CORS)",
            f"{answer.url} answers {answer.status} without "
            "Access-Control-Allow-Origin for it",
            fix="fix.recreate",
        )


def _allowed(snap: Snapshot, answer: Response) -> bool:
    if snap.served is None:
        return True  # the frontend's own origin isn't known
    page, api = split(snap.served.url), split(answer.url)
    if (page.scheme, page.netloc) == (api.scheme, api.netloc):
        return True  # one origin: no CORS
    allowed = answer.headers.get("access-control-allow-origin", "")
    return allowed in ("*", f"{page.scheme}://{page.netloc}")


def _redirect(snap: Snapshot) -> str:
    """Describe the live redirect, the proof of what goes wrong."""
    answer = next((r for r in snap.http or () if r.name == "redirect"), None)
    if answer is None or not 300 <= answer.status < 400:
        return ""
    cors = answer.headers.get("access-control-allow-origin")
    return (
        f"{answer.url} answers {answer.status} to {answer.headers.get('location', '?')}"
        f" {'with' if cors else 'without'} a CORS header"
    )
