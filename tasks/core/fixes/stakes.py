"""What a destructive fix could hit, beyond what a Snapshot says.

Collected only for fixes that destroy something: sizes of volumes and of the
builder cache cost the engine seconds. Sizes are bytes.
"""

from __future__ import annotations

from ..snapshot import Facts


class Volume(Facts, frozen=True, kw_only=True):
    """A volume of the engine that the project uses.

    Attributes:
        name: its name on the engine.
        key: its key in the Compose model; empty for an anonymous one.
        service: the service that mounts it.
        target: where it is mounted.
        size: None if the engine could not tell.
        external: declared ``external`` in the model: ``down -v`` leaves it.
        others: containers that use it and are none of this model's services.
    """

    name: str
    key: str = ""
    service: str = ""
    target: str = ""
    size: int | None = None
    external: bool = False
    others: tuple[str, ...] = ()


class Bind(Facts, frozen=True, kw_only=True):
    """A directory of the engine's machine that a service keeps data in."""

    service: str
    source: str
    target: str


class ImageUse(Facts, frozen=True, kw_only=True):
    """An image that the project's services run or were started from.

    Attributes:
        id: its full id.
        tags: every name it has, other projects' included.
        own: those of the names that this model gives it.
        services: this model's services that use it.
        built: whether one of those services builds it; else it is a base image
            that was pulled, or another project's.
        others: containers that use it and are none of this model's services.
    """

    id: str
    tags: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    built: bool = False
    size: int = 0
    others: tuple[str, ...] = ()


class Stakes(Facts, frozen=True, kw_only=True):
    """Everything of the project that can be destroyed, and who else uses it.

    Attributes:
        containers: names of the model's containers.
        siblings: names of containers of the same project that come from other
            Compose files; never touched.
        cache: size of the builder cache, None if the engine could not tell.
    """

    containers: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    binds: tuple[Bind, ...] = ()
    images: tuple[ImageUse, ...] = ()
    cache: int | None = None

    def data_volume(self, service: str, pgdata: str) -> Volume | None:
        """Return the volume that holds a service's database, if one does."""
        return next((v for v in self.volumes if _holds(v, service, pgdata)), None)

    def data_bind(self, service: str, pgdata: str) -> Bind | None:
        """Return the directory that holds a service's database, if one does."""
        return next((b for b in self.binds if _holds(b, service, pgdata)), None)


def _holds(mount: Volume | Bind, service: str, pgdata: str) -> bool:
    inside = f"{pgdata.rstrip('/')}/".startswith(f"{mount.target.rstrip('/')}/")
    return mount.service == service and inside
