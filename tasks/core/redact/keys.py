"""Which keys hold a secret: the one word list, and how it is read.

A key is split into words (``dbPassword``, ``DB_PASSWORD``, ``db-password``) and
is secret if one of them names a secret and the last one does not turn it into
something *about* a secret: ``TOKEN_TTL``, ``password_file``, ``key_id``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


#: Secret wherever they stand in a key.
SECRET_WORDS = word_set("""
    password passwd passwort passphrase passcode pwd secret token apikey
    credential credentials privatekey accesskey secretkey authkey licensekey
    authorization requirepass masterauth webhook salt pepper otp totp hmac
    userpass dbpass mypass keypass storepass sessionid phpsessid jsessionid
    pw bindpw rootpw verifier passwords secrets tokens pgpassword psw
    mnemonic cvv cvc ssn
""")

#: Secret only as a key's last word; before another word they mean other things.
SECRET_LAST_WORDS = word_set("""
    pass auth cookie cookies session signature sig jwt pat sid csrf xsrf refresh
""")

#: What a word written in one with others ends in: ``dbpassword``, ``authtoken``.
SECRET_ENDINGS = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
)

#: ``key`` is secret after one of these; in capitals, as in a variable's name,
#: after anything but the words below.
KEY_OF_SECRETS = word_set("""
    preshared psk api access secret private signing sign encryption encrypt encrypted
    master auth service fernet jwt account shared storage consumer client
    app webhook deploy session crypto aes hmac rsa ssh tls ssl vault license
    licence subscription server integration ingest write admin root sas
    registry nextauth instrumentation internal
""")
KEY_OF_OTHERS = word_set("""
    public pub primary foreign sort partition cache index row hash range
    group routing object idempotency lookup natural unique composite
    surrogate parent config setting prefix key event job file message
    translation i18n locale shard bucket dedupe dedup tracing trace hot
    short
""")

#: As the last word: not the secret, but something about it.
ABOUT_WORDS = word_set("""
    algorithm alg age at attempt attempts bits bytes changed check class
    column columns config context count created date days delay dir
    directory disabled domain enabled encoding encryption endpoint env error
    errors exists expire expired expires expiry exp expiration failed field
    fields file filename format forgot header host hours httponly id ids in
    invalid interval issuer iterations kind label leeway length len lifetime
    limit location max message method min minutes mode model name names ok
    line lines parameter params parallelism path paths period policy port prefix
    provider realm ref refs regex required reset retries rotated rotation
    rounds samesite scheme schema scope scopes seconds secure server service
    size source status store strength suffix timeout ttl type types updated
    uri url urls usage used user username valid validation validator
    validators version py pyc go rs rb java php kt js mjs ts tsx jsx json yml yaml
    toml md txt html css sh cfg ini lock log png svg stdin minute second hour day per
""")

#: Keys that read like one of the above and are not.
NEVER = frozenset(
    {"oldpwd", "authorized", "tokens used", "secrets dir", "existing secret"}
)

#: Every letter sequence that a secret key can contain: finds candidates in text.
CANDIDATES = (
    "passw",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "pw",
    "verifier",
    "psw",
    "secret",
    "token",
    "key",
    "credential",
    "auth",
    "cookie",
    "webhook",
    "salt",
    "pepper",
    "otp",
    "hmac",
    "signature",
    "session",
    "jwt",
    "csrf",
    "xsrf",
    "refresh",
    "mnemonic",
    "ssn",
    "cvv",
    "cvc",
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Secrecy(IntEnum):
    """How sure a key's name makes us that its value is a secret."""

    NONE = 0
    #: Only a value that looks random: ``session=...``, ``auth: ...``.
    IF_RANDOM = 1
    ANY_VALUE = 2


class Keys:
    """The word list together with what the settings add to it."""

    def __init__(self, secret: Iterable[str] = (), public: Iterable[str] = ()) -> None:
        """Take more secret keys and keys that are public despite their name."""
        self.secret = frozenset(key.lower() for key in secret)
        self.public = frozenset(key.lower() for key in public)
        #: Whether the value of a key is a secret, told by its name alone.
        self.secrecy = lru_cache(maxsize=4096)(self._secrecy)

    def _secrecy(self, key: str) -> Secrecy:
        lowered = key.lower()
        if lowered in self.public:
            return Secrecy.NONE
        if lowered in self.secret:
            return Secrecy.ANY_VALUE
        if "/" in key:  # a path; but .npmrc has //registry.example/:_authToken
            key = key.rpartition("/:")[2]
            return Secrecy.NONE if "/" in key else _by_name(key)
        return _by_name(key)


#: What is counted under these is no secret: ``tokens: 12``.
_COUNTED = frozenset(["tokens", "pass", "cookies", "keys", "secrets", "credentials"])
_HEADERS = frozenset(["authorization", "cookie", "cookies"])


def is_counted(key: str) -> bool:
    """Tell whether a number under ``key`` may be a count."""
    return words(key)[-1:] != () and words(key)[-1] in _COUNTED


def is_header(key: str) -> bool:
    """Tell whether ``key`` is a header whose value is a secret only in part."""
    return words(key)[-1:] != () and words(key)[-1] in _HEADERS


@lru_cache(maxsize=4096)
def words(key: str) -> tuple[str, ...]:
    """Split a key at case changes, digits and punctuation, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(key))


@lru_cache(maxsize=4096)
def _by_name(key: str) -> Secrecy:
    parts = [word for word in words(key) if not word.isdigit()]
    if not parts or parts[-1] in ABOUT_WORDS or " ".join(parts) in NEVER:
        return Secrecy.NONE
    if _names_a_secret(parts) or _names_a_secret_key(parts, key):
        return Secrecy.ANY_VALUE
    if parts[-1] not in SECRET_LAST_WORDS:
        return Secrecy.NONE
    sure = len(parts) > 1 and (key.isupper() or parts[-1] == "pass")
    return Secrecy.ANY_VALUE if sure else Secrecy.IF_RANDOM


def _names_a_secret(parts: list[str]) -> bool:
    joined = (first + second for first, second in pairwise(parts))
    return any(
        part in SECRET_WORDS or part.endswith(SECRET_ENDINGS)
        for part in (*parts, *joined)
    )


def _names_a_secret_key(parts: list[str], key: str) -> bool:
    """Decide by the word before ``key``: an API key or a cache key?"""
    before = {first for first, second in pairwise(parts) if second in ("key", "keys")}
    if not before.isdisjoint(KEY_OF_SECRETS):
        return True
    return key.isupper() and bool(before - KEY_OF_OTHERS)
