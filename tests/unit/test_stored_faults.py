"""Snapshots of real faults, each judged again: the right cause, named first.

They were taken from the running reference stack while the fault of that name
was in it, and are redacted as every Snapshot is. To take one anew: `inv
demo.break NAME`, then `inv dev.snapshot`.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tasks import session
from tasks.core import faults
from tasks.core.snapshot import decode
from tasks.faults import directory

STORED = sorted((Path(__file__).parents[1] / "fixtures" / "faults").glob("*.json.gz"))
FAULTS = faults.load(directory())


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name.partition(".")[0])
def test_the_right_cause_comes_first(path: Path) -> None:
    fault = FAULTS[path.name.partition(".")[0]]
    found = session.judge(decode(gzip.decompress(path.read_bytes()))).diagnoses
    assert found, "nothing was diagnosed"
    first = found[0]
    assert (first.id, first.category) == (fault.diagnosis, fault.category)
    assert (first.fix or "") == fault.fix
    assert set(fault.also) <= {cause.id for cause in found}
    assert first.evidence
    assert first.fix or first.advice


def test_there_are_enough() -> None:
    assert len(STORED) >= 45
