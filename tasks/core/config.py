"""Every setting: its name, default and meaning, in one table.

Settings come from the environment and the stack's ``.env``, the environment
first. The block of ``UNSTUCK_`` keys in ``.env.example`` and the table in
``docs/settings.md`` are held against this one by a test.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from .errors import WrongUsage
from .sources import exact

T = TypeVar("T")

PREFIX = "UNSTUCK_"

#: The names Compose looks for itself, and those it lays on top; the first wins.
_DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
#: In the address of a probe's request that a log would take for a user's failure.
PROBE_MARK = "unstuck-probe"


class Setting(NamedTuple):
    """One documented setting: the key without its prefix, default, meaning."""

    key: str
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "FILES",
        "docker-compose.local.yml",
        "Compose files, separated by commas, if COMPOSE_FILE names none; where "
        "there is no such file, Compose looks for its own default names",
    ),
    Setting("BACKEND", "", "service of the backend; empty: found by name and build"),
    Setting("FRONTEND", "", "service of the frontend; empty: found likewise"),
    Setting("DB", "", "service of the database; empty: found by name and image"),
    Setting("REDIS", "", "service of redis; empty: found likewise"),
    Setting(
        "PINS",
        "numpy==1.26.4,scipy==1.15.3",
        "requirements that the build context and the image must satisfy",
    ),
    Setting("REQUIREMENTS", "requirements.txt", "below the backend's build context"),
    Setting(
        "IMPORTS",
        "",
        "more packages whose import must work in the backend's image; those "
        "pinned, and the ones built on them, are tried anyway",
    ),
    Setting(
        "VERSIONS",
        "",
        "directory of the Alembic revisions below the backend's build context; "
        "empty: as alembic.ini says",
    ),
    Setting("API_URL_VARIABLE", "NEXT_PUBLIC_API_URL", "the frontend's API base URL"),
    Setting("API_PREFIX", "/api/v1", "path that the API base URL must end with"),
    Setting("API_SOURCE", "src/lib/api.ts", "below the frontend's build context"),
    Setting("HEALTH_PATHS", "/health,/api/v1/health", "the backend's health endpoints"),
    Setting("REDIRECT_PATH", "/api/people", "a path that redirects to the prefix"),
    Setting("TABLES", "people,rotation_templates", "tables that must not be empty"),
    Setting(
        "SEED",
        "python -m scripts.seed_people,python -m scripts.seed_rotation_templates",
        "commands that seed those tables, in the same order, run in the backend",
    ),
    Setting("MIGRATE", "alembic upgrade head", "command that migrates the database"),
    Setting("LOGIN_USER", "", "user for the live login of check.cookies"),
    Setting("LOGIN_PASSWORD", "", "that user's password"),
    Setting("LOGIN_PATH", "/api/v1/auth/login", "path the login is posted to"),
    Setting("LOGIN_FIELDS", "username,password", "names of the two form fields"),
    Setting("LOGIN_CHECK_PATH", "/api/v1/auth/me", "answers 401 without the cookie"),
    Setting("LOGIN_COOKIE", "access_token", "the cookie that a login must set"),
    Setting("HOST", "", "host of the published ports; empty: the engine's own"),
    Setting("PROBE_TIMEOUT", "10", "seconds until one probe is given up"),
    Setting("MIN_FREE_GB", "5", "GB that should be free on the engine's disk"),
    Setting("MIN_MEMORY_GB", "2", "GB of memory that the engine should have"),
    Setting("LOCK_SECONDS", "30", "seconds after which a database lock is reported"),
    Setting("LOG_LINES", "400", "log lines of each service that a diagnosis reads"),
    Setting("SIGNATURES", "", "files with your own failure signatures, by commas"),
    Setting("SECRET_KEYS", "", "more keys whose values are secret"),
    Setting("PUBLIC_KEYS", "", "keys whose values are not secret, despite their name"),
    Setting("PERSONAL_COLUMNS", "", "columns or JSON keys that hold personal data"),
    Setting("PERSONAL_PATTERNS", "", "regular expressions of personal data, by spaces"),
    Setting(
        "VERIFY_SECONDS",
        "120",
        "seconds that a fix waits for its checks to pass and services to be healthy",
    ),
    Setting("BACKUPS", "backups", "directory of the database backups"),
    Setting("STATE", ".unstuck", "directory of journals, locks and caches"),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one run; `SETTINGS` tells each one's meaning.

    Attributes:
        root: the stack's directory, absolute; every relative path is below it.
        environ: what Compose interpolates with: ``.env`` under the process's
            own environment. Holds secrets: never printed or stored.
    """

    root: Path
    environ: dict[str, str]
    files: tuple[str, ...]
    backend: str
    frontend: str
    db: str
    redis: str
    pins: tuple[str, ...]
    requirements: str
    imports: tuple[str, ...]
    versions: str
    api_url_variable: str
    api_prefix: str
    api_source: str
    health_paths: tuple[str, ...]
    redirect_path: str
    tables: tuple[str, ...]
    seed: tuple[tuple[str, ...], ...]
    migrate: tuple[str, ...]
    login_user: str
    login_password: str
    login_path: str
    login_fields: tuple[str, ...]
    login_check_path: str
    login_cookie: str
    host: str
    probe_timeout: float
    min_free_gb: float
    min_memory_gb: float
    lock_seconds: float
    log_lines: int
    signatures: tuple[str, ...]
    secret_keys: tuple[str, ...]
    public_keys: tuple[str, ...]
    personal_columns: tuple[str, ...]
    personal_patterns: tuple[str, ...]
    verify_seconds: float
    backups: Path
    state: Path


def parse(root: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings that the variables in ``environ`` make.

    Raises:
        WrongUsage: a value is not of its kind; the message names the key.
    """
    raw = {s.key: environ.get(PREFIX + s.key, s.default) for s in SETTINGS}

    def typed(key: str, convert: Callable[[str], T], kind: str) -> T:
        try:
            return convert(raw[key])
        except ValueError:
            message = f"{PREFIX}{key} is not {kind}: {raw[key]!r}"
            raise WrongUsage(message, "mend it in .env") from None

    def number(key: str) -> float:
        value = typed(key, float, "a number")
        if not 0 < value < float("inf"):
            raise WrongUsage(f"{PREFIX}{key} must be above 0", "mend it in .env")
        return value

    return Settings(
        root=root,
        environ=dict(environ),
        files=_compose_files(root, environ, raw["FILES"]),
        backend=raw["BACKEND"],
        frontend=raw["FRONTEND"],
        db=raw["DB"],
        redis=raw["REDIS"],
        pins=typed("PINS", _pins, "a list like numpy==1.26.4,scipy==1.15.3"),
        requirements=raw["REQUIREMENTS"],
        imports=_words(raw["IMPORTS"]),
        versions=raw["VERSIONS"],
        api_url_variable=raw["API_URL_VARIABLE"],
        api_prefix="/" + raw["API_PREFIX"].strip("/"),
        api_source=raw["API_SOURCE"],
        health_paths=_words(raw["HEALTH_PATHS"]),
        redirect_path=raw["REDIRECT_PATH"],
        tables=_words(raw["TABLES"]),
        seed=typed("SEED", _commands, "a list of commands"),
        migrate=typed("MIGRATE", lambda v: tuple(shlex.split(v)), "a command"),
        login_user=raw["LOGIN_USER"],
        login_password=raw["LOGIN_PASSWORD"],
        login_path=raw["LOGIN_PATH"],
        login_fields=_words(raw["LOGIN_FIELDS"]),
        login_check_path=raw["LOGIN_CHECK_PATH"],
        login_cookie=raw["LOGIN_COOKIE"],
        host=raw["HOST"],
        probe_timeout=number("PROBE_TIMEOUT"),
        min_free_gb=number("MIN_FREE_GB"),
        min_memory_gb=number("MIN_MEMORY_GB"),
        lock_seconds=number("LOCK_SECONDS"),
        log_lines=int(number("LOG_LINES")),
        signatures=_words(raw["SIGNATURES"]),
        secret_keys=_words(raw["SECRET_KEYS"]),
        public_keys=_words(raw["PUBLIC_KEYS"]),
        personal_columns=_words(raw["PERSONAL_COLUMNS"]),
        personal_patterns=tuple(raw["PERSONAL_PATTERNS"].split()),
        verify_seconds=number("VERIFY_SECONDS"),
        backups=root / raw["BACKUPS"],
        state=root / raw["STATE"],
    )


def _compose_files(
    root: Path, environ: Mapping[str, str], default: str
) -> tuple[str, ...]:
    """Name the Compose files as Compose itself would find them, ours first."""
    named = environ.get("COMPOSE_FILE", "")
    if named:
        separator = environ.get("COMPOSE_PATH_SEPARATOR") or ":"
        return tuple(part for part in named.split(separator) if part)
    wanted = _words(default)
    if all((root / name).is_file() for name in wanted):
        return wanted
    for name in _DEFAULTS:
        if (root / name).is_file():
            over = (n for n in _OVERRIDES if (root / n).is_file())
            return (name, *list(over)[:1])
    return wanted


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _commands(value: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(shlex.split(command)) for command in _words(value))


def _pins(value: str) -> tuple[str, ...]:
    pins = _words(value)
    for pin in pins:
        if exact.read(pin):
            continue
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            Requirement(pin)
        except InvalidRequirement as error:
            raise ValueError(str(error)) from error
    return pins
