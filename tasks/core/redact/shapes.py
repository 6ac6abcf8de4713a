"""Every shape of a secret: what it looks like, and what of it must go.

A shape is an expression for the bytes of one line; its group ``s`` is what
goes (``s2``, ``s3`` ... in its other variants), or the whole match. `trigger`
is a simpler expression that must match wherever the shape does: a prefilter
looks for all triggers at once, so a line without any costs next to nothing.
Shapes of several lines are in `privatekeys` and `notations`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from . import values
from .spans import EMAIL, SHAPE, Span
from .vendors import START, VENDORS


@dataclass(frozen=True)
class Shape:
    """One shape of a secret.

    Attributes:
        name: its id, and the label of the tokens it makes.
        meaning: what it is, for people.
        trigger: matches in every line that `pattern` matches in; plain enough
            for both `re` and hyperscan: no look-around, no newline.
        pattern: what is redacted; its groups ``s``, ``s2``... if it has any.
        accept: a further condition on what is redacted.
        rank: see `spans`.
    """

    name: str
    meaning: str
    trigger: str
    pattern: str = field(repr=False)
    accept: Callable[[bytes], bool] | None = None
    rank: int = SHAPE

    @cached_property
    def _regex(self) -> re.Pattern[bytes]:
        """The pattern, compiled when it is first needed."""
        return re.compile(self.pattern.encode(), re.MULTILINE)

    @cached_property
    def _groups(self) -> tuple[int, ...]:
        named = self._regex.groupindex.items()
        return tuple(n for name, n in named if name[0] == "s") or (0,)

    def find(self, block: bytes, start: int, end: int) -> Iterator[Span]:
        """Yield the spans of this shape in the line from ``start`` to ``end``."""
        for match in self._regex.finditer(block, start, end):
            for group in self._groups:
                found = match[group]
                if not found or (self.accept is not None and not self.accept(found)):
                    continue
                first, last = match.span(group)
                yield Span(
                    first,
                    last,
                    self.rank,
                    self.name,
                    begin=match.start(),
                    open=last == end,
                )


def _something(raw: bytes) -> bool:
    return not (values.is_nothing(raw) or values.is_prose(raw) or values.is_code(raw))


def _written(raw: bytes) -> bool:
    """Accept what stands in quotes unless it is a variable or a mask."""
    return not values.is_nothing(raw)


def _told(raw: bytes) -> bool:
    """Accept a word of a sentence only if it is none of a language's."""
    bare = raw.rstrip(b".")
    return values.looks_random(raw) or bool(
        _SYMBOL.search(bare) and _CAPITAL_OR_DIGIT.search(bare)
    )


def _basic(raw: bytes) -> bool:
    return not raw.isalpha() or not (raw.islower() or raw.istitle() or raw.isupper())


def _mail(raw: bytes) -> bool:
    user, host = _AT.split(raw.lower(), maxsplit=1)
    return host.rsplit(b".", 1)[-1] not in _NO_TLD and user not in _NO_PERSON


_SYMBOL, _CAPITAL_OR_DIGIT = re.compile(rb"[^\w.]"), re.compile(rb"[0-9A-Z]")
_AT = re.compile(rb"@|%40|\\+u0040|&#64;|&#x40;|&commat;")

#: Endings that make ``name@host.ending`` a file or a unit rather than a mail.
_NO_TLD = frozenset(
    b"png jpg jpeg gif svg webp avif ico js mjs cjs ts tsx jsx css map json py rs go"
    b" md txt html xml yml yaml toml lock gz tgz zip whl jar so dll exe service timer"
    b" socket target mount slice scope internal localdomain".split()
)
#: Users that programs log in as.
_NO_PERSON = frozenset([b"git", b"celery", b"hg", b"svn"])

_SCHEME = r"(?:[A-Za-z][\w+.-]{1,30}):(?:\\{0,3}/){2}"
_USER = r"[^\s:@/?#\"'<>`\\,;(){}\[\]|]{0,200}"
_HOST = r"[\w\[(%$.-]"
_SQL_TEXT = (
    r"(?:[EeNnUu]&?)?(?:\\*'(?P<s>(?:[^'\\\n]|''|\\.)*)(?:'|$)"
    r"|\\*\"(?P<s2>[^\"\\\n]*)|\$(?P<tag>\w*)\$(?P<s3>[^\n]*?)\$(?P=tag)\$)"
)


def _vendor(name: str, beginning: str, rest: str) -> Shape:
    loose = START if beginning[:1].islower() or len(beginning) < 5 else ""
    return Shape(
        name=name,
        meaning=name.replace("-", " "),
        trigger=beginning + _head(rest),
        pattern=loose + beginning + rest,
    )


def _head(rest: str) -> str:
    """Return the first class of ``rest`` with its least count, at most 16."""
    match = re.match(r"(\[[^\]]+\]|\\w)\{(\d+)", rest)
    if match is None:
        raise ValueError(f"the rest must begin with a counted class: {rest}")
    return f"{match[1]}{{{min(int(match[2]), 16)}}}"


SHAPES: tuple[Shape, ...] = (
    *(_vendor(*vendor) for vendor in VENDORS),
    Shape(
        "jwt",
        "JSON web tokens, signed, encrypted or unsigned",
        r"eyJ[\w-]{8}",
        r"(?<![A-Za-z0-9])(?:eyJ|(?<=%22)eyJ)[\w-]{8,}\.[\w-]{2,}(?:\.[\w-]*){1,3}",
    ),
    Shape(
        "bearer",
        "what follows Bearer",
        r"(?i:bearer)(?:[ \t]|%20|\+)",
        r"(?i:\bbearer)(?:[ \t]+|%20|\+)(?P<s>[\w.~+/=:-]{8,})",
        values.looks_random,
    ),
    Shape(
        "basic-auth",
        "what follows Basic",
        r"(?i:basic)(?:[ \t]|%20)",
        r"(?i:\bbasic)(?:[ \t]+|%20)(?P<s>[A-Za-z0-9+/_-]{8,}={0,2})(?![\w.])",
        _basic,
    ),
    Shape(
        "url-password",
        "the password in a URL; scheme, user and host stay",
        r":(?:\\{0,3}/){2}[^\s/?#\"'<>]{1,300}@",
        _SCHEME + _USER + r":(?P<s>[^\s/?#\"'<>`\\]{1,500})@(?=" + _HOST + ")",
        _written,
    ),
    Shape(
        "url-password",
        "a password with unencoded slashes in a database's URL",
        r"(?i:sql|postgres|redis|amqp|mongo|smtp|maria)[\w+]{0,16}"
        r":(?:\\{0,3}/){2}[^\s:@/]{0,99}:",
        r"(?i:(?:postgres|mysql|maria|redis|amqp|mongo|smtp)[\w+]{0,20})"
        r":(?:\\{0,3}/){2}" + _USER + r":(?!\d{1,5}(?:[/?#\s\"',]|$))"
        r"(?P<s>[^\s\"'<>`\\]{1,300})@(?=[\w.\[-]+(?::\d{1,5})?(?:[/?\s\"'\\,)]|$))",
        _written,
    ),
    Shape(
        "url-password",
        "the password in a URL that is itself encoded",
        r"(?i:%3A%2F%2F)",
        r"(?i:%3A%2F%2F)[\w.~+-]{0,99}(?i:%3A)(?P<s>(?:[\w.~+*!()-]|%[0-9A-Fa-f]{2})"
        r"{1,300}?)(?i:%40)[\w.-]",
    ),
    Shape(
        "url-token",
        "a token that stands for user and password in a URL",
        r"https?:(?:\\{0,3}/){2}[\w.~%-]{16,200}:?(?:x-oauth-basic)?@",
        r"https?:(?:\\{0,3}/){2}(?P<s>[\w.~%-]{16,})(?::(?:x-oauth-basic)?)?@[\w\[]",
        values.looks_random,
    ),
    Shape(
        "sentry-dsn",
        "the keys in Sentry's URLs",
        r"//[0-9a-f]{32}[:@]",
        r"//(?P<s>[0-9a-f]{32})(?::(?P<s2>[0-9a-f]{32}))?@",
    ),
    Shape(
        "oracle-password",
        "the password of an Oracle connection string",
        r"(?i:oracle|sqlplus)",
        r"(?i:oracle:(?:thin|oci):|sqlplus[ \t]+)[\w.]{1,60}/(?P<s>[^\s@/]{1,99})@",
    ),
    Shape(
        "presigned-url",
        "the signature in a URL",
        r"(?i:sig|signature)=",
        r"(?i)(?:[?&;]|amp;|%26|%3F)(?:x-[\w-]{2,8}-)?(?:sig|signature)="
        r"(?P<s>[^\s&\"'<>\\#]{8,})",
    ),
    Shape(
        "telegram-token",
        "the token in a Telegram URL",
        r"/bot\d{8}",
        r"/bot(?P<s>\d{8,10}:[\w-]{30,})",
    ),
    Shape(
        "chat-webhook",
        "the secret path of a chat's webhook",
        r"(?i:hooks?\.|webhook)",
        r"https?:(?:\\{0,3}/){2}(?:hooks\.slack\.com/(?:services|workflows|triggers)/"
        r"|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/|[\w.-]+\.webhook\.office\.com/"
        r"webhookb2/|hooks\.zapier\.com/hooks/catch/|[\w.-]*hook[\w.-]*/(?:[\w-]+/)?)"
        r"(?P<s>[\w./@%-]{16,})",
    ),
    Shape(
        "mailchimp-key",
        "Mailchimp keys",
        r"[0-9a-f]{16}-us\d",
        r"(?<![0-9A-Za-z])[0-9a-f]{32}-us\d{1,2}\b",
    ),
    Shape(
        "npm-auth",
        "credentials in an .npmrc",
        r"_(?:auth|authToken|password)[ \t]?=",
        r"(?:^|[\s/:\"'])_(?:auth|authToken|password)[ \t]{0,3}=[ \t]{0,3}\"?"
        r"(?P<s>[^\s\"']{4,})",
        _something,
    ),
    Shape(
        "docker-auth",
        "credentials in a Docker config",
        r"\"(?:auth|identitytoken|registrytoken)\\{0,7}\"",
        r"\"(?:auth|identitytoken|registrytoken)\\{0,7}\"\s{0,4}:\s{0,4}\\{0,7}\""
        r"(?P<s>[A-Za-z0-9+/=_.-]{8,})",
    ),
    Shape(
        "jwk",
        "the private part of a JSON web key",
        r"\"(?:d|p|q|dp|dq|qi|k)\"",
        r"\"(?:d|p|q|dp|dq|qi|k)\"\s{0,4}:\s{0,4}\"(?P<s>[\w-]{22,})\"",
    ),
    Shape(
        "sql-password",
        "passwords in SQL: PASSWORD '...', IDENTIFIED BY '...'",
        r"(?i:password|passphrase|\bby|\bas)[ \t]{0,4}\(?[ \t]{0,4}(?:[EeNnUu]&?)?"
        r"\\{0,3}[\"'$]",
        r"(?i:\bpassword|(?<!revision )\bidentified(?:[ \t]+with[ \t]+[\w\"'`]+)?[ \t]+(?:by|as)"
        r"(?:[ \t]+password)?|\bpassphrase)(?:[ \t]+\(?|\()[ \t]*" + _SQL_TEXT,
        _written,
    ),
    Shape(
        "sql-crypto",
        "keys and clear text given to a cryptographic function in SQL",
        r"(?i:crypt|hmac|digest)[\w]{0,12}[ \t]?\(",
        r"(?i:\bcrypt)[ \t]?\([ \t]?'(?P<s>[^'\n]+)'|(?i:\bpgp_sym_\w+)[ \t]?"
        r"\([^,\n]{0,400},[ \t]*'(?P<s2>[^'\n]+)'",
    ),
    Shape(
        "scram-verifier",
        "SCRAM verifiers",
        r"SCRAM-SHA-(?:1|256|512)\$",
        r"SCRAM-SHA-(?:1|256|512)\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+",
    ),
    Shape(
        "md5-verifier",
        "PostgreSQL's md5 verifiers",
        r"md5[0-9a-f]{16}",
        r"(?<![A-Za-z0-9])md5[0-9a-f]{32}(?![0-9A-Za-z])",
    ),
    Shape(
        "password-hash",
        "hashes of passwords: bcrypt, argon2, scrypt, PBKDF2, crypt",
        r"\$(?:2[abxy]?|argon2(?:id|i|d)|[156y]|apr1|scrypt|s[01]|md5)\$",
        r"\$(?:2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|argon2(?:id|i|d)\$[^\s\"':;<>]{20,}"
        r"|[156y]\$[^\s\"':;<>]{16,}|apr1\$[^\s\"':;<>]{16,}|scrypt\$[^\s\"':;<>]{20,}"
        r"|s[01]\$[^\s\"':;<>]{20,})",
    ),
    Shape(
        "password-hash",
        "hashes of passwords as web frameworks write them",
        r"(?:pbkdf2[:_]sha\d{1,3}|scrypt:\d{1,9}:\d{1,4}:\d{1,4}|bcrypt_sha256|argon2)\$"
        r"|pbkdf2:sha\d{1,3}:\d{1,9}\$",
        r"(?:pbkdf2(?:_sha\d+|:sha\d+:\d+)|scrypt:\d+:\d+:\d+|bcrypt_sha256|argon2)"
        r"\$[^\s\"'<>;]{20,}",
    ),
    Shape(
        "redis-password",
        "passwords in redis' configuration and commands",
        r"(?i:requirepass|masterauth|\bAUTH\b|[ \"]on[ \"])",
        r"(?i:(?:^|[\s\"'])(?:--)?(?:requirepass|masterauth)[ \t]+)\"?(?P<s>[^\s\"'$\[]+)"
        r"|(?:^|[\s\"'>])AUTH[ \t]+\"?(?:[\w.-]+\"?[ \t]+\"?)??(?P<s2>[^\s\"'$\[]{6,})\"?$"
        r"|(?i:\buser[ \t]+[\w.-]+[ \t]+(?:[\w~+@*&|-]+[ \t]+)*?)>(?P<s3>[^\s\"']+)",
        _something,
    ),
    Shape(
        "command-password",
        "passwords after the flags of well-known commands",
        r"\b(?:mysql\w*|mariadb[\w-]*|redis-cli|curl|wget|http|docker|podman|helm"
        r"|skopeo|sshpass|htpasswd|openssl|mongo\w*|ldap\w+|smbclient|rabbitmqctl|7z"
        r"|zip|unzip|mc)[ \t]",
        r"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^|;\n]*?[ \t]-p"
        r"(?P<s1>[^\s\"'$-][^\s\"']*)"
        r"|\bredis-cli\b[^|;\n]*?[ \t](?:-a|--pass)[ \t]+[\"']?(?P<s2>[^\s\"'$]+)"
        r"|\b(?:curl|wget|http)\b[^|;\n]*?[ \t](?:-u|--user|--proxy-user|-a)[ \t=]*"
        r"[\"']?[^\s:\"'/]+:(?P<s3>[^\s\"'$]+)"
        r"|\b(?:docker|podman|helm(?: registry)?|skopeo)[ \t]+login\b[^|;\n]*?[ \t]-p"
        r"[ \t=]*[\"']?(?P<s4>[^\s\"'$]+)"
        r"|\bsshpass[ \t]+-p[ \t]*[\"']?(?P<s5>[^\s\"'$]+)"
        r"|\bhtpasswd[ \t]+-\w*b\w*[ \t]+(?:-\w+[ \t]+)*(?:\S+[ \t]+)??[\w.-]+[ \t]+"
        r"[\"']?(?P<s6>[^\s\"'$]+)[\"']?(?=\s*(?:$|[|;&>]))"
        r"|\bopenssl\b[^|;\n]*?[ \t]-pass(?:in|out)?[ \t]+[\"']?pass:(?P<s7>[^\s\"'$]+)"
        r"|\bmongo\w*\b[^|;\n]*?[ \t]-p[ \t]+[\"']?(?P<s8>[^\s\"'$-][^\s\"']*)"
        r"|\bldap\w+\b[^|;\n]*?[ \t]-w[ \t]+[\"']?(?P<s9>[^\s\"'$]+)"
        r"|\bsmbclient\b[^|;\n]*?[ \t]-U[ \t]+[\"']?[^\s%\"']+%(?P<s10>[^\s\"'$]+)"
        r"|\brabbitmqctl[ \t]+(?:add_user|change_password|authenticate_user)[ \t]+\S+"
        r"[ \t]+[\"']?(?P<s11>[^\s\"'$]+)"
        r"|\b(?:7z|zip|unzip)\b[^|;\n]*?[ \t]-[pP][ \t]?[\"']?(?P<s12>[^\s\"'$-]{4,})"
        r"|\bmc[ \t]+alias[ \t]+set[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]+[\"']?(?P<s13>[^\s\"'$]+)",
        _something,
    ),
    Shape(
        "prose-password",
        "a password or token that a sentence tells",
        r"(?i:password|passphrase|token|secret|api key)(?:[ \t](?i:is|was|for|set)|[ \t][\"'])",
        r"(?i:\b(?:password|passphrase|token|secret|api key)[ \t]+(?:is|was|set to)"
        r"[ \t:=]+)[\"'`]?(?P<s>[^\s\"'`,;]{6,})"
        r"|(?i:\b(?:password|passphrase|token|secret|api key)[ \t]+for[ \t]+(?:user[ \t]+)?"
        r"[\w.@\"'-]{1,60}(?:[ \t]*[:=][ \t]*|[ \t]+is[ \t]+))[\"'`]?(?P<s2>[^\s\"'`,;]{4,})"
        r"|(?i:\b(?:token|passphrase|secret|api key)[ \t]+)[\"'](?P<s3>[^\s\"']{8,})[\"']",
        _told,
    ),
    Shape(
        "netrc",
        "passwords in a .netrc, a .pgpass, a shadow file",
        r"(?i:\bpassword[ \t]|^[^\s:]{1,200}:(?:\d{4,5}|\*):)",
        r"(?i:\bmachine[ \t].{1,300}?\bpassword[ \t]+)(?P<s>\S+)"
        r"|^[\w.*-]{1,200}:(?:\d{4,5}|\*):[\w*.-]{1,60}:[\w*.-]{1,60}:(?P<s2>[^\s:]{4,})$"
        r"|^[ \t]*(?i:password)[ \t]+(?P<s3>\S+)[ \t]*$",
        _something,
    ),
    Shape(
        "email",
        "e-mail addresses",
        r"(?:@|%40|\\u0040|&#64;|&#x40;|&commat;)[A-Za-z0-9]",
        r"(?<![\w.+-])(?<!//)(?:[A-Za-z0-9_](?:[\w.+'-]|%2[bB]){0,63})"
        r"(?:@|%40|\\{1,3}u0040|&#64;|&#x40;|&commat;)"
        r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})"
        r"(?![\w-])",
        _mail,
        EMAIL,
    ),
)
