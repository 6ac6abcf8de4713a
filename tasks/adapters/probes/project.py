"""What the stack's own files say: Compose model, env files, pins, migrations."""

from __future__ import annotations
