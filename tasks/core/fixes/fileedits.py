"""The edits that fixes make to a stack's own files, by kind, and their diffs.

A plan computes an edit to show it; the step computes it again from the file as
it is then. So what is kept of a plan holds no file's text, and doing a step
twice changes nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import ndiff
from typing import TYPE_CHECKING, NamedTuple

from ..errors import WrongUsage

if TYPE_CHECKING:
    from ..compose.yamlscan import Path

    Section = Path

_VARIABLE = re.compile(
    r"\$\{(?P<name>\w+)(?P<default>:?-(?P<value>.*))?\}|\$(?P<bare>\w+)"
)


class Edit(NamedTuple):
    """One edit of one file.

    Attributes:
        path: the file, relative to the stack's root.
        kind: which of `KINDS`.
        args: what that kind needs.
    """

    path: str
    kind: str
    args: dict[str, str]

    def apply(self, text: str) -> str:
        """Return the file's new text; unchanged if the edit is done already.

        Raises:
            WrongUsage: it can't be done safely; says to do it by hand.
        """
        return KINDS[self.kind](text, self.args)

    def flat(self) -> dict[str, str]:
        """Return it as a step's arguments; `unflatten` reads them."""
        return {"path": self.path, "kind": self.kind, **self.args}


def unflatten(args: Mapping[str, str]) -> Edit:
    """Return the edit that `Edit.flat` wrote."""
    rest = {k: v for k, v in args.items() if k not in ("path", "kind")}
    return Edit(args["path"], args["kind"], rest)


def diff(before: str, after: str) -> tuple[str, ...]:
    """Return the lines that differ, as ``-old`` and ``+new``."""
    lines = ndiff(before.splitlines(), after.splitlines())
    return tuple(f"{line[0]}{line[2:]}" for line in lines if line[0] in "-+")


def _requirement(text: str, args: Mapping[str, str]) -> str:
    from .edits import set_requirement

    return set_requirement(text, args["pin"])


def _environment(text: str, args: Mapping[str, str]) -> str:
    from ..compose.edit import BUILD_ARGS, ENVIRONMENT, set_environment

    section = BUILD_ARGS if args["section"] == "args" else ENVIRONMENT
    return set_environment(text, args["service"], args["key"], args["value"], section)


def _env_key(text: str, args: Mapping[str, str]) -> str:
    from .edits import set_env_key

    return set_env_key(text, args["key"], args["value"])


def _credentials(text: str, _args: Mapping[str, str]) -> str:
    from .edits import set_with_credentials

    return set_with_credentials(text)


def _api_base(text: str, args: Mapping[str, str]) -> str:
    from .edits import set_api_base

    return set_api_base(text, args["variable"], args["value"])


KINDS: dict[str, Callable[[str, Mapping[str, str]], str]] = {
    "requirement": _requirement,
    "environment": _environment,
    "env-key": _env_key,
    "credentials": _credentials,
    "api-base": _api_base,
}


class Place(NamedTuple):
    """Where a service's variable gets its value, and what stands there.

    Attributes:
        file: the Compose file, or the env file.
        section: ``environment`` or ``args``; ``env`` for a key of the env file.
        key: the variable there.
        raw: the value as the file has it.
    """

    file: str
    section: str
    key: str
    raw: str


def places(
    service: str, key: str, compose: Mapping[str, str], env: Mapping[str, str]
) -> list[Place]:
    """Return every place that gives a service's variable its value.

    A value that is nothing but ``${NAME}`` is followed to the env file; one
    with a default that the env file does not override stays in the Compose file.

    Args:
        service: the service.
        key: its variable.
        compose: the Compose files, name to text.
        env: the keys of the stack's ``.env`` and their values.
    """
    from ..compose.edit import BUILD_ARGS, ENVIRONMENT

    found = []
    for file, text in compose.items():
        for name, section in (("environment", ENVIRONMENT), ("args", BUILD_ARGS)):
            value = _given(text, service, key, section)
            if value is None:
                continue
            whole = _VARIABLE.fullmatch(value)
            variable = (whole["name"] or whole["bare"]) if whole else ""
            if variable in env:
                found.append(Place(".env", "env", variable, env[variable]))
            else:
                found.append(Place(file, name, key, value))
    return list(dict.fromkeys(found))


def _given(text: str, service: str, key: str, section: Section) -> str | None:
    """Return what a file gives a service's variable, None if nothing."""
    from ..compose.edit import merged_value, raw_value

    raw = raw_value(text, service, key, section)
    if raw is None:
        return merged_value(text, service, key, section)
    # ``KEY:`` without a value takes it from the environment.
    return raw.value if raw.value is not None else f"${{{key}}}"


def edit_of(place: Place, service: str, value: str) -> Edit:
    """Return the edit that puts a value in a place."""
    if place.section == "env":
        return Edit(place.file, "env-key", {"key": place.key, "value": value})
    args = {"section": place.section, "service": service}
    return Edit(place.file, "environment", {**args, "key": place.key, "value": value})


def api_url(raw: str, prefix: str, internal: frozenset[str]) -> str | None:
    """Return an API base URL as a browser can use it, its variables kept.

    Args:
        raw: the value as the file has it.
        prefix: the path that it must end with.
        internal: names that only containers resolve: the services'.

    Returns:
        The new value, None if it can't be told.
    """
    from ..compose.edit import with_path

    whole = _VARIABLE.fullmatch(raw)
    if whole:
        if not whole["default"]:
            return None  # set nowhere that can be edited
        inner = api_url(whole["value"], prefix, internal)
        if inner is None:
            return None
        operator = whole["default"][: -len(whole["value"])] if whole["value"] else ":-"
        return f"${{{whole['name']}{operator}{inner}}}"
    if raw.startswith("/"):
        return prefix
    host = re.match(r"(?P<scheme>[a-z]+://)(?P<host>[A-Za-z0-9_.-]+)", raw)
    if host and host["host"] in internal:
        raw = f"{host['scheme']}localhost{raw[host.end() :]}"
    return with_path(raw, prefix)


def must(place: Place, value: str | None) -> str:
    """Return the value.

    Raises:
        WrongUsage: there is none; says where to edit by hand.
    """
    if value is None:
        raise WrongUsage(
            f"{place.key} in {place.file} is {place.raw}: it can't be changed safely",
            f"edit {place.file} by hand",
        )
    return value
