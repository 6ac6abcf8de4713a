"""Renews ``constraints.txt`` from what this environment has installed."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

from ..core.errors import Stop
from ..core.machine import lockfile
from . import runner

LIMIT = 900.0


def renew(root: Path, *, upgrade: bool) -> list[str]:
    """Install what pyproject.toml asks for and write down what that gave.

    Args:
        root: the checkout.
        upgrade: take the newest versions within the bounds.

    Returns:
        The lines that changed, each with + or - before it.

    Raises:
        Stop: pip failed; the message quotes it.
    """
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    requirements = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
    ]
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if upgrade:
        pip += ["--upgrade", "--upgrade-strategy", "eager"]
    done = runner.run([*pip, *requirements], timeout=LIMIT, cwd=root)
    if not done.ok:
        raise Stop(f"pip install failed: {done.last_error}")
    path = root / "constraints.txt"
    before = path.read_text()
    installed = {d.name: d.version for d in metadata.distributions()}
    after = lockfile.render(installed, requirements, before)
    path.write_text(after)
    # This environment is what the new file says: ./inv need not make it anew.
    (Path(sys.prefix) / path.name).write_text(after)
    old, new = before.splitlines(), after.splitlines()
    return [
        *(f"- {line}" for line in old if line not in new),
        *(f"+ {line}" for line in new if line not in old),
    ]
