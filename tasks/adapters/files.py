"""The door to the stack's files: reads what the pure parsers in core need.

Sizes are bounded, bytes that are no text are replaced, and what can't be read
is said in words. Paths in what is returned are relative to the stack's root
where they are below it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ..core import roles
from ..core.compose import model as compose_model
from ..core.config import Settings
from ..core.errors import WrongUsage
from ..core.snapshot import (
    ApiSource,
    Dockerfile,
    EnvFiles,
    HostFiles,
    Migrations,
    Requirements,
    Service,
)
from ..core.sources import api_source as api
from ..core.sources import dockerignore, envkeys
from ..core.sources import migrations as graph
from ..core.sources import requirements as requirement_lines
from .settings import process_environ, read_env

#: What a digest is made of; the script in the container does the same.
SUFFIXES = tuple(
    ".py .toml .ini .cfg .txt .mako .html .json .yml .yaml .sh .sql".split()  # noqa: SIM905
)
SKIP = ("node_modules", "__pycache__", "venv", "site-packages")
MAX_FILES = 2000
#: Names looked at before a build context is taken to hold data, not source.
MAX_ENTRIES = 50_000
HASHED = 1 << 20
#: No file that a parser reads is larger; one that is, is cut.
LARGEST = 4 << 20
MAX_REVISIONS = 5000
USUAL_VERSIONS = ("alembic/versions", "migrations/versions")


def read_text(path: Path) -> str | None:
    """Return a file's text, None if it can't be read; see `read_error`."""
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return None


def read_error(path: Path) -> str:
    """Return why a file can't be read, empty if it can."""
    try:
        with path.open("rb"):
            return ""
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except ValueError as error:
        return str(error)


def relative(path: Path, root: Path) -> str:
    """Return a path as a user would name it from the stack's root."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


# -- Compose ----------------------------------------------------------------


def compose_files(settings: Settings) -> dict[str, str]:
    """Return the Compose files, name to text; unreadable ones are left out."""
    texts = {name: read_text(settings.root / name) for name in settings.files}
    return {name: text for name, text in texts.items() if text is not None}


def project_directory(settings: Settings) -> Path:
    """Return where relative paths of the Compose files start."""
    first = settings.files[0] if settings.files else "."
    return (settings.root / first).parent


def compose_environ(settings: Settings) -> dict[str, str]:
    """Return what Compose fills variables in with.

    It reads the ``.env`` beside its first file, which is the root's unless that
    file is somewhere else.
    """
    directory = project_directory(settings)
    if directory == settings.root:
        return settings.environ
    beside = env_values(str(directory / ".env")) or {}
    return {**beside, **process_environ()}


def env_values(path: str) -> Mapping[str, str] | None:
    """Return the keys and values of an env file, None if there is no such file."""
    if not Path(path).is_file():
        return None
    try:
        return read_env(Path(path))
    except WrongUsage:
        return None


def contexts(services: Mapping[str, Service]) -> dict[str, roles.Context]:
    """Return what tells a service's part from its build context."""
    found = {}
    for name, service in services.items():
        root = Path(service.context)
        if service.context and root.is_dir():
            found[name] = roles.Context(_names(root), _packages(root))
    return found


def _names(root: Path) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in os.scandir(root))
    except OSError:
        return frozenset()


def _packages(root: Path) -> frozenset[str]:
    import json

    found: set[str] = set()
    try:
        document = json.loads(read_text(root / "package.json") or "{}")
    except ValueError:
        document = {}
    if isinstance(document, dict):
        found |= roles.words(document)
    lines = requirement_lines.logical_lines(read_text(root / "requirements.txt") or "")
    found |= {requirement_lines.leading_name(line.text) for line in lines}
    return frozenset(found)


# -- parts of the Snapshot ----------------------------------------------------


def env_files(settings: Settings) -> EnvFiles:
    """Return the keys of ``.env`` and of its example; no value is kept.

    The ones that Compose reads: beside its first file, else in the root.
    """
    beside = project_directory(settings)
    there = any((beside / name).is_file() for name in (".env", ".env.example"))
    directory = beside if there else settings.root
    path, example = directory / ".env", directory / ".env.example"
    text, offered = read_text(path), read_text(example)
    own = envkeys.parse(text or "")
    return EnvFiles(
        path=relative(path, settings.root),
        exists=text is not None,
        mode=path.stat().st_mode & 0o777 if text is not None else 0,
        keys=own.keys,
        invalid=own.invalid,
        example=relative(example, settings.root),
        example_exists=offered is not None,
        example_keys=envkeys.parse(offered or "", example=True).keys,
    )


def requirements(settings: Settings, service: Service) -> Requirements:
    """Return the requirements of the backend's build context."""
    path = Path(service.context) / settings.requirements
    named = relative(path, settings.root)

    def read(name: str) -> str | None:
        return read_text(settings.root / name)

    found = requirement_lines.parse(named, read)
    if not found.lines and found.error and (why := read_error(path)):
        return Requirements(path=named, error=why)
    return found


def migrations(settings: Settings, service: Service) -> Migrations | None:
    """Return the revision graph, None if the backend has no Alembic."""
    context = Path(service.context)
    texts: dict[str, str] = {}
    errors = []
    folders = _versions(settings, context)
    for folder in folders:
        for path in sorted(folder.glob("*.py"))[:MAX_REVISIONS]:
            text = read_text(path)
            if text is None:
                errors.append(f"{relative(path, settings.root)}:1: {read_error(path)}")
            else:
                texts[relative(path, settings.root)] = text
    if not folders:
        return None
    found = graph.parse(", ".join(relative(f, settings.root) for f in folders), texts)
    return Migrations(
        directory=found.directory,
        revisions=found.revisions,
        errors=(*errors, *found.errors),
    )


def _versions(settings: Settings, context: Path) -> list[Path]:
    """Return the directories of the revision files, as alembic.ini says."""
    ini = read_text(context / "alembic.ini") or ""
    named = (settings.versions,) if settings.versions else graph.directories(ini)
    found = [context / name for name in named or USUAL_VERSIONS]
    return [folder for folder in found if folder.is_dir()]


def api_source(settings: Settings, service: Service) -> ApiSource:
    """Return what the frontend's API module says."""
    path = Path(service.context) / settings.api_source
    named = relative(path, settings.root)
    return api.parse(named, read_text(path), settings.api_url_variable)


def host_files(settings: Settings, service: Service) -> HostFiles:
    """Return the digests of the source files that go into the image."""
    root = Path(service.context)
    dockerfile = Path(compose_model.dockerfile(service))
    # A Dockerfile may have an ignore file of its own.
    ignore = read_text(dockerfile.with_name(f"{dockerfile.name}.dockerignore"))
    if ignore is None:
        ignore = read_text(root / ".dockerignore") or ""
    found: dict[str, str] = {}
    for path, name in _sources(root, ignore):
        try:
            with path.open("rb") as stream:
                data = stream.read(HASHED)
        except OSError:
            continue
        found[name] = hashlib.sha256(data).hexdigest()[:16]
        if len(found) >= MAX_FILES:
            break
    return HostFiles(root=relative(root, settings.root), files=found)


def dockerfiles(
    settings: Settings, services: Mapping[str, Service]
) -> tuple[Dockerfile, ...]:
    """Return the Dockerfile of each service that is built from a local one."""
    found = []
    for name, service in services.items():
        path = Path(compose_model.dockerfile(service))
        text = read_text(path) if service.context else None
        if text is not None:
            changed = path.stat().st_mtime
            found.append(
                Dockerfile(
                    service=name,
                    path=relative(path, settings.root),
                    text=text,
                    changed=datetime.fromtimestamp(changed, UTC).isoformat(),
                )
            )
    return tuple(found)


def _sources(root: Path, ignore: str) -> Iterator[tuple[Path, str]]:
    ignored = dockerignore.matcher(ignore)
    # An ignored folder is still entered if a later ! may bring a file back.
    whole = "!" not in ignore
    seen = 0
    for folder, folders, names in os.walk(root):
        below = Path(folder).relative_to(root).as_posix()
        prefix = "" if below == "." else f"{below}/"
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in SKIP
            and not (whole and ignored(prefix + name))
        )
        for name in sorted(names):
            path = Path(folder, name)
            source = name.endswith(SUFFIXES) and not path.is_symlink()
            if source and not ignored(prefix + name):
                yield path, prefix + name
        seen += len(names)
        if seen > MAX_ENTRIES:
            return
