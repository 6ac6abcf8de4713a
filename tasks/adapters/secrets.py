"""Where this stack's secrets are learned from, to keep them out of everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..core import config
from ..core.redact import PersonalRules, Redactor, Source
from ..core.snapshot import Container, Model, Service
from .store import shared

#: Keys whose values are names that are worth keeping in a log.
USERS = ("POSTGRES_USER", "PGUSER", "DB_USER", "MYSQL_USER")


def redactor_for(
    settings: config.Settings,
    model: Model | None,
    containers: Iterable[Container] | None,
) -> Redactor:
    """Return a redactor that knows every secret of ``.env``, model and containers.

    Args:
        settings: holds ``.env`` under the process's environment.
        model: as its probe saw it, not yet redacted; None if it saw nothing.
        containers: likewise.
    """
    services = model.services if model else {}
    sources = list(_sources(settings, services.values(), containers or ()))
    return Redactor.learn(
        sources,
        names=[*services, *(s.value for s in sources if s.key in USERS and s.value)],
        personal=PersonalRules(settings.personal_columns, settings.personal_patterns),
        secret_keys=settings.secret_keys,
        public_keys=settings.public_keys,
        store=shared(),
    )


def _sources(
    settings: config.Settings,
    services: Iterable[Service],
    containers: Iterable[Container],
) -> Iterator[Source]:
    for key, value in settings.environ.items():
        yield Source(".env", key, value)
    for service in services:
        for pairs in (service.environment, service.build_args):
            for key, given in pairs.items():
                yield Source(service.name, key, given or "")
    for container in containers:
        for key, value in container.environment.items():
            yield Source(container.name, key, value)
