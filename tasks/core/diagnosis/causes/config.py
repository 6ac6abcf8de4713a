"""Causes in the stack's own settings: Compose files, env files, environment."""

from __future__ import annotations

from collections.abc import Iterator

from ...snapshot import EnvFiles, Snapshot
from ...sources.staleness import drift
from ..clues import Found, found, rule

#: What a service says that lacks a value.
UNSET = ("setting-missing", "environment-variable-missing", "db-settings-missing")
#: What follows when services run with different values of one setting.
STALE = (
    "redis-*",
    "token-signature-invalid",
    "cookie-secure",
    "setting-*",
    "environment-variable-missing",
)


@rule("env-missing", "config", 97, checks=("env", "compose"))
def env_missing(snap: Snapshot) -> Iterator[Found]:
    """There is an example of the env file, but no env file."""
    env = snap.env
    if env and env.example_exists and not env.exists:
        yield found(
            f"{env.path} is missing",
            f"{env.example} says which keys it needs",
            explains=("env-key-missing", "compose-*", "env-file-missing", *UNSET),
            fix="fix.env",
        )


#: What a key weighs that the example asks for and Compose can do without.
OPTIONAL_WEIGHT = 42


@rule("env-key-missing", "config", 96, checks=("env", "compose"))
def env_key_missing(snap: Snapshot) -> Iterator[Found]:
    """A key that the Compose files or the example ask for has no value."""
    places: dict[str, list[str]] = {}
    for unset in snap.model.unset if snap.model else ():
        if unset.required:
            places.setdefault(unset.name, []).append(f"{unset.file}:{unset.line}")
    needed = bool(places)
    for name, where in _against_example(snap.env):
        places.setdefault(name, []).append(where)
    if places:
        names = ", ".join(places)
        yield found(
            f"{names} {'has' if len(places) == 1 else 'have'} no value in "
            f"{snap.env.path if snap.env else '.env'}",
            *(f"{name}: {', '.join(where)}" for name, where in places.items()),
            explains=("compose-*", *UNSET),
            names=tuple(name.lower() for name in places),
            weight=96 if needed else OPTIONAL_WEIGHT,
            fix="fix.env",
        )


def _against_example(env: EnvFiles | None) -> Iterator[tuple[str, str]]:
    """Yield each key that the example has and the env file gives no value."""
    if env is None or not env.exists or not env.example_exists:
        return
    have = {key.name: key for key in env.keys}
    for key in env.example_keys:
        line = have.get(key.name)
        if not key.optional and line is None:
            yield key.name, f"{env.example}:{key.line}"
        elif not key.optional and line and line.empty:
            yield key.name, f"{env.path}:{line.line} is empty"


@rule("env-invalid", "config", 96, checks=("env", "compose"))
def env_invalid(snap: Snapshot) -> Iterator[Found]:
    """A line of the env file is not KEY=value."""
    if snap.env and snap.env.invalid:
        places = tuple(f"{snap.env.path}:{line}" for line in snap.env.invalid)
        yield found(
            f"{places[0]} is not KEY=value",
            *places,
            explains=("compose-*", "env-file-malformed"),
            advice="Mend the line by hand: KEY=value, no spaces around the =",
        )


@rule("compose-invalid", "config", 90, state=True, checks=("compose",))
def compose_invalid(snap: Snapshot) -> Iterator[Found]:
    """The Compose files don't resolve."""
    if snap.model and snap.model.error:
        absent = snap.model.error.startswith("there is no ")
        yield found(
            f"The Compose files don't resolve: {snap.model.error}",
            *snap.model.files,
            advice="Name the files: COMPOSE_FILE or UNSTUCK_FILES in .env"
            if absent
            else "Mend the file; docker compose config shows the error",
        )


@rule("env-drift", "config", 58, checks=("stale",), warns=True)
def env_drift(snap: Snapshot) -> Iterator[Found]:
    """A container was created before its environment was changed."""
    drifted: dict[str, list[str]] = {}
    if snap.model is None or snap.model.error:
        return  # what the environment should be isn't known
    for service in snap.model.services.values():
        for container in snap.of(service.name):
            if keys := drift(service, container):
                drifted[container.service] = keys
    if drifted:
        which = ", ".join(dict.fromkeys(k for ks in drifted.values() for k in ks))
        plural = "" if len(drifted) > 1 else "s"
        yield found(
            f"{', '.join(drifted)} still run{plural} with the old {which}: it was "
            "changed after the container was created",
            *(f"{name}: {', '.join(keys)}" for name, keys in drifted.items()),
            service=next(iter(drifted)),
            about=tuple(drifted),
            explains=STALE,
            fix="fix.recreate",
        )
