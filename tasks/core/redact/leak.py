"""What a scan finds."""

from __future__ import annotations

from typing import NamedTuple

#: What of a file that can't be searched; who knows what is in it?
UNREADABLE = "unreadable"


class Leak(NamedTuple):
    """Something that should not be there.

    Attributes:
        file: the file, behind the archives it is in: ``bundle.tar.gz!a.log``;
            without the secrets that its name may hold.
        line: the line, from 1; 0 if it is in the file's name, or if the file
            can't be read.
        kind: what it is: ``secret:jwt``, ``secret:DB_PASSWORD``, ``email``, or
            ``unreadable``: an archive that can't be searched is not clean.
    """

    file: str
    line: int
    kind: str
