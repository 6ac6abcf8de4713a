"""APT's source lists, in both formats, as machines really have them."""

from __future__ import annotations

import pytest

from tasks.core.machine import apt

DEB822 = """\
Types: deb
# a comment within a stanza
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: https://user:word@security.invalid/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://off.invalid/debian
Suites: bookworm-backports
Components: main

Types: deb-src
URIs: http://src.invalid/debian
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb http://commented.invalid/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://one.invalid/debian bookworm main non-free # x
deb-src http://one.invalid/debian bookworm main
deb http://plain.invalid/ubuntu noble universe
"""


def test_both_formats_are_read() -> None:
    files = {
        "/etc/apt/sources.list": ONE_LINE,
        "/etc/apt/sources.list.d/debian.sources": DEB822,
        "/etc/apt/sources.list.d/old.list.disabled": "deb http://x.invalid y main\n",
    }
    found = apt.parse(files)
    assert [source.uris[0] for source in found] == [
        "http://one.invalid/debian",
        "http://plain.invalid/ubuntu",
        "http://mirror.invalid/debian",
        "https://user:word@security.invalid/debian-security",
    ]
    assert found[0].signed_by == "/k.gpg"
    assert found[0].components == ("main", "non-free")
    assert found[2].suites == ("bookworm", "bookworm-updates")


def test_the_source_of_a_suite_carries_main() -> None:
    found = apt.parse({"/a.list": ONE_LINE, "/b.sources": DEB822})
    own = apt.of_suite(found, "bookworm")
    assert own
    assert own.uris == ("http://one.invalid/debian",)
    assert apt.of_suite(found, "noble") is None


def test_a_family_moves_to_another_suite() -> None:
    moved = apt.family(apt.parse({"/b.sources": DEB822}), "bookworm", "trixie")
    assert [source.suites for source in moved] == [
        ("trixie", "trixie-updates"),
        ("trixie-security",),
    ]
    assert {source.components for source in moved} == {("main",)}


def test_a_stanza_holds_no_login_unless_asked_for() -> None:
    source = apt.parse({"/b.sources": DEB822})[1]
    assert "URIs: https://security.invalid/debian-security\n" in apt.deb822(source)
    assert "user:word@" in apt.deb822(source, logins=True)


def test_what_is_written_reads_the_same() -> None:
    inline = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n.\nmQINBF\n-----END"
    source = apt.Source(("http://a.invalid/d",), ("trixie",), ("main",), inline)
    (read,) = apt.parse({"/x.sources": apt.deb822(source)})
    assert read == source


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://u:p@host.invalid:8443/x?y#z", "https://host.invalid:8443/x?y#z"),
        ("https://token@host.invalid/", "https://host.invalid/"),
        ("https://host.invalid/@scope", "https://host.invalid/@scope"),
        ("mirror+file:/etc/apt/mirrors", "mirror+file:/etc/apt/mirrors"),
    ],
)
def test_without_login(url: str, bare: str) -> None:
    assert apt.without_login(url) == bare
