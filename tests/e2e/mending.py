"""What the tests of fixes share: states of the engine and of files to compare."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pty
import re
import subprocess
import termios
import time
from pathlib import Path
from typing import Any

from tests.harness.commands import CHECKOUT, Result, call, outside
from tests.harness.mini import Mini

#: What a mere look keeps for the next one.
OWN = r"/\.unstuck/(cache/|\.gitignore$)"


def docker(*args: str) -> str:
    """Return what a docker command prints; it must succeed."""
    done = call("docker", *args, cwd=CHECKOUT, env=outside())
    assert done.code == 0, done.err
    return done.out.strip()


def engine_state(project: str) -> dict[str, list[str]]:
    """Return everything of a project that a fix could change on the engine."""
    label = f"label=com.docker.compose.project={project}"
    ids = docker("ps", "--all", "--quiet", "--filter", label).split()
    states = []
    for document in json.loads(docker("inspect", *ids)) if ids else ():
        state = document["State"]
        started = (state["Status"], state["StartedAt"], document["RestartCount"])
        states.append(f"{document['Name']} {document['Id']} {started}")
    return {
        "containers": sorted(states),
        # Another worker's images come and go meanwhile.
        "images": lines("image", "ls", "--no-trunc", "--filter", label, "--quiet"),
        "volumes": lines("volume", "ls", "--filter", label, "--format", "{{.Name}}"),
        "networks": lines("network", "ls", "--filter", label, "--format", "{{.ID}}"),
    }


def lines(*args: str) -> list[str]:
    """Return what a docker command lists, sorted."""
    return sorted(docker(*args).splitlines())


def file_state(root: Path) -> dict[str, str]:
    """Return the digest, mode and time of every file below a directory.

    Compiled patterns that a mere look keeps for the next one don't count.
    """
    return {
        str(path.relative_to(root)): f"{_digest(path)} {path.stat().st_mode:o} "
        f"{path.stat().st_mtime_ns}"
        for path in sorted(root.rglob("*"))
        if path.is_file() and not re.search(OWN, path.as_posix())
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def findings(outcome: dict[str, Any], when: str) -> dict[str, str]:
    """Return check id to status, ``before`` or ``after``."""
    return {row["id"]: row["status"] for row in outcome[when]}


def journal(mini: Mini) -> list[dict[str, Any]]:
    """Return the records of the newest journal."""
    return [json.loads(line) for line in mini.journals()[0].read_text().splitlines()]


def answered(mini: Mini, keys: str, *args: str) -> Result:
    """Run ``./inv`` on a terminal and type some keys at its question.

    Ctrl-C and Ctrl-D among them do what they do on a real one.
    """
    ours, theirs = pty.openpty()
    began = time.monotonic()
    process = subprocess.Popen(
        (str(CHECKOUT / "inv"), *args),
        cwd=CHECKOUT,
        env=mini.environ,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )
    os.close(theirs)
    assert process.stderr
    asked = ""
    while not asked.endswith((": ", "] ")):
        key = process.stderr.read(1)
        assert key, asked
        asked += key
    os.write(ours, keys.encode())
    out, err = process.communicate(timeout=240)
    os.close(ours)
    return Result(process.returncode, out, asked + err, time.monotonic() - began)
