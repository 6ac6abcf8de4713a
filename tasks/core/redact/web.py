"""Shapes of the web: tokens, headers, URLs."""

from __future__ import annotations

from . import values
from .lazily import lazily
from .shape import Shape, written
from .tokens import UNTOLD

_UUID = lazily(rb"(?i:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})")
_SCHEME = r"(?:[A-Za-z][\w+.-]{1,30}):(?:\\{0,3}/){2}"
_USER = r"[^\s:@/?#\"'<>`\\,;(){}\[\]|]{0,200}"
_HOST = r"[\w\[(%$.-]"


def _link_token(raw: bytes) -> bool:
    """Accept what is random and no UUID, which many links are made of."""
    return values.looks_random(raw) and not _UUID.fullmatch(raw)


def _basic(raw: bytes) -> bool:
    return not raw.isalpha() or not (raw.islower() or raw.istitle() or raw.isupper())


WEB: tuple[Shape, ...] = (
    Shape(
        "jwt",
        "JSON web tokens, signed, encrypted or unsigned",
        r"eyJ[\w-]{8}",
        r"(?<![A-Za-z0-9])(?:eyJ|(?<=%22)eyJ)[\w-]{8,}\.[\w-]{2,}(?:\.[\w-]*){1,3}",
    ),
    Shape(
        "bearer",
        "what follows Bearer",
        r"(?i:bearer)(?:[ \t]+|%20|\+)[\w.~+/=:-]{8}",
        r"(?i:\bbearer)(?:[ \t]+|%20|\+)(?P<s>[\w.~+/=:-]{8,})",
        values.looks_random,
    ),
    Shape(
        "basic-auth",
        "what follows Basic",
        r"(?i:basic)(?:[ \t]+|%20)[A-Za-z0-9+/_-]{8}",
        r"(?i:\bbasic)(?:[ \t]+|%20)(?P<s>[A-Za-z0-9+/_-]{8,}={0,2})(?![\w.])",
        _basic,
    ),
    Shape(
        "url-password",
        "the password in a URL; scheme, user and host stay",
        r":(?:\\{0,3}/){2}[^\s/?#\"'<>]{1,300}@",
        _SCHEME + _USER + r":(?P<s>[^\s/?#\"'<>`\\]{1,500})@(?=" + _HOST + ")",
        written,
    ),
    Shape(
        "url-password",
        "a password with unencoded slashes in a database's URL",
        r"(?i:sql|postgres|redis|amqp|mongo|smtp|maria)[\w+]{0,16}"
        r":(?:\\{0,3}/){1,3}[^\s:@/]{0,99}:" + UNTOLD,
        r"(?i:(?:postgres|mysql|maria|redis|amqp|mongo|smtp)[\w+]{0,20})"
        r":(?:\\{0,3}/){1,3}" + _USER + r":(?!\d{1,5}(?:[/?#\s\"',]|$))"
        r"(?P<s>[^\s\"'<>`\\]{1,300})@(?=[\w.\[-]+(?::\d{1,5})?(?:[/?\s\"'\\,)]|$))",
        written,
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
        "presigned-url",
        "the signature in a URL",
        r"(?i:sig|signature)=",
        r"(?i)(?:[?&;]|amp;|%26|%3F)(?:x-[\w-]{2,8}-)?(?:sig|signature)="
        r"(?P<s>[^\s&\"'<>\\#]{8,})",
    ),
    Shape(
        "grant-parameter",
        "what logs somebody in when it is sent along a redirect",
        r"[?&](?i:code|saml|assertion|ticket|client_a|device_c|magic|confirm|invit)[\w]{0,20}="
        + UNTOLD,
        r"[?&](?i:code(?:_verifier)?|saml(?:response|request|art)|assertion|ticket"
        r"|client_assertion|device_code|magic\w*|confirmation\w*|invit\w+)="
        r"(?P<s>[^\s&\"'<>\\#]{16,})",
        values.looks_random,
    ),
    Shape(
        "grant-parameter",
        "the same where it begins a form",
        r"(?i:saml(?:response|request))=",
        r"(?i:\bsaml(?:response|request))=(?P<s>[^\s&\"'<>\\#]{16,})",
    ),
    Shape(
        "link-token",
        "what makes a link work once: reset, verify, invite",
        r"/(?i:[\w-]{0,20}(?:reset|verif|confirm|activat|invit|magic|unsubscri|token))"
        r"[\w-]{0,20}/",
        r"/(?i:[\w-]{0,20}(?:reset|verif|confirm|activat|invit|magic|unsubscri|token))"
        r"[\w-]{0,20}/(?:[\w-]{1,20}/){0,2}(?P<s>[\w=-]{20,})(?=[/?#\s\"'&]|$)",
        _link_token,
    ),
    Shape(
        "signature-header",
        "signatures of webhooks",
        r"(?i:-signature[\w-]{0,10})[\"']?[ \t]?[:=,]",
        r"(?i:\b[\w-]{0,40}-signature[\w-]{0,10})\\*[\"']?[ \t]*[:=,][ \t]*\\*[\"']?"
        r"(?P<s>[^\s\"'\\]{16,})",
        values.looks_random,
    ),
    Shape(
        "websocket-token",
        "a token sent as a websocket's protocol",
        r"(?i:sec-websocket-protocol)",
        r"(?i:sec-websocket-protocol)[\"']?[ \t]*[:=,][ \t]*[\"']?[^\s,]{1,40},[ \t]*"
        r"(?P<s>[^\s,\"']{16,})",
        values.looks_random,
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
        "jwk",
        "the private part of a JSON web key",
        r"\"(?:d|p|q|dp|dq|qi|k)\"",
        r"\"(?:d|p|q|dp|dq|qi|k)\"\s{0,4}:\s{0,4}\"(?P<s>[\w-]{22,})\"",
    ),
)
