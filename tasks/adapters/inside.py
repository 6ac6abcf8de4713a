"""The script that runs inside the backend's container: one start, all answers.

It is sent as ``python -c SOURCE REQUEST`` and prints one JSON document. It
must run on any Python from 3.7, with nothing installed, as any user, and must
end by itself: nothing outside can end it. Each module that it imports is paid
for by everybody who waits for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys

TYPING = False
if TYPING:  # what typing.TYPE_CHECKING is, without its import
    from typing import Any, Dict, Iterable, List, Tuple


class Late(BaseException):
    """The time limit; a BaseException, so that no import swallows it."""


def normal(name: str) -> str:
    """Return a distribution's name in the form that PEP 503 compares."""
    parts = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(part for part in parts if part)


def installed() -> Dict[str, Tuple[str, str]]:
    """Return name to (version, metadata directory or file), first found first.

    Only directories are listed: their names have both (PEP 376), and reading
    every package's metadata takes ten times as long.
    """
    found: Dict[str, Tuple[str, str]] = {}
    for folder in sys.path:
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in sorted(entries):
            stem, kind = os.path.splitext(entry)
            if kind in (".dist-info", ".egg-info"):
                name, _, rest = stem.partition("-")
                version = rest.partition("-py")[0] if kind == ".egg-info" else rest
                path = os.path.join(folder, entry)
                found.setdefault(normal(name), (version, path))
    return found


def details(path: str) -> Tuple[str, List[str], List[str]]:
    """Return version, required names and offered modules of one distribution."""
    version, needs = "", []  # type: str, List[str]
    head = os.path.join(path, "METADATA"), os.path.join(path, "PKG-INFO"), path
    for line in next(filter(None, map(read, head)), "").splitlines():
        key, _, value = line.partition(": ")
        if not line:
            break  # the description follows
        if key == "Version":
            version = value.strip()
        elif key == "Requires-Dist" and "extra ==" not in value:
            end = 0
            while end < len(value) and (value[end].isalnum() or value[end] in "._-"):
                end += 1
            needs.append(normal(value[:end]))
    return version, needs, read(os.path.join(path, "top_level.txt")).split()


def read(path: str) -> str:
    """Return the text of a file, empty if it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


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


def loaded(before: Iterable[str]) -> List[str]:
    """Return every file that was loaded since, and every directory looked in."""
    names = set(sys.modules).difference(before)
    files = {getattr(sys.modules[name], "__file__", None) for name in names}
    try:
        with open("/proc/self/maps") as maps:
            files.update(line[line.find("/") : -1] for line in maps if ".so" in line)
    except OSError:
        pass
    found = {path for path in files if path}
    found.update([os.path.dirname(path) for path in found])
    found.update(folder or os.getcwd() for folder in sys.path)
    return sorted(found)


def state(paths: Iterable[str]) -> str:
    """Return a digest of size and times of files and directories.

    No program can set the time of a change (ctime), whatever else it sets.
    """
    whole = hashlib.sha256(repr((sys.version, sys.path)).encode())
    for path in paths:
        try:
            s = os.stat(path)
            mark = f"{path} {s.st_mode} {s.st_size} {s.st_mtime_ns} {s.st_ctime_ns}\n"
        except OSError:
            mark = f"{path} absent\n"
        whole.update(mark.encode("utf-8", "replace"))
    return whole.hexdigest()


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
    found = installed()
    pinned = [normal(name) for name in request["pins"]]
    wanted = [normal(name) for name in request["requirements"]]
    told = {name: details(found[name][1]) for name in pinned + wanted if name in found}
    for name, (version, _, _) in told.items():
        said["versions"][name] = version or found[name][0]
    # What is built on a pinned package breaks when the pin does.
    built_on = [n for n in wanted if n in told and set(told[n][1]) & set(pinned)]
    extra = [normal(name) for name in request["imports"]]
    tried = dict.fromkeys(pinned + built_on + extra)
    known = request.get("known")
    if known and set(tried) == set(known["imports"]):
        paths = [os.path.join(d, f) for d, fs in known["paths"].items() for f in fs]
        if state(sorted(paths)) == known["state"]:
            said["imports"], said["unchanged"] = known["imports"], True
            return
    before = list(sys.modules)
    for name in tried:
        top = [t for t in told[name][2] if t[0] != "_"] if name in told else []
        said["imports"][name] = try_import(top[0] if top else name.replace("-", "_"))
    if tried and not any(said["imports"].values()):
        said["paths"] = loaded(before)
        said["state"] = state(said["paths"])


def main() -> None:
    """Print the answer to the request in the first argument."""
    request = json.loads(sys.argv[1])
    said: Dict[str, Any] = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "arch": os.uname().machine,
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
