"""Redaction: what a colleague must not see is replaced by a token.

``Redactor.learn`` makes a redactor from the stack's own settings; `scan` looks
for what is left in a finished archive. How it works: ``docs/redaction.md``.
"""

from .learn import Source
from .personal import PersonalRules
from .redactor import Redactor, Stream
from .scan import Leak, scan
from .tokens import TOKEN

__all__ = ["TOKEN", "Leak", "PersonalRules", "Redactor", "Source", "Stream", "scan"]
