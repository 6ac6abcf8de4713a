"""What ``./inv`` runs.

Python keeps byte code of what is imported and none of a script: so this is short.
"""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    # Whatever PYTHONDONTWRITEBYTECODE says: to compile all of it takes 200 ms.
    sys.dont_write_bytecode = False
    sys.path.insert(0, str(Path(__file__).parent))
    start = import_module("unstuck_start")
    del sys.path[0]
    start.main()
