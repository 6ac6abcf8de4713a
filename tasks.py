"""What ``inv`` finds. The command tree itself is ``tasks/cli.py``.

Invoke's loader takes this file as the module ``tasks`` before it looks at the
directory of the same name; lending it the directory's path makes
``tasks.cli`` importable from both.
"""

import sys
from pathlib import Path

__path__ = [str(Path(__file__).with_suffix(""))]
# Invoke turns byte-code caching off for the whole process, which would compile
# every module of this package anew on each call (about 30 ms).
sys.dont_write_bytecode = False

from tasks.cli import namespace  # noqa: E402

__all__ = ["namespace"]
