"""Shapes of databases, password stores and registries."""

from __future__ import annotations

from .shape import Shape, something, written

_SQL_TEXT = (
    r"(?:[EeNnUu]&?)?(?:\\*'(?P<s>(?:[^'\\\n]|''|\\.)*)(?:'|$)"
    r"|\\*\"(?P<s2>[^\"\\\n]*)|\$(?P<tag>\w*)\$(?P<s3>[^\n]*?)\$(?P=tag)\$)"
)


_TAGGED = r"\{(?i:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2|ARGON2|BCRYPT|NOOP)[\w-]{0,8}\}"

STORES: tuple[Shape, ...] = (
    Shape(
        "sql-password",
        "passwords in SQL: PASSWORD '...', IDENTIFIED BY '...'",
        r"(?i:password|passphrase)(?:[ \t]+\(?|\()[ \t]*(?:[EeNnUu]&?)?"
        r"\\{0,3}[\"'$]|(?i:identified)[ \t]",
        r"(?i:\bpassword|(?<!revision )\bidentified(?:[ \t]+with[ \t]+[\w\"'`]+)?[ \t]+"
        r"(?:by|as)(?:[ \t]+password)?|\bpassphrase)(?:[ \t]+\(?|\()[ \t]*" + _SQL_TEXT,
        written,
    ),
    Shape(
        "sql-setting",
        "secrets among a database's settings",
        r"(?i:set)[ \t][^\n;]{3,120}[ \t](?i:to|=)[ \t]{0,4}'",
        r"(?i:\bset[ \t]+(?:local[ \t]+|session[ \t]+)?\"?[\w.]*(?:secret|password"
        r"|token|_key)\w*\"?(?:[ \t]+for[ \t]+[^\s=]+)?[ \t]+(?:to|=)[ \t]*)"
        r"'(?P<s>[^'\n]+)'",
        written,
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
        "password-hash",
        "hashes of passwords as directories and MySQL write them",
        _TAGGED + r"|\*[0-9A-F]{16}",
        _TAGGED + r"(?P<s>[^\s\"',;<>]{8,})|(?<![\w*])(?P<s2>\*[0-9A-F]{40})(?![\w*])",
    ),
    Shape(
        "redis-password",
        "passwords in redis' configuration and commands",
        r"(?i:requirepass|masterauth|\"auth\")|\bAUTH[ \t]"
        r"|(?i:user)\"?[ \t][^\n>]{1,160}>",
        r"(?i:(?:^|[\s\"'])(?:--)?(?:requirepass|masterauth)\"?[ \t]+)\"?"
        r"(?P<s>[^\s\"'$\[]+)"
        r"|(?:^|[\s>])AUTH[ \t]+(?:[\w.-]+[ \t]+)??(?P<s2>[^\s\"'$\[]{6,})$"
        r"|(?i:\"auth\")[ \t]+(?:\"[^\"]*\"[ \t]+)??\"(?P<s3>[^\"]+)\"(?![ \t]+\")"
        r"|(?i:\b(?:set)?user\"?[ \t]+\"?[\w.-]+\"?[ \t]+(?:[\w~+@*&|\"-]+[ \t]+)*?)"
        r"\"?>(?P<s4>[^\s\"']+)",
        something,
    ),
    Shape(
        "oracle-password",
        "the password of an Oracle connection string",
        r"(?i:oracle|sqlplus)",
        r"(?i:oracle:(?:thin|oci):|sqlplus[ \t]+)[\w.]{1,60}/(?P<s>[^\s@/]{1,99})@",
    ),
    Shape(
        "npm-auth",
        "credentials in an .npmrc",
        r"_(?:auth|authToken|password)[ \t]?=",
        r"(?:^|[\s/:\"'])_(?:auth|authToken|password)[ \t]{0,3}=[ \t]{0,3}\"?"
        r"(?P<s>[^\s\"']{4,})",
        something,
    ),
    Shape(
        "docker-auth",
        "credentials in a Docker config",
        r"\"(?:auth|identitytoken|registrytoken)\\{0,7}\"",
        r"\"(?:auth|identitytoken|registrytoken)\\{0,7}\"\s{0,4}:\s{0,4}\\{0,7}\""
        r"(?P<s>[A-Za-z0-9+/=_.-]{8,})",
    ),
    Shape(
        "netrc",
        "passwords in a .netrc, a .pgpass, a shadow file",
        r"(?i:\bpassword[ \t]|^[^\s:]{1,200}:(?:\d{4,5}|\*):)",
        r"(?i:\bmachine[ \t].{1,300}?\bpassword[ \t]+)(?P<s>\S+)"
        r"|^[\w.*-]{1,200}:(?:\d{4,5}|\*):[\w*.-]{1,60}:[\w*.-]{1,60}:(?P<s2>[^\s:]{4,})$"
        r"|^[ \t]*(?i:password)[ \t]+(?P<s3>\S+)[ \t]*$",
        something,
    ),
)
