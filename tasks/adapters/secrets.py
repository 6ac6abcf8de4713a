"""Where this stack's secrets are learned from, to keep them out of everything."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ..core import config
from ..core.snapshot import Snapshot

SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL|DSN", re.IGNORECASE)


class Interim:
    """Replaces known literals only, until `tasks.core.redact` takes over."""

    def __init__(self, values: dict[str, str]) -> None:
        self.tokens = {
            value: f"[secret:{key}#{number}]"
            for number, (value, key) in enumerate(values.items(), 1)
        }

    def text(self, text: str) -> str:
        """Return the text with every known secret replaced."""
        for value in sorted(self.tokens, key=len, reverse=True):
            text = text.replace(value, self.tokens[value])
        return text

    def tree(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a JSON-like value with every known secret replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(k): self.tree(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(v) for v in value]
        return value


def redactor_for(settings: config.Settings, snapshot: Snapshot) -> Interim:
    """Return a redactor that knows every secret of ``.env``, model and containers.

    Args:
        settings: holds ``.env`` under the process's environment.
        snapshot: as the probes saw it, not yet redacted.
    """
    pairs = list(settings.environ.items())
    if snapshot.model:
        for service in snapshot.model.services.values():
            pairs += [(k, v) for k, v in service.environment.items() if v]
    for container in snapshot.containers or ():
        pairs += container.environment.items()
    found: dict[str, str] = {}
    for key, value in pairs:
        url = urlsplit(value) if "://" in value else None
        if url and url.password and len(url.password) > 3:
            found.setdefault(url.password, key)
        elif SECRET.search(key) and len(value) > 5:
            found.setdefault(value, key)
    return Interim(found)
