"""The one door to what else runs on this machine: processes started by others."""

from __future__ import annotations


def listener(port: int) -> str:
    """Name the process that listens on a TCP port, or how to find it out."""
    import psutil  # 20 ms, and only for a port that is taken

    unknown = f"a process (who: lsof -nP -iTCP:{port} -sTCP:LISTEN)"
    try:
        rows = psutil.net_connections(kind="inet")
    except psutil.AccessDenied:  # macOS shows others' sockets to root only
        return unknown
    for row in rows:
        if row.status == psutil.CONN_LISTEN and row.laddr and row.laddr.port == port:
            try:
                return f"process {psutil.Process(row.pid).name()} (pid {row.pid})"
            except (psutil.Error, TypeError):
                break
    return unknown


def runs(pid: int, word: str) -> bool:
    """Tell whether a process is alive and has ``word`` on its command line.

    The word tells it from another process that got the number since.
    """
    import psutil

    try:
        return word in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
