"""Every probe: the only code that looks at the stack.

A probe is a function of a `Look` that returns one part of the Snapshot or
raises `Unseen` with the reason. A new one is a function in the module of the
thing it looks at, and a line here.
"""

from __future__ import annotations

from ..look import Probe
from . import containers, engine, inside, logs, postgres, project, redis, web

PROBES: dict[str, Probe] = {
    # what others build on; not parts of the Snapshot themselves
    "compose": Probe(project.compose),
    "compose_version": Probe(project.version),
    "client": Probe(engine.client),
    "documents": Probe(containers.documents),
    # parts
    "engine": Probe(engine.engine),
    "model": Probe(project.model),
    "containers": Probe(containers.containers),
    "images": Probe(containers.images),
    "ports": Probe(containers.ports),
    "env": Probe(project.env),
    "requirements": Probe(project.requirements),
    "migrations": Probe(project.migrations),
    "api_source": Probe(project.api_source),
    "host_files": Probe(project.host_files),
    "dockerfiles": Probe(project.dockerfiles),
    # a one-off container and the imports of a cold image take their time
    "inside": Probe(inside.inside, patience=3.0),
    "database": Probe(postgres.database),
    "redis": Probe(redis.redis),
    "http": Probe(web.http),
    "served": Probe(web.served),
    "login": Probe(web.login),
    "logs": Probe(logs.logs),
}
