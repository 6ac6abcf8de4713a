"""What the running services themselves answer."""

from __future__ import annotations

from .base import Facts


class Inside(Facts, frozen=True, kw_only=True):
    """What the backend's own Python says, asked inside its image.

    Attributes:
        via: ``exec`` in the running container, or ``one-off`` container of the
            same image when it can't be entered.
        imports: package to error, empty when its import works.
        versions: package to installed version.
        files: path below the working directory to a digest of its content.
        tried: when the imports were tried, if that was in an earlier look;
            every file that they loaded is unchanged since.
    """

    service: str
    via: str
    python: str = ""
    arch: str = ""
    workdir: str = ""
    versions: dict[str, str] = {}
    imports: dict[str, str] = {}
    files: dict[str, str] = {}
    tried: str = ""


class Lock(Facts, frozen=True, kw_only=True):
    """A session that has waited for a lock, or held one, for long."""

    pid: int
    seconds: float
    state: str
    waiting_for: tuple[int, ...] = ()
    query: str = ""


class Database(Facts, frozen=True, kw_only=True):
    """What the database itself answers, asked in its own container.

    Attributes:
        revisions: the rows of the version table; None if there is no table.
        rows: table to number of rows; None if the table does not exist; one
            that could not be counted in time is left out.
        columns: table to its columns, for all tables outside system schemas.
        credentials: service to the server's refusal of what that service
            would log in with; empty when it is let in.
    """

    service: str
    reachable: bool = False
    error: str = ""
    version: str = ""
    revisions: tuple[str, ...] | None = None
    rows: dict[str, int | None] = {}
    columns: dict[str, tuple[str, ...]] = {}
    connections: int = 0
    max_connections: int = 0
    locks: tuple[Lock, ...] = ()
    size: int = 0
    disk_free: int | None = None
    credentials: dict[str, str] = {}


class Redis(Facts, frozen=True, kw_only=True):
    """What redis answers, asked in its own container."""

    service: str
    reachable: bool = False
    error: str = ""
    version: str = ""
    clients: int = 0
    max_clients: int = 0
    memory: int = 0
    max_memory: int = 0
    write_error: str = ""
    disk_free: int | None = None
    credentials: dict[str, str] = {}


class Response(Facts, frozen=True, kw_only=True):
    """One HTTP answer; redirects are not followed."""

    name: str
    url: str
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""
    error: str = ""
    seconds: float = 0.0


class Served(Facts, frozen=True, kw_only=True):
    """What the frontend really serves.

    Attributes:
        bases: API base URLs found in its JavaScript, with the file of each.
        scripts: how many files were read.
    """

    url: str
    scripts: int = 0
    bases: dict[str, str] = {}
    error: str = ""


class Login(Facts, frozen=True, kw_only=True):
    """A live login with the credentials of the settings.

    Attributes:
        skipped: why none was tried; empty if one was.
        cookie: attributes of the cookie that was set, values left out.
        next_status: the answer to the next request, sent with the cookie as a
            browser would.
    """

    skipped: str = ""
    url: str = ""
    status: int = 0
    cookie: str = ""
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    next_url: str = ""
    next_status: int = 0
    error: str = ""
