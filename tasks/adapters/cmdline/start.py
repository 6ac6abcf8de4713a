"""What ``./inv`` runs.

Python keeps byte code of what is imported and none of a script: so this is short.
"""

import signal
import sys

if __name__ == "__main__":
    # Ctrl-C ends this without a word until there is somebody to say it. Of a job in
    # the background it may be ignored, and stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from importlib import import_module
    from pathlib import Path

    # Whatever PYTHONDONTWRITEBYTECODE says: to compile all of it takes 200 ms.
    sys.dont_write_bytecode = False
    sys.path.insert(0, str(Path(__file__).parent))
    start = import_module("unstuck_start")
    del sys.path[0]
    start.main()
