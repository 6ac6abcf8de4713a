"""Which service needs which: who suffers when one of them is down."""

from __future__ import annotations

import re

from .snapshot import Model

_HOST = re.compile(r"(?:@|://)([A-Za-z0-9_.-]+)(?=[:/?]|$)")


def hosts(value: str) -> list[str]:
    """Return the hosts of the addresses in a setting's value."""
    return _HOST.findall(value)


class Needs:
    """The dependency order of a Compose model.

    A service needs those in its ``depends_on``, and those that an address in
    its environment names.
    """

    def __init__(self, model: Model | None) -> None:
        self._direct: dict[str, set[str]] = {}
        services = model.services.values() if model else ()
        self._image = {service.name: service.image for service in services}
        for service in services:
            named = {
                host
                for value in service.environment.values()
                for host in hosts(value or "")
            }
            wanted = named | service.depends_on.keys()
            known = model.services.keys() if model else set[str]()
            self._direct[service.name] = (wanted & known) - {service.name}

    def of(self, service: str) -> set[str]:
        """Return the services that one needs, directly or through others."""
        found, queue = set[str](), list(self._direct.get(service, ()))
        while queue:
            name = queue.pop()
            if name not in found:
                found.add(name)
                queue.extend(self._direct.get(name, ()))
        return found - {service}

    def kin(self, one: str, other: str) -> bool:
        """Tell whether two services run the same image: what one lacks both do."""
        image = self._image.get(one)
        return bool(image) and image == self._image.get(other)

    def depth(self, service: str) -> int:
        """Return how many services a service builds on: 0 for a root."""
        return len(self.of(service))
