"""The redactor's triggers as a ``sed`` script."""

from __future__ import annotations

import re

#: Escapes that sed's expressions lack, outside a bracket and inside one.
_OUTSIDE = {"d": "[0-9]", "S": "[^[:space:]]", "t": "[[:blank:]]", "r": "\r"}
_INSIDE = {"d": "0-9", "w": "A-Za-z0-9_", "s": "[:space:]", "t": "[:blank:]", "r": "\r"}
#: A part of an expression: an escape, a group's flags, a bracket's beginning.
_PART = re.compile(rb"\\x[0-9a-fA-F]{2}|\\.|\(\?[a-z]*:|\(\?[a-z]+\)|.", re.DOTALL)
_LAZY = re.compile(r"(?<=[*+?}])[?+]")


def script() -> list[str]:
    """Return one substitution for each trigger of the redactor."""
    return [_substitution(trigger) for trigger in triggers()]


def triggers() -> list[bytes]:
    """Return the triggers that the redactor of a stack looks for."""
    from .work import redactor

    # No other way to see them, and nobody but this has a use for them.
    looks = redactor(None)._engine._looks
    return [rule.trigger for _, rules in looks for rule in rules]


def _substitution(trigger: bytes) -> str:
    folded = any(flag in trigger for flag in (b"(?i", b"(?mi", b"(?im"))
    text = "".join(_translated(trigger)).replace("~", r"\~")
    return f"s~{_LAZY.sub('', text)}~[secret]~g{'I' if folded else ''}"


def _translated(trigger: bytes) -> list[str]:
    parts: list[str] = []
    held: list[str] | None = None  # of a bracket, while inside one
    for raw in _PART.findall(trigger):
        part = raw.decode("latin-1")
        if part.startswith(r"\x"):
            part = chr(int(part[2:], 16))
            part = part if part.isalnum() or held is not None else f"[{part}]"
            part = part.replace("\x00", "\x01")
        elif part[0] == "\\" and held is not None:
            part = _INSIDE.get(part[1], part[1])
        elif part[0] == "\\":
            part = _OUTSIDE.get(part[1], part)
        if held is None and part == "[":
            held = []
        elif held is not None and part == "]" and held != ["^"] and held:
            parts.append(_bracket(held))
            held = None
        elif held is not None:
            held.append(part)
        else:
            parts.append("(" if part.startswith("(?") and part[-1] == ":" else part)
    return [part for part in parts if not part.startswith("(?")]


def _bracket(held: list[str]) -> str:
    """Return a bracket as POSIX has it: a ``]`` stands first and a ``-`` last."""
    inverted = held[:1] == ["^"]
    rest = held[1:] if inverted else held
    first = "]" if "]" in rest else ""
    last = "-" if rest[-1:] == ["-"] else ""
    middle = "".join(part for part in rest if part != "]").removesuffix(last or "\0")
    return f"[{'^' if inverted else ''}{first}{middle}{last}]"
