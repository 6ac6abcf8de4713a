"""The script that runs inside the backend's container: one start, all answers.

It is sent as ``python -c SOURCE REQUEST`` and prints one JSON document. It
must run on any Python from 3.7, with nothing installed, as any user, and must
end by itself: nothing outside can end it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import sys
from typing import Any, Dict, List, Tuple


class Late(BaseException):
    """The time limit; a BaseException, so that no import swallows it."""


def normal(name: str) -> str:
    """Return a distribution's name in the form that PEP 503 compares."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions() -> Dict[str, Tuple[str, List[str], List[str]]]:
    """Return name to (version, names it requires, modules it offers)."""
    from importlib import metadata

    found: Dict[str, Tuple[str, List[str], List[str]]] = {}
    for dist in metadata.distributions():
        name = dist.metadata["Name"]
        if not name:
            continue
        needs = [
            normal(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
            for line in dist.requires or ()
            if "extra ==" not in line
        ]
        tops = (dist.read_text("top_level.txt") or "").split()
        found.setdefault(normal(name), (dist.version, needs, tops))
    return found


def try_import(module: str) -> str:
    """Return why an import fails, empty if it works."""
    try:
        __import__(module)
    except Late:
        raise
    except BaseException as error:  # an import may even call sys.exit
        lines = f"{type(error).__name__}: {error}".strip().splitlines()
        return lines[0][:400]
    return ""


def digests(root: str, request: Dict[str, Any]) -> Dict[str, str]:
    """Return relative path to digest of the text files below ``root``."""
    found: Dict[str, str] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and f not in request["skip"]
        )
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(tuple(request["suffixes"])) or os.path.islink(path):
                continue
            try:
                with open(path, "rb") as stream:
                    data = stream.read(1 << 20)
            except OSError:
                continue
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            found[relative] = hashlib.sha256(data).hexdigest()[:16]
            if len(found) >= request["limit"]:
                return found
    return found


def fill(said: Dict[str, Any], request: Dict[str, Any]) -> None:
    """Answer the request into ``said``, the cheap answers first."""
    said["files"] = digests(os.getcwd(), request)
    found = distributions()
    wanted = [normal(name) for name in request["requirements"]]
    pinned = [normal(name) for name in request["pins"]]
    for name in wanted + pinned:
        if name in found:
            said["versions"][name] = found[name][0]
    # What is built on a pinned package breaks when the pin does.
    built_on = [n for n in wanted if n in found and set(found[n][1]) & set(pinned)]
    extra = [normal(name) for name in request["imports"]]
    # A pin of a package that this stack has nothing to do with is no failure.
    known = [n for n in pinned if n in found or n in wanted]
    for name in dict.fromkeys(known + built_on + extra):
        tops = [t for t in found[name][2] if t[0] != "_"] if name in found else []
        said["imports"][name] = try_import(tops[0] if tops else name.replace("-", "_"))


def main() -> None:
    """Print the answer to the request in the first argument."""
    request = json.loads(sys.argv[1])
    said: Dict[str, Any] = {
        "python": platform.python_version(),
        "arch": platform.machine(),
        "workdir": os.getcwd(),
        "versions": {},
        "imports": {},
        "files": {},
        "error": "",
    }

    def expire(*_: object) -> None:
        raise Late

    signal.signal(signal.SIGALRM, expire)
    signal.alarm(int(request["seconds"]))
    # Imports print; standard output is for the answer alone.
    real, sys.stdout = sys.stdout, sys.stderr
    try:
        fill(said, request)
    except Late:
        said["error"] = f"the imports did not end within {request['seconds']} s"
    signal.alarm(0)
    real.write(json.dumps(said))
    real.flush()
    os._exit(0)  # a half-imported package may hang at exit


if __name__ == "__main__":
    main()
