"""Shapes of passwords on command lines, which shells and builders log.

A new command is one line of `COMMANDS_WITH_PASSWORDS`: its name and, behind
it, an expression with the password as ``{}``.
"""

from __future__ import annotations

from .shape import Shape, something

_ARGUMENT = r"[\"']?(?P<s>[^\s\"'$]+)"
_GAP = r"(?:[ \t]+|[\"'],[ \t]*[\"'])"
_ANY = r"\b[^|;\n]*?" + _GAP

#: Name, and what is between it and the password; both are expressions.
COMMANDS_WITH_PASSWORDS: tuple[tuple[str, str], ...] = (
    (r"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)", _ANY + r"-p(?=[^\s-])"),
    ("redis-cli", _ANY + r"(?:-a|--pass)" + _GAP),
    (
        r"(?:curl|wget|http)",
        _ANY + r"(?:-u|--user|--proxy-user|-a)[ \t=]*[\"']?[^\s:\"'/$]+:",
    ),
    (r"(?:docker|podman|helm(?: registry)?|skopeo)[ \t]+login", _ANY + r"-p[ \t=]*"),
    ("sshpass", r"[ \t]+-p[ \t]*"),
    (
        "htpasswd",
        (
            r"[ \t]+-\w*b\w*[ \t]+(?:-\w+[ \t]+)*(?:\S+[ \t]+)??[\w.-]+[ \t]+"
            r"(?=[^\s]+(?:\s*$|\s*[|;&>]))"
        ),
    ),
    ("openssl", _ANY + r"-[kK][ \t]+"),
    ("openssl", _ANY + r"-pass(?:in|out)?[ \t]+[\"']?pass:"),
    (r"mongo\w*", _ANY + r"-p[ \t]+(?!-)"),
    (r"ldap\w+", _ANY + r"-w[ \t]+"),
    ("smbclient", _ANY + r"-U[ \t]+[\"']?[^\s%\"']+%"),
    (
        "rabbitmqctl",
        r"[ \t]+(?:add_user|change_password|authenticate_user)[ \t]+\S+[ \t]+",
    ),
    (r"(?:7z|7za)", _ANY + r"-p(?=[^\s-])"),
    (r"(?:zip|unzip)", _ANY + r"-P[ \t]?"),
    ("mc", r"[ \t]+alias[ \t]+set[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]+"),
    ("vault", r"[ \t]+login[ \t]+(?![-=\w]*=|-)"),
    ("az", r"[ \t]+login" + _ANY + r"-p[ \t]+"),
    ("gh", r"[ \t]+auth[ \t]+login\b[^|;\n]*<<<[ \t]*"),
    ("poetry", r"[ \t]+config[ \t]+(?:http-basic\.\S+[ \t]+\S+|pypi-token\.\S+)[ \t]+"),
    ("echo", r"[ \t]+[\"']?[\w.-]+:(?=[^|\n]+\|[ \t]*(?:sudo )?chpasswd)"),
    ("echo", r"[ \t]+(?=[^|\n]+\|[^|\n]*--password-stdin)"),
    ("stats auth", r"[ \t]+[^\s:]+:"),
    ("gpg", _ANY + r"--passphrase[ \t=]+"),
)


def _command(name: str, between: str) -> Shape:
    return Shape(
        name="command-password",
        meaning=f"the password on the command line of ``{name}``",
        trigger=rf"\b{name}[ \t\"']",
        pattern=rf"\b{name}{between}{_ARGUMENT}",
        accept=something,
    )


COMMANDS: tuple[Shape, ...] = (
    *(_command(*one) for one in COMMANDS_WITH_PASSWORDS),
    Shape(
        "ci-command",
        "what a CI runner is told to mask",
        r"::(?:add-mask|set-output)",
        r"::add-mask::(?P<s>\S+)|::set-output name=[\w-]*(?:token|secret|password|key)"
        r"[\w-]*::(?P<s2>\S+)",
        something,
    ),
    Shape(
        "mail-password",
        "logins in the sessions of mail and file servers",
        r"[>:][ \t]PASS |'PASS |AUTH (?:PLAIN|LOGIN|XOAUTH2) |\d LOGIN ",
        r"\bAUTH (?:PLAIN|LOGIN|XOAUTH2) (?P<s>[A-Za-z0-9+/]{8,}={0,2})"
        r"|(?:[>:][ \t]|send: ['\"])PASS (?P<s2>[^\s\"'\\]+)"
        r"|\b[A-Za-z]{0,4}\d{1,6} LOGIN \"?[^\s\"]+\"? \"?(?P<s3>[^\s\"]+)",
        something,
    ),
)
