"""Redaction: what a colleague must not see is replaced by a token.

``Redactor.learn`` makes a redactor from the stack's own settings. It takes the
secrets out of text, trees, streams and file names, and its ``scan`` looks for
what is left in a finished archive. How it works: ``docs/redaction.md``.
"""

from .leak import Leak
from .learn import Source
from .personal import PersonalRules
from .redactor import Redactor
from .tokens import TOKEN

__all__ = ["TOKEN", "Leak", "PersonalRules", "Redactor", "Source"]
