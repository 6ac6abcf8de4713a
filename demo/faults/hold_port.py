"""Listen on a port of this machine and say nothing: the fault port-held.

python hold_port.py PORT PIDFILE
"""

import os
import socket
import sys
from pathlib import Path

with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen()
    Path(sys.argv[2]).write_text(str(os.getpid()))
    while True:
        connection, _ = listener.accept()
        connection.close()
