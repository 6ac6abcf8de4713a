"""What this machine needs to reach its package registries, for an image.

Read anew each time from the machine's own configuration; nothing of it is in
the repository, and no login gets into an image.
"""

from __future__ import annotations

import os
from pathlib import Path

from ...core.machine import apt, provision, registries
from .. import runner
from . import packages

#: Where Debian keeps the CA bundle, and the extra CAs that it is made with.
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CA_EXTRA = "/usr/local/share/ca-certificates"

_PIP_FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf", "~/.pip/pip.conf")
_NPM_FILES = ("/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc", "~/.npmrc")


def files_for(suite: str) -> dict[str, bytes]:
    """Return what to lay over the root of an image of a Debian suite, by path.

    The CA bundle, pip's and npm's settings, and APT's sources and transport.
    """
    found = _authorities()
    pip = [*_PIP_FILES, _config("pip/pip.conf"), os.environ.get("PIP_CONFIG_FILE", "")]
    npm = [*_NPM_FILES, os.environ.get("NPM_CONFIG_USERCONFIG", "")]
    found["/etc/pip.conf"] = registries.pip_conf(
        _texts(pip), os.environ, CA_BUNDLE
    ).encode()
    npmrc = registries.npmrc(_texts(npm), os.environ, CA_BUNDLE).encode()
    # Debian's npm and the official image's read different global files.
    found["/etc/npmrc"] = found["/usr/local/etc/npmrc"] = npmrc
    dump = runner.run(("apt-config", "dump"), timeout=10)
    found["/etc/apt/apt.conf.d/99machine"] = registries.apt_conf(dump.out).encode()
    if sources := suite_sources(suite):
        text = "\n".join(apt.deb822(source) for source in sources)
        found["/etc/apt/sources.list.d/debian.sources"] = text.encode()
    return found


def suite_sources(suite: str) -> tuple[apt.Source, ...]:
    """Return where this machine's APT would find a Debian suite, if it would.

    Nothing on Ubuntu: its mirrors carry no Debian.
    """
    release = packages.os_release()
    if provision.distribution(release) != "debian":
        return ()
    own = apt.family(packages.sources(), provision.codename(release), suite)
    return tuple(source._replace(uris=_resolved(source.uris)) for source in own)


def _resolved(uris: tuple[str, ...]) -> tuple[str, ...]:
    """Return addresses without ``mirror+file:``, which only this machine has."""
    plain: list[str] = []
    for uri in uris:
        if uri.startswith("mirror+file:"):
            listed = Path(uri.removeprefix("mirror+file:")).read_text().split()
            plain.extend(word for word in listed if "://" in word)
        else:
            plain.append(uri)
    return tuple(plain)


def _authorities() -> dict[str, bytes]:
    found = {}
    for name in (os.environ.get("SSL_CERT_FILE", ""), CA_BUNDLE):
        if name and Path(name).is_file():
            found[CA_BUNDLE] = Path(name).read_bytes()
            break
    # So that an update-ca-certificates in the image keeps them.
    for path in sorted(Path(CA_EXTRA).glob("**/*.crt")):
        found[str(path)] = path.read_bytes()
    return found


def _config(name: str) -> str:
    return f"{os.environ.get('XDG_CONFIG_HOME') or '~/.config'}/{name}"


def _texts(names: list[str]) -> list[str]:
    paths = [Path(name).expanduser() for name in names if name]
    return [path.read_text(errors="replace") for path in paths if path.is_file()]
