"""The corpus: everything planted goes, what looks alike stays."""

from __future__ import annotations

import io

import pytest

from tasks.core.redact import TOKEN
from tasks.core.redact.corpus import judge
from tasks.core.redact.corpus import report as measure

from .redacting import FIXTURES, corpus, redactor


@pytest.mark.parametrize("plain", [False, True], ids=["hyperscan", "re"])
def test_every_planted_secret_goes_and_look_alikes_stay(plain: bool) -> None:
    if not plain:
        pytest.importorskip("hyperscan")
    report = measure(FIXTURES, plain=plain)
    assert not [plant.text for plant, _ in report.missed]
    assert report.planted >= 200
    assert report.shapes >= 40
    assert report.survivors >= 200
    assert report.damage < 0.01, report.damaged


def test_limits_are_limits() -> None:
    """docs/redaction.md names them; whatever is found by now belongs elsewhere."""
    known = corpus("limits")
    report = judge(known, redactor().text, TOKEN)
    missed = {plant.text for plant, _ in report.missed}
    assert missed == {plant.text for plant in known.plants}


def test_both_prefilters_give_the_same_output() -> None:
    pytest.importorskip("hyperscan")
    fast, slow = redactor(), redactor(plain=True)
    for plant in corpus().plants:
        assert fast.text(plant.text) == slow.text(plant.text)


def test_redacting_twice_is_redacting_once() -> None:
    same, other = redactor(), redactor()
    for plant in corpus().plants:
        once = same.text(plant.text)
        assert same.text(once) == once
        assert other.text(once) == once, "a token of another run is a token"


def test_the_output_passes_a_scan() -> None:
    whole = "\n".join(plant.text for plant in corpus().plants)
    clean = redactor().text(whole)
    assert not list(redactor().scan(io.BytesIO(clean.encode()), "x.log"))


def test_a_scan_finds_what_redaction_replaces_and_never_says_it() -> None:
    scanning = redactor()
    for plant in corpus().plants:
        data = plant.text.encode("utf-8", "surrogatepass")
        leaks = list(scanning.scan(io.BytesIO(data), "x.log"))
        assert leaks, plant
        for leak in leaks:
            assert not any(s in str(leak) for s in plant.secrets if len(s) > 4)
