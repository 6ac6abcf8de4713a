"""What the stack's own files say."""

from __future__ import annotations

from .base import Facts


class EnvKey(Facts, frozen=True, kw_only=True):
    """A key of an env file; its value stays where it is."""

    name: str
    line: int
    empty: bool = False
    optional: bool = False


class EnvFiles(Facts, frozen=True, kw_only=True):
    """``.env`` and the example it is held against."""

    path: str
    exists: bool = False
    mode: int = 0
    keys: tuple[EnvKey, ...] = ()
    invalid: tuple[int, ...] = ()
    example: str = ""
    example_exists: bool = False
    example_keys: tuple[EnvKey, ...] = ()


class Requirement(Facts, frozen=True, kw_only=True):
    """One line of a requirements file."""

    name: str
    specifier: str
    file: str
    line: int
    text: str


class Requirements(Facts, frozen=True, kw_only=True):
    """The requirements of the backend's build context."""

    path: str
    lines: tuple[Requirement, ...] = ()
    error: str = ""


class Revision(Facts, frozen=True, kw_only=True):
    """One Alembic revision, read without importing it.

    Attributes:
        down: its parents.
        depends: revisions of other branches that must be applied first.
        names: the string constants in it: the tables and columns it mentions.
    """

    id: str
    down: tuple[str, ...]
    file: str
    depends: tuple[str, ...] = ()
    message: str = ""
    names: tuple[str, ...] = ()


class Migrations(Facts, frozen=True, kw_only=True):
    """The revision graph as its files tell it."""

    directory: str
    revisions: tuple[Revision, ...] = ()
    errors: tuple[str, ...] = ()


class ApiSource(Facts, frozen=True, kw_only=True):
    """What the frontend's API module says.

    Attributes:
        base: the default base URL in it, or None if none was recognised.
        credentials: the value of ``withCredentials``, None where it isn't set.
    """

    path: str
    exists: bool = False
    base: str | None = None
    base_line: int = 0
    uses_variable: bool = False
    credentials: bool | None = None
    credentials_line: int = 0


class HostFiles(Facts, frozen=True, kw_only=True):
    """The same digests of the files in the backend's build context."""

    root: str
    files: dict[str, str] = {}


class Dockerfile(Facts, frozen=True, kw_only=True):
    """The Dockerfile that a service is built from, and when it last changed."""

    service: str
    path: str
    text: str = ""
    changed: str = ""
