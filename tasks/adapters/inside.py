"""The script that runs inside the backend's container: one start, all answers.

It is sent as ``python -c SOURCE REQUEST`` and prints one JSON document. It
must run on any Python from 3.7, with nothing installed, as any user, and must
end by itself: nothing outside can end it. Nothing else here imports it.
"""

import hashlib
import json
import os
import platform
import re
import signal
import sys

REQUEST = json.loads(sys.argv[1])


class Late(BaseException):
    """The time limit; a BaseException, so that no import swallows it."""


def expire(*_):
    raise Late


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions():
    """Return name -> (version, names required, names importable)."""
    from importlib import metadata

    found = {}
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


def importable(name, found):
    tops = [top for top in found[name][2] if not top.startswith("_")]
    return tops[0] if tops else name.replace("-", "_")


def try_import(module):
    try:
        __import__(module)
    except Late:
        raise
    except BaseException as error:  # an import may even call sys.exit
        return f"{type(error).__name__}: {error}".strip().splitlines()[0][:400]
    return ""


def digests(root, suffixes, limit):
    """Return relative path -> digest of the text files below ``root``."""
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and f not in REQUEST["skip"]
        )
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(tuple(suffixes)) or os.path.islink(path):
                continue
            try:
                with open(path, "rb") as stream:
                    data = stream.read(1 << 20)
            except OSError:
                continue
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            found[relative] = hashlib.sha256(data).hexdigest()[:16]
            if len(found) >= limit:
                return found
    return found


def answer():
    said = {
        "python": platform.python_version(),
        "arch": platform.machine(),
        "workdir": os.getcwd(),
        "versions": {},
        "imports": {},
        "files": {},
        "error": "",
    }
    try:
        said["files"] = digests(os.getcwd(), REQUEST["suffixes"], REQUEST["limit"])
        found = distributions()
        wanted = [normal(name) for name in REQUEST["requirements"]]
        pinned = [normal(name) for name in REQUEST["pins"]]
        for name in wanted + pinned:
            if name in found:
                said["versions"][name] = found[name][0]
        # What is built on a pinned package breaks when the pin does.
        built_on = [n for n in wanted if n in found and set(found[n][1]) & set(pinned)]
        extra = [normal(name) for name in REQUEST["imports"]]
        for name in dict.fromkeys(pinned + built_on + extra):
            module = importable(name, found) if name in found else name
            said["imports"][name] = try_import(module.replace("-", "_"))
    except Late:
        said["error"] = "the imports did not end within %d s" % REQUEST["seconds"]
    return said


signal.signal(signal.SIGALRM, expire)
signal.alarm(int(REQUEST["seconds"]))
# Imports print; standard output is for the answer alone.
real, sys.stdout = sys.stdout, sys.stderr
document = answer()
signal.alarm(0)
real.write(json.dumps(document))
real.flush()
os._exit(0)  # a half-imported package may hang at exit
