"""The causes that facts alone tell, without a line of any log.

Each rule is one function over the Snapshot, declared with the diagnosis it
finds, its category and its weight: how near to the root it lies, 0 to 100.
Importing this package declares them all in `tasks.core.diagnosis.clues.RULES`.
"""

from . import config, containers, engine, image, schema, stores, web

__all__ = ["config", "containers", "engine", "image", "schema", "stores", "web"]
