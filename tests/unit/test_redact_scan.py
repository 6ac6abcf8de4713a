"""Scans: archives in archives, with file and line, never the secret."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from tasks.core.redact import Leak, Redactor

TEXT = b"line one\nline two\nAuthorization: Bearer abcdef0123456789\n"
LEAK = "secret:authorization"


def tar(mode: str, **files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name.replace("__", "/") + ".log")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def packed() -> dict[str, bytes]:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/a.log", TEXT)
    return {
        "plain": TEXT,
        "gz": gzip.compress(TEXT),
        "bz2": bz2.compress(TEXT),
        "xz": lzma.compress(TEXT),
        "tar": tar("w", logs__a=TEXT),
        "tar.gz": tar("w:gz", logs__a=TEXT),
        "zip": zipped.getvalue(),
        "nested": tar("w:gz", a=gzip.compress(tar("w", b=TEXT))),
        "zip in tar": tar("w", a=zipped.getvalue()),
    }


@pytest.mark.parametrize("kind", packed())
def test_every_archive_is_opened(kind: str) -> None:
    leaks = list(Redactor.learn().scan(io.BytesIO(packed()[kind]), "b"))
    assert [(leak.line, leak.kind) for leak in leaks] == [(3, LEAK)]
    assert leaks[0].file.startswith("b")


def test_a_member_is_named_behind_its_archives() -> None:
    data = packed()["nested"]
    assert list(Redactor.learn().scan(io.BytesIO(data), "b.tar.gz")) == [
        Leak("b.tar.gz!a.log!b.log", 3, LEAK)
    ]


def test_names_are_searched_and_shown_without_the_secret() -> None:
    data = tar("w", **{"ghp_" + "a1" * 18: b"nothing\n"})
    (leak,) = Redactor.learn().scan(io.BytesIO(data), "b.tar")
    assert leak.line == 0
    assert leak.kind == "secret:github-token"
    assert "a1a1" not in leak.file


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "tar.gz", "zip"])
def test_what_cannot_be_read_is_not_clean(kind: str) -> None:
    whole = packed()[kind]
    leaks = list(Redactor.learn().scan(io.BytesIO(whole[: len(whole) - 12]), "b"))
    assert "unreadable" in {leak.kind for leak in leaks}


def test_archives_nested_without_end_are_not_clean() -> None:
    data = TEXT
    for _ in range(9):
        data = gzip.compress(data)
    assert [leak.kind for leak in Redactor.learn().scan(io.BytesIO(data), "b")] == [
        "unreadable"
    ]


def test_a_known_secret_is_named_by_its_key() -> None:
    redact = Redactor.learn([(".env", "SOME_SECRET", "Zq7-Zq7-Zq7")])
    found = list(redact.scan(io.BytesIO(b"a\nb Zq7-Zq7-Zq7\n"), "x.log"))
    assert found == [Leak("x.log", 2, "secret:SOME_SECRET")]
