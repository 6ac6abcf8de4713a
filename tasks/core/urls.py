"""URLs as a Snapshot holds them: where a secret stood there is a token now."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split(url: str) -> SplitResult:
    """Return a URL's parts, tokens included; what is no URL has none.

    ``urlsplit`` takes a token's brackets for those of an IPv6 address and its
    ``#`` for a fragment, so it gets to see plain words in their place.
    """
    from .redact.tokens import TOKEN

    tokens = TOKEN.findall(url)
    words = [f"token-{number}-" for number in range(len(tokens))]
    plain = url
    for token, word in zip(tokens, words, strict=True):
        plain = plain.replace(token, word, 1)
    try:
        parts = urlsplit(plain)
        _ = parts.port  # the address may be right and the port no number
    except ValueError:
        return urlsplit("")

    def whole(text: str) -> str:
        for token, word in zip(tokens, words, strict=True):
            text = text.replace(word, token)
        return text

    return SplitResult(*map(whole, parts))
