"""What the stack's own files say: Compose model, env files, pins, migrations."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ...core import snapshot
from .. import files
from ..compose import Compose, Resolved
from ..look import Look, Unseen
