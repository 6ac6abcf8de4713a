"""Shapes of what people and programs say in words, and of their addresses."""

from __future__ import annotations

from . import values
from .lazily import lazily
from .shape import Shape, told
from .spans import EMAIL

#: Endings that make ``name@host.ending`` a file or a unit rather than a mail.
_NO_TLD = frozenset(
    b"png jpg jpeg gif svg webp avif ico js mjs cjs ts tsx jsx css map json py rs go"
    b" md txt html xml yml yaml toml lock gz tgz zip whl jar so dll exe service timer"
    b" socket target mount slice scope internal localdomain".split()
)
#: Hosts in the names of algorithms.
_NO_HOSTS = frozenset([b"openssh.com", b"libssh.org"])
#: Users that programs log in as.
_NO_PERSON = frozenset([b"git", b"celery", b"hg", b"svn"])

_AT = lazily(rb"@|%(?:25)?40|\\+u0040|&#64;|&#x40;|&commat;")


def _mail(raw: bytes) -> bool:
    user, host = _AT.split(raw.lower(), maxsplit=1)
    if user in _NO_PERSON or host in _NO_HOSTS:
        return False
    return host.rsplit(b".", 1)[-1] not in _NO_TLD


SENTENCES: tuple[Shape, ...] = (
    Shape(
        "prose-password",
        "a password or token that a sentence tells",
        r"(?i:password|passphrase|token|secret|api[ _-]?key)[ \t]"
        r"(?:(?i:is|was|for|set)|[\"']|[\w+/=.~-]{20})"
        r"|(?i:new (?:value|password|token|secret|key):)",
        r"(?i:\b(?:password|passphrase|token|secret|api key)[ \t]+(?:is|was|set to)"
        r"[ \t:=]+)[\"'`]?(?P<s>[^\s\"'`,;]{6,})"
        r"|(?i:\b(?:password|passphrase|token|secret|api key)[ \t]+for[ \t]+"
        r"(?:user[ \t]+)?"
        r"[\w.@\"'-]{1,60}(?:[ \t]*[:=](?!//)[ \t]*|[ \t]+is[ \t]+))[\"'`]?"
        r"(?P<s2>[^\s\"'`,;]{4,})"
        r"|(?i:\b(?:token|passphrase|secret|api key)[ \t]+)[\"']"
        r"(?P<s3>[^\s\"']{8,})[\"']"
        r"|(?i:\b(?:token|passphrase|secret|api[ _-]?key|password)[ \t]+)"
        r"(?P<s5>[\w+/=.~-]{20,})"
        r"|(?i:\bnew (?:value|password|token|secret|key):[ \t]*)(?P<s4>\S{6,})",
        told,
    ),
    Shape(
        "prose-password",
        "a random value that ends a sentence about a secret",
        r"(?i:password|passphrase|secret|token|[ _-]key|login|credential|account)"
        r"[^\n]*[ \t\"':][\w+/!^*~-]{12,}={0,2}[\"'.]?[ \t]*\r?$",
        r"(?i:password|passphrase|secret|token|[ _-]key)(?:[\w -]{0,24}[ \t]"
        r"|\w{0,20}\b[^\n:=<>{}]{0,80}(?::|\bis:?)[ \t]+)"
        r"[\"']?(?P<s>[\w+/!^*~-]{12,}={0,2})[\"'.]?[ \t]*$"
        r"|(?i:\b(?:login|credentials?|account)\b)[^\n]{0,40}?\b[\w.@-]{1,40}"
        r"(?::|[ ]/[ ])(?P<s2>[\w+/!^*~-]{12,})[\"'.]?[ \t]*$",
        values.surely_random,
    ),
    Shape(
        "one-time-code",
        "codes that are valid once, as mail and logs tell them",
        r"(?i:code)[ :]{1,2}(?i:is)?[ :]{0,2}\d{4}",
        r"(?i:\b(?:verification|security|log-?in|sign-?in|one-time|confirmation|access|auth"
        r"\w*|reset|2fa|mfa|otp)[ -]code(?:[ ]is)?:?[ ])(?P<s>\d{4,8})\b",
    ),
    Shape(
        "email",
        "e-mail addresses",
        r"(?:@|%(?:25)?40|\\u0040|&#64;|&#x40;|&commat;)[A-Za-z0-9]"
        r"[A-Za-z0-9-]{0,61}\.",
        r"(?<![\w.+-])(?<!//)(?:[A-Za-z0-9_](?:[\w.+-]|%2[bB]){0,63})"
        r"(?:@|%(?:25)?40|\\{1,3}u0040|&#64;|&#x40;|&commat;)"
        r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})"
        r"(?![\w-])",
        _mail,
        EMAIL,
    ),
)
