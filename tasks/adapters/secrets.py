"""Where this stack's secrets are learned from, to keep them out of everything."""

from __future__ import annotations

from ..core import config
from ..core.redact import Redactor, Source
from ..core.snapshot import Snapshot


def redactor_for(settings: config.Settings, snapshot: Snapshot) -> Redactor:
    """Return a Redactor that knows every secret of ``.env``, model and containers.

    Args:
        settings: holds ``.env`` under the process's environment.
        snapshot: as the probes saw it, not yet redacted.
    """
    sources = [Source(".env", key, value) for key, value in settings.environ.items()]
    if snapshot.model:
        for service in snapshot.model.services.values():
            for pairs in (service.environment, service.build_args):
                sources += [
                    Source(service.name, key, value)
                    for key, value in pairs.items()
                    if value
                ]
    for container in snapshot.containers or ():
        sources += [
            Source(container.name, key, value)
            for key, value in container.environment.items()
        ]
    return Redactor.learn(sources)
