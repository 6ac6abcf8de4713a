"""Every shape of a secret within one line, from the tables that hold them."""

from __future__ import annotations

from .commands import COMMANDS
from .sentences import SENTENCES
from .shape import Shape
from .stores import STORES
from .vendors import TOKENS
from .web import WEB

SHAPES: tuple[Shape, ...] = (*TOKENS, *WEB, *STORES, *COMMANDS, *SENTENCES)
