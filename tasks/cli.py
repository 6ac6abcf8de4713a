"""The command tree: every name a user can type, on one screen."""

from invoke import Collection

namespace = Collection()
