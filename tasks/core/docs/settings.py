"""The settings as users read them: in ``.env.example`` and ``docs/settings.md``."""

from __future__ import annotations

import textwrap

from ..config import PREFIX, SETTINGS

START = "# --- Unstuck's own settings: every one, with its default ---"


def env_block() -> str:
    """Return the block of ``.env.example``: each key commented out, explained."""
    lines = [START, "# Uncomment a line to change it."]
    for setting in SETTINGS:
        lines.append("")
        lines += textwrap.wrap(
            setting.meaning, 86, initial_indent="# ", subsequent_indent="# "
        )
        lines.append(f"# {PREFIX}{setting.key}={setting.default}")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return ``docs/settings.md``."""
    rows = [
        f"| `{PREFIX}{s.key}` | {f'`{s.default}`' if s.default else ''} | {s.meaning} |"
        for s in SETTINGS
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Set them in the stack's `.env` or in the environment, which wins. This",
            "page is generated from `tasks/core/config.py` by `./inv dev.docs`.",
            "",
            "| key | default | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
            "Compose's own variables count as well: `COMPOSE_FILE`,",
            "`COMPOSE_PROJECT_NAME`, `COMPOSE_PROFILES`, `DOCKER_HOST`,",
            "`DOCKER_CONTEXT`. `UNSTUCK_ROOT` names the stack's directory if it",
            "isn't this checkout.",
            "",
        ]
    )
