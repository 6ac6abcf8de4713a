"""Completes ``.env``: from the containers what they still have, then anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...core.errors import EngineUnavailable, WrongUsage
from ...core.fixes import recovery
from ...core.sources import envfile as texts
from .. import envfile, runner
from ..docker.wire import WireError
from .doing import Doing, StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterable


def complete(doing: Doing, name: str, example: str) -> None:
    """Make or complete an env file; what is said of it names keys, no values.

    A password that is only generated anew fits no volume that was made with
    the old one: so what a container still has is taken from there.

    Raises:
        StepFailed: a file can't be read or written.
    """
    path = doing.settings.root / name
    before = texts.values(path.read_text()) if path.exists() else {}
    try:
        # Ports and secrets are made here; those that are found again replace them.
        filled = envfile.complete(path, doing.settings.root / example)
        made = {*filled.added, *filled.generated} - {
            key for key, value in before.items() if value
        }
        found = known(doing, made)
        if found:
            envfile.assign(path, found)
    except WrongUsage as error:
        raise StepFailed(error.message, error.hint) from error
    for key in sorted(made):
        how = "generated" if key in filled.generated else "from the example"
        if key in found:
            how = "found in a container"
        elif key in filled.moved:
            how = "from the example, moved to a free port"
        doing.say(f"{key}: {how}")


def known(doing: Doing, keys: Iterable[str]) -> dict[str, str]:
    """Return the values of lost keys that the project's containers still have."""
    marked = recovery.marks(keys)
    if not marked:
        return {}
    argv = doing.compose.argv("config", "--format", "json")
    # The process's environment wins over .env: the marks stand in for its values.
    said = runner.run(
        argv, env={**doing.compose.env(), **marked}, cwd=doing.compose.cwd
    )
    if not said.ok:
        return {}
    try:
        document = json.loads(said.out)
        containers = doing.engine.containers(str(document.get("name") or ""))
    except (ValueError, EngineUnavailable, WireError):
        return {}
    return recovery.values(marked, document, containers)
