"""Find in events the exceptions, what led to them, and where in our own code."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from .parse import LogEvent

# What is kept of one exception's message, in characters.
MESSAGE_LIMIT = 2000

_PYTHON_START = "Traceback (most recent call last):"
_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"
# The margin that exception groups draw, and the rule above each member.
_MARGIN = re.compile(r"^(?: *(?:\| ?)+| +\+-[-+ \d]*$)")
_PYTHON_FRAME = re.compile(
    r'\s*File "(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})'
    r"(?:, in (?P<function>.{1,200}))?"
)
_PYTHON_RAISED = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?$")

_NODE_FRAME = re.compile(
    r"\s+at (?:(?:async )?(?P<function>[^(\n]{1,200}) \()?"
    r"(?:file://)?(?P<file>[^():\s][^():\n]{0,1000}|node:[\w/]+):(?P<line>\d{1,9}):\d+\)?"
)
_NODE_RAISED = re.compile(
    r"\s*(?:⨯ )?(?:Uncaught )?(?P<cause>\[cause\]: |Caused by: )?\[?"
    r"(?P<type>[A-Za-z_$][\w.$]{0,100}(?:Error|Exception)|Error|error)"
    r"(?: \[\w{1,60}\])?: (?P<message>.*)$"
)

# Without one of these there is nothing to look for, as in most events.
_SIGNS = ('File "', " at ", "[cause]: ", "Caused by: ")

_FOREIGN = re.compile(
    r"site-packages|dist-packages|/lib/python\d|/lib64/python\d|^<|/bin/[^/]+$"
    r"|node_modules|^node:|^internal/"
)
# Raised to carry other exceptions, printed below them; no failures themselves.
_CARRIERS = ("ExceptionWithTraceback", "RemoteTraceback", "ExceptionGroup")
# A failed look-up is often handled by doing the real work, which then failed:
# what is raised "during handling" of these did not follow from them.
_LOOKUPS = {
    "KeyError",
    "AttributeError",
    "IndexError",
    "LookupError",
    "StopIteration",
    "StopAsyncIteration",
}


class Frame(msgspec.Struct, frozen=True):
    """A place in a source file."""

    file: str
    line: int
    function: str


class Raised(msgspec.Struct, frozen=True):
    """One exception of a chain.

    Attributes:
        type: As printed, with its module.
        message: The text behind the type, possibly of several lines.
        frame: The innermost frame of the project's own code, if there is one.
        link: How it came of the one before: ``cause`` (it was raised from it),
            ``context`` (while handling it), or empty for the first.
    """

    type: str
    message: str
    frame: Frame | None
    link: str


class Trace(msgspec.Struct, frozen=True):
    """A failure with everything that led to it.

    Attributes:
        service: Whose log it was in.
        time: When, if known.
        line: Index of its event's first line in the log.
        language: ``python`` or ``node``.
        chain: The exceptions, earliest first; never empty.
    """

    service: str
    time: datetime | None
    line: int
    language: str
    chain: tuple[Raised, ...]

    @property
    def root(self) -> Raised:
        """The exception that the others followed from."""
        start = 0
        for index, raised in enumerate(self.chain[1:], 1):
            before = self.chain[index - 1].type.rpartition(".")[2]
            if raised.link == "context" and before in _LOOKUPS:
                start = index
        return self.chain[start]

    @property
    def last(self) -> Raised:
        """The exception that came out at the end."""
        return self.chain[-1]

    @property
    def frame(self) -> Frame | None:
        """The innermost frame of the project's own code, nearest to the root."""
        after_root = self.chain[self.chain.index(self.root) :]
        return next((raised.frame for raised in after_root if raised.frame), None)


def traces(events: Iterable[LogEvent]) -> Iterator[Trace]:
    """Find the exceptions in events, in the order of the events.

    Args:
        events: As ``logparse.events`` yields them.
    """
    for event in events:
        if not any(sign in event.text for sign in _SIGNS):
            continue
        lines = event.text.split("\n")
        chain, language = tuple(_python(lines)), "python"
        if not chain:
            chain, language = tuple(_node(lines)), "node"
        if chain:
            yield Trace(event.service, event.time, event.line, language, chain)


def is_project_file(path: str) -> bool:
    """Tell whether a frame's file is the project's own, not a library's."""
    return not _FOREIGN.search(path)


def _python(lines: list[str]) -> Iterator[Raised]:
    """Read the exceptions of Python tracebacks, one after the other."""
    frame: Frame | None = None
    in_frames = False
    link = ""
    pending: list[str] | None = None
    known: tuple[str, Frame | None, str] = ("", None, "")
    for raw in lines:
        line = _MARGIN.sub("", raw, count=1) if raw[:1] == " " else raw
        match = _PYTHON_FRAME.match(line)
        raised = in_frames and not match and _PYTHON_RAISED.match(line)
        starts = _PYTHON_START in line
        if pending is not None and (match or starts or line in (_CAUSE, _CONTEXT)):
            yield _raised(*known, pending)
            pending = None
        if match:
            in_frames = True
            found = Frame(match["file"], int(match["line"]), match["function"] or "")
            frame = found if is_project_file(found.file) else frame
        elif raised:
            carrier = raised["type"].endswith(_CARRIERS)
            known = (raised["type"], frame, link)
            pending = None if carrier else [raised["message"] or ""]
            in_frames = False
            frame, link = (frame, link) if carrier else (None, "")
        elif line in (_CAUSE, _CONTEXT):
            link = "cause" if line == _CAUSE else "context"
        elif pending is not None:
            pending.append(line)
    if pending is not None:
        yield _raised(*known, pending)


def _raised(name: str, frame: Frame | None, link: str, message: list[str]) -> Raised:
    """Make one exception of its parts."""
    text = "\n".join(message).strip().removesuffix('"""').rstrip()
    return Raised(name, text[:MESSAGE_LIMIT], frame, link)


def _node(lines: list[str]) -> list[Raised]:
    """Read the errors of a Node stack; causes are printed last, so turn it round."""
    found: list[Raised] = []
    frames = 0
    for line in lines:
        if match := _NODE_FRAME.match(line):
            frames += 1
            if found and found[-1].frame is None and is_project_file(match["file"]):
                place = Frame(
                    match["file"], int(match["line"]), match["function"] or ""
                )
                found[-1] = msgspec.structs.replace(found[-1], frame=place)
        elif (match := _NODE_RAISED.match(line)) and (match["cause"] or not found):
            message = match["message"].removesuffix(" {")[:MESSAGE_LIMIT]
            found.append(Raised(match["type"], message, None, ""))
    if not frames and len(found) < 2:
        return []
    found.reverse()
    return [
        msgspec.structs.replace(raised, link="cause" if index else "")
        for index, raised in enumerate(found)
    ]
