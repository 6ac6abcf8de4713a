"""What of a machine's registry configuration gets into an image, and what not."""

from __future__ import annotations

from tasks.core.machine import registries

CA = "/etc/ssl/certs/ca-certificates.crt"
WORD = "s3cr3t" + "w0rd"  # in no output


def test_npm_says_where_and_never_who() -> None:
    machine = f"""\
registry = https://me:{WORD}@npm.invalid/registry/
@team:registry=https://team.invalid/npm/
//npm.invalid/registry/:_authToken={WORD}
_auth={WORD}
//team.invalid/:_password={WORD}
email=me@example.invalid
https-proxy=http://me:{WORD}@proxy.invalid:3128
cafile=/home/me/own.pem
"""
    user = "registry=${NPM_REGISTRY}\nfund=false\n"
    text = registries.npmrc([machine], {}, CA)
    assert WORD not in text
    assert text == (
        "registry=https://npm.invalid/registry/\n"
        "@team:registry=https://team.invalid/npm/\n"
        "https-proxy=http://proxy.invalid:3128\n"
        f"cafile={CA}\n"
    )
    assert "NPM_REGISTRY" not in registries.npmrc([machine, user], {}, CA)
    environ = {"npm_config_registry": "https://env.invalid/"}
    assert "registry=https://env.invalid/\n" in registries.npmrc([user], environ, CA)


def test_pip_gets_indexes_but_no_path_of_the_machine() -> None:
    low = "[global]\nindex-url = https://low.invalid/simple\ntimeout = 60\n"
    high = f"""\
[global]
index-url = https://me:{WORD}@pip.invalid/simple
extra-index-url =
    file:///opt/simple
    https://extra.invalid/simple
find-links = /opt/wheels
constraint = /etc/constraints.txt
[install]
trusted-host = pip.invalid
"""
    text = registries.pip_conf([low, high], {}, CA)
    assert WORD not in text
    assert text == (
        f"[global]\ncert = {CA}\n"
        "index-url = https://pip.invalid/simple\n"
        "extra-index-url = https://extra.invalid/simple\n"
        "trusted-host = pip.invalid\n"
        "timeout = 60\n"
    )
    environ = {"PIP_INDEX_URL": "https://env.invalid/simple", "PIP_CERT": "/x"}
    assert "index-url = https://env.invalid/simple\n" in registries.pip_conf(
        [high], environ, CA
    )
    assert registries.pip_conf(["no ini at all"], {}, CA) == f"[global]\ncert = {CA}\n"


def test_apt_keeps_what_is_about_transport() -> None:
    dump = f"""\
APT::Architecture "amd64";
Acquire::http::Proxy "http://me:{WORD}@proxy.invalid:3142";
Acquire::https::Verify-Peer "true";
Acquire::Check-Valid-Until "false";
Acquire::GzipIndexes "true";
DPkg::Post-Invoke:: "rm -f /var/cache/x";
"""
    assert registries.apt_conf(dump) == (
        'Acquire::http::Proxy "http://proxy.invalid:3142";\n'
        'Acquire::https::Verify-Peer "true";\n'
        'Acquire::Check-Valid-Until "false";\n'
    )
