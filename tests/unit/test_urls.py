"""A token in a URL hides nothing but the secret."""

from __future__ import annotations

import pytest

from tasks.core.redact import Redactor
from tasks.core.urls import split


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:{}@db:5432/app?sslmode=disable",
        "redis://:{}@redis:6379/0",
        "http://me:{}@localhost:8000/api/v1?token={}#top",
        "http://[::1]:8000/api/v1?key={}",
    ],
)
def test_a_token_is_no_address_and_no_fragment(url: str) -> None:
    secret = "kT7wZ2qLr5Tn9vXe"
    plain = split(url.replace("{}", secret))
    redacted = Redactor.learn([(".env", "DB_PASSWORD", secret)]).text(
        url.replace("{}", secret)
    )
    assert secret not in redacted
    found = split(redacted)
    assert (found.scheme, found.hostname, found.port, found.path, found.fragment) == (
        plain.scheme,
        plain.hostname,
        plain.port,
        plain.path,
        plain.fragment,
    )
    assert found.geturl() == redacted
    assert found.username == plain.username


@pytest.mark.parametrize("url", ["http://[half", "http://db:${PORT}/x", "http://a:b/"])
def test_what_is_no_url_has_no_parts(url: str) -> None:
    assert split(url).netloc == ""
