"""Cut a text without cutting a token in two."""

from __future__ import annotations

#: Characters that a token may have; see `tasks.core.redact.tokens`.
LONGEST_TOKEN = 120


def shorten(text: str, most: int) -> str:
    """Return at most the first ``most`` characters of a redacted text.

    Half a token, ``[secret:DB_PASS``, would read like a secret again, to a
    person and to the scan of the finished bundle: it goes as a whole.
    """
    if len(text) <= most:
        return text
    opened = text.rfind("[", max(0, most - LONGEST_TOKEN), most)
    if opened >= 0 and "]" not in text[opened:most]:
        return text[:opened]
    return text[:most]
