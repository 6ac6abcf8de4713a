"""The command tree: every name a user can type, on one screen."""

from invoke import Collection

from . import (
    benching,
    bundling,
    checking,
    completion,
    database,
    demo,
    dev,
    fixtasks,
    shortcuts,
    triage,
    unstuck,
)
from .adapters.cmdline import positionals, quicker, usage

positionals.install()
quicker.install()
usage.install()

#: What is typed by its name alone.
ALONE = (
    *(shortcuts.up, shortcuts.down, shortcuts.ps, shortcuts.logs, shortcuts.sh),
    *(shortcuts.psql, shortcuts.restart, shortcuts.health, shortcuts.open_),
    *(triage.triage, unstuck.unstuck, completion.completion),
    *(dev.test, benching.bench),
)

namespace = Collection(
    *(command.task() for command in ALONE),
    checking.collection(),
    fixtasks.collection(),
    bundling.collection(),
    database.collection(),
    demo.collection(),
    dev.collection(),
)
# Nothing here goes through Invoke's runner; should a user's own task do so, its
# stdin thread must not eat what is piped to `inv`.
namespace.configure({"run": {"in_stream": False}})
