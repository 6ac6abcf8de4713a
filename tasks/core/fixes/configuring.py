"""The fixes that edit the stack's own files: pins, API address, cookies, .env."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..errors import WrongUsage
from ..model import Step
from ..sources import apiurl
from ..sources import pins as requirements
from . import remedies
from .fileedits import Edit, Place, api_url, diff, edit_of, must, places
from .fix import Blocked, Facts, Healthy, Keeps, Next, Note, Parts

_COOKIE = re.compile(r"COOKIE.*SECURE|SECURE.*COOKIE", re.IGNORECASE)
_TRUE = frozenset({"true", "1", "yes", "on"})


def edit_step(facts: Facts, why: str, edit: Edit) -> Step:
    """Return the step that makes an edit, its diff shown.

    Raises:
        WrongUsage: the edit can't be made safely.
    """
    text = facts.read(edit.path)
    if text is None:
        raise WrongUsage(f"{edit.path} can't be read")
    return Step(
        why=why, action="edit", args=edit.flat(), diff=diff(text, edit.apply(text))
    )


def edits(facts: Facts, why: str, wanted: Iterable[Edit]) -> Iterator[Step]:
    """Yield a step for each edit that changes something."""
    for edit in wanted:
        step = edit_step(facts, f"{why} in {edit.path}", edit)
        if step.diff:
            yield step


def pins(facts: Facts) -> Parts:
    """Yield an edit for each pin that the requirements don't honour."""
    lines = facts.snapshot.requirements
    if lines is None or (lines.error and not lines.lines):
        reason = lines.error if lines else facts.snapshot.why_not("requirements")
        yield Blocked(f"the requirements were not read: {reason}")
        return
    wrong = requirements.wrong(facts.settings.pins, lines)
    for found in wrong:
        line = found.verdict.line
        pin = found.verdict.pin
        edit = Edit(line.file if line else lines.path, "requirement", {"pin": pin})
        try:
            yield from edits(facts, f"pin {pin}", [edit])
        except WrongUsage as error:
            yield Blocked(f"{error.message}: {found.summary}")
            yield Next(f"edit {found.where} by hand: {pin}")
    if not wrong:
        yield Note(f"{lines.path} has {remedies.names(facts.settings.pins)} already")


def api(facts: Facts) -> Parts:
    """Yield the edits that make every place name the API's real address."""
    model, settings = facts.snapshot.model, facts.settings
    service = facts.role("frontend")
    if model is None or not service:
        yield Blocked("the stack has no frontend")
        return
    problem = apiurl.wrong(model, settings.api_url_variable, settings.api_prefix)
    try:
        steps = [*_api_places(facts, service), *_api_source(facts)]
    except WrongUsage as error:
        steps, why = [], error.message
    else:
        why = f"{settings.api_url_variable} is set in a way that can't be edited safely"
    if problem and not steps:
        yield Blocked(why)
        yield Next(f"edit {problem.where} by hand: {problem.wanted}")
        return
    yield from steps
    if not steps:
        yield Note("the files name the API's address as they should")


def _api_places(facts: Facts, service: str) -> Iterator[Step]:
    model, settings = facts.snapshot.model, facts.settings
    variable = settings.api_url_variable
    internal = frozenset(model.services) if model else frozenset()
    wanted = None
    for place in _places(facts, service, variable):
        value = must(place, api_url(place.raw, settings.api_prefix, internal))
        # The build argument and the environment must not differ.
        wanted = wanted or value
        if place.raw != value:
            yield from edits(
                facts, f"set {place.key}", [edit_of(place, service, value)]
            )


def _api_source(facts: Facts) -> Iterator[Step]:
    source, settings = facts.snapshot.api_source, facts.settings
    if source is None or not source.exists or source.base is None:
        return
    path = re.sub(r"^[a-z]+://[^/]*", "", source.base).rstrip("/")
    if path == settings.api_prefix:
        return
    base = source.base[: len(source.base.rstrip("/")) - len(path)] + settings.api_prefix
    args = {"variable": settings.api_url_variable, "value": base}
    edit = Edit(source.path, "api-base", args)
    yield from edits(facts, "set the default base URL", [edit])


def cookies(facts: Facts) -> Parts:
    """Yield what makes a login last: credentials sent, a cookie that is kept."""
    source, login = facts.snapshot.api_source, facts.snapshot.login
    unsent = source is not None and source.exists and not source.credentials
    if source is not None and unsent:
        yield from _credentials(facts, source.path)
    if login is not None and login.secure and login.url.startswith("http:"):
        yield from _insecure(facts, login.cookie, alone=not unsent)
    elif not unsent:
        yield Note("cookies are sent, and the login's cookie is one a browser keeps")


def _credentials(facts: Facts, path: str) -> Parts:
    try:
        yield from edits(facts, "send cookies", [Edit(path, "credentials", {})])
    except WrongUsage as error:
        yield Blocked(error.message)
        yield Next(f"edit {path} by hand: withCredentials: true")
        return
    yield from remedies.rebuild(facts, "frontend")


def _insecure(facts: Facts, cookie: str, *, alone: bool) -> Parts:
    """Yield what makes a backend behind plain HTTP set a cookie without Secure.

    Args:
        facts: what is decided from.
        cookie: its name.
        alone: whether nothing else is to be mended.
    """
    service = facts.role("backend")
    found = _secure_places(facts, service)
    if not found:
        why = f"no variable of {service} makes the cookie {cookie} Secure"
        yield Blocked(why) if alone else Note(why)
        yield Next(f"find in the source of {service} where it sets {cookie}")
        return
    try:
        for place in found:
            off = _off(place)
            yield from edits(facts, f"set {place.key}", [edit_of(place, service, off)])
    except WrongUsage as error:
        yield Blocked(error.message)
        yield Next(f"set {place.key} in {place.file} by hand: {off}")
        return
    users = [service, *(n for n in facts.workers if n in remedies.expected(facts))]
    yield facts.run(
        f"recreate {remedies.names(users)} with it",
        *("up", "--detach", "--no-deps", *users),
        destroys=tuple(f"container of {name}" for name in users),
    )
    yield Keeps("volumes; a cookie over HTTPS needs Secure: set it back for that")
    yield Healthy((service,))


def _secure_places(facts: Facts, service: str) -> list[Place]:
    """Return where the variables that make cookies Secure are switched on."""
    model = facts.snapshot.model
    environment = model.services[service].environment if model and service else {}
    keys = [
        key
        for key, value in environment.items()
        if _COOKIE.search(key) and (value or "").lower() in _TRUE
    ]
    return [place for key in keys for place in _places(facts, service, key)]


def _off(place: Place) -> str:
    """Return the value that switches it off, in the words that are used there."""
    default = re.fullmatch(r"(\$\{\w+:?-)\w+(\})", place.raw)
    words = {"1": "0", "yes": "no", "on": "off", "True": "False", "TRUE": "FALSE"}
    bare = re.sub(r"\$\{\w+:?-(\w+)\}", r"\1", place.raw).strip("\"'")
    value = words.get(bare, "false")
    return f"{default[1]}{value}{default[2]}" if default else value


def env(facts: Facts) -> Parts:
    """Yield the completion of ``.env``; values are made when it is done."""
    seen = facts.snapshot.env
    if seen is None or not seen.example_exists:
        yield Blocked(f"there is no {seen.example if seen else '.env.example'}")
        yield Next("write .env by hand: inv check.compose names what must be set")
        return
    have = {key.name: key for key in seen.keys}
    missing = [k.name for k in seen.example_keys if k.name not in have]
    missing = [n for n in missing if not _optional(facts, n)]
    empty = [
        k.name
        for k in seen.example_keys
        if not k.optional and k.name in have and have[k.name].empty
    ]
    if not missing and not empty:
        yield Note(f"{seen.path} has every key of {seen.example}, and none is empty")
        return
    what = [f"{len(missing)} missing"] if missing else []
    what += [f"{len(empty)} empty"] if empty else []
    shown = tuple(f"+{name}" for name in (*missing, *empty))
    yield Step(
        why=f"complete {seen.path} ({', '.join(what)} keys)"
        if seen.exists
        else f"make {seen.path} from {seen.example}",
        argv=("cp", "-n", seen.example, seen.path),
        action="complete-env",
        args={"path": seen.path, "example": seen.example},
        diff=shown,
        timeout=60,
    )
    for unset in facts.snapshot.model.unset if facts.snapshot.model else ():
        if unset.required and unset.name not in {k.name for k in seen.example_keys}:
            where = f"{unset.file}:{unset.line}"
            yield Note(f"{unset.name} must be set as well ({where}); no example has it")
    yield Note("values that running containers still have are taken from them")
    yield Note("empty passwords and keys get a generated value, which is not shown")
    yield Keeps(f"every value that {seen.path} has")
    yield Next("inv fix.recreate")


def _optional(facts: Facts, name: str) -> bool:
    seen = facts.snapshot.env
    keys = seen.example_keys if seen else ()
    return any(key.name == name and key.optional for key in keys)


def _places(facts: Facts, service: str, key: str) -> list[Place]:
    texts = {name: facts.read(name) for name in facts.settings.files}
    compose = {name: text for name, text in texts.items() if text is not None}
    return places(service, key, compose, _env_values(facts))


def _env_values(facts: Facts) -> dict[str, str]:
    """Return what ``.env`` itself sets, without the process's environment."""
    from ..sources.envkeys import bindings

    text = facts.read(".env") or ""
    return {b.key: b.value for b in bindings(text) if b.key and b.value is not None}
