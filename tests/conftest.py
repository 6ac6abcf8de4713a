"""What every kind of test can ask for; nothing here costs anything unasked."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.harness.stack import ReferenceStack


# What a shell starts in the background has Ctrl-C ignored, and so would have
# every command that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time, as in CI: a run that fails can be run again.
settings.register_profile(
    "repeatable", derandomize=True, database=None, max_examples=150
)
# Others each time, and more of them: what found most of the defects.
settings.register_profile("random", derandomize=False, database=None, max_examples=5000)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults",
        default="",
        help="faults to run end to end, by commas, or all; default: a few",
    )


@pytest.fixture(scope="session")
def reference_stack(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[ReferenceStack]:
    """A healthy, migrated, seeded reference stack of this worker's own."""
    from tests.harness import placement, stack

    placement.clean_up()
    directory = tmp_path_factory.mktemp("stack")
    with (
        placement.project(worker_id) as name,
        stack.running(directory, name, placement.ports(worker_id)) as running,
    ):
        yield running
