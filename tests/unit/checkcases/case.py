"""What a case of a check is."""

from __future__ import annotations

from tasks.core import snapshot as facts
from tasks.core.snapshot import Snapshot

from ..stored import healthy


def model() -> facts.Model:
    found = healthy().model
    assert found
    return found


# id, snapshot, status, words of the summary or evidence, fix
Case = tuple[str, Snapshot, str, str, str | None]
