"""What an image needs to reach the package registries that a machine reaches.

Pure: texts of the machine's configuration in, texts for the image out. User
names, passwords and tokens never get through, for images are shared.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping

from .apt import without_login

#: Keys of npm's configuration that say where, not who.
_NPM = re.compile(r"^(@[^:=]+:)?registry$|^(strict-ssl|noproxy|(https-)?proxy)$")
_PIP = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
_APT = re.compile(
    r"^Acquire::(https?::(Proxy|Timeout|Verify-\w+)|Check-\S+|Retries|ForceIPv\d)\b"
)


def npmrc(texts: Iterable[str], environ: Mapping[str, str], ca: str) -> str:
    """Return an npmrc: registries and proxies, each value's last mention.

    Args:
        texts: the machine's npmrc files, the strongest last.
        environ: its environment, stronger than any file.
        ca: path of the CA bundle in the image.
    """
    kept: dict[str, str] = {}
    for text in texts:
        for line in text.splitlines():
            key, equals, value = line.partition("=")
            if equals and _NPM.match(key.strip()):
                kept[key.strip()] = value.strip()
    for name, value in environ.items():
        lowered = name.lower()
        if lowered == "npm_config_registry" and value:
            kept["registry"] = value
    # A value may name a variable, which an image does not have: ${NPM_TOKEN}.
    kept = {key: value for key, value in kept.items() if "${" not in value}
    kept["cafile"] = ca
    return "".join(f"{key}={without_login(value)}\n" for key, value in kept.items())


def pip_conf(texts: Iterable[str], environ: Mapping[str, str], ca: str) -> str:
    """Return a pip.conf: indexes and proxies; no path of the machine's own.

    Args:
        texts: the machine's pip.conf files, the strongest last.
        environ: its environment, stronger than any file.
        ca: path of the CA bundle in the image.
    """
    kept: dict[str, str] = {}
    for text in texts:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                kept.update(parser.items(section))
    for key in _PIP:
        if value := environ.get("PIP_" + key.upper().replace("-", "_")):
            kept[key] = value
    lines = [f"cert = {ca}"]
    for key in _PIP:
        words = [
            without_login(word)
            for word in kept.get(key, "").split()
            if not word.startswith(("file:", "/", "~", "."))
        ]
        if words:
            lines.append(f"{key} = {' '.join(words)}")
    return "[global]\n" + "".join(f"{line}\n" for line in lines)


def apt_conf(dump: str) -> str:
    """Return an apt.conf of what ``apt-config dump`` says about transport."""
    kept = []
    for line in dump.splitlines():
        if not _APT.match(line):
            continue
        key, quote, rest = line.partition('"')
        value, _, tail = rest.rpartition('"')
        kept.append(f"{key}{quote}{without_login(value)}{quote}{tail}")
    return "".join(f"{line}\n" for line in kept)
