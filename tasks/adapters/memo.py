"""What a look learned that holds until something it depends on changes.

Importing pandas takes longer than everything else that a look does. Whether an
import works depends on the files that it loads, so it is tried once; from then
on the script inside compares the size and the times of each file that was
loaded, and of each directory that was searched, and tries again when one of
them differs. Only imports that worked are remembered.

One file in the state directory for each image and question, readable by its
owner only; it holds paths, times and digests, and no value of any setting.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .store import Directory

Json = dict[str, Any]
#: The kernel takes arguments up to 128 kB.
LONGEST = 100_000


class Memo:
    """What is known of one image by one question.

    Attributes:
        taken: when it was learned, ISO 8601; empty if nothing is known.
    """

    def __init__(self, state: Path, *question: object) -> None:
        """Take what the answer depends on, apart from the files inside."""
        digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:32]
        self._store = Directory(state / "cache")
        self._name = f"inside-{digest}.json"
        self._kept = self._read()
        self.taken = str(self._kept.get("taken", ""))

    def known(self) -> Json | None:
        """Return what the script inside compares, None if nothing is known."""
        return self._kept.get("known")

    def answer(self) -> str:
        """Return the whole answer that an image gave, empty if it has not."""
        return str(self._kept.get("answer", ""))

    def keep(self, said: Json) -> None:
        """Keep what the script inside says of the files that it loaded."""
        if "state" not in said or self.answer():
            return
        paths: dict[str, list[str]] = {}
        for path in said["paths"]:
            folder, name = posixpath.split(path)
            paths.setdefault(folder, []).append(name)
        known = {"paths": paths, "state": said["state"], "imports": said["imports"]}
        if len(json.dumps(known)) < LONGEST:
            self._write({"known": known})

    def keep_answer(self, answer: str) -> None:
        """Keep a whole answer, if it is one."""
        try:
            said = json.loads(answer)
            whole = not said["error"]
        except (ValueError, KeyError, TypeError):
            return
        if whole:
            said.pop("paths", None)
            self._write({"answer": json.dumps({**said, "unchanged": True})})

    def _read(self) -> Json:
        try:
            kept = json.loads(self._store.get(self._name) or b"{}")
        except ValueError:
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self, kept: Json) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._kept = {"taken": now, **kept}
        self._store.put(self._name, json.dumps(self._kept).encode())
        self._store.keep_newest("inside-*.json")
