"""Tests on a real engine: each worker has one running stack of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness import placement
from tests.harness.mini import Mini, running
from tests.harness.stack import ReferenceStack


@pytest.fixture(scope="session")
def stack(reference_stack: ReferenceStack) -> ReferenceStack:
    """The worker's stack, in whatever state the last test left it."""
    return reference_stack


@pytest.fixture
def healthy_stack(stack: ReferenceStack) -> ReferenceStack:
    """The worker's stack, brought back to healthy before the test."""
    stack.reset()
    return stack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the fault matrix, and write it if every fault was in it."""
    from tests.e2e import matrix

    reports = [r for s in ("passed", "failed") for r in terminalreporter.getreports(s)]
    rows = [
        matrix.Row(**value)
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == matrix.PROPERTY
    ]
    if not rows:
        return
    text = matrix.document(sorted(rows))
    terminalreporter.write_line("\n" + text)
    if terminalreporter.config.getoption("--faults") == "all":
        matrix.DOCUMENT.write_text(text)


@pytest.fixture(scope="module")
def mini_stack(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Mini]:
    """A small stack of this module's own; see tests/fixtures/mini."""
    directory = tmp_path_factory.mktemp("mini")
    with placement.project(f"{worker_id}-mini") as name:
        port = placement.small_port(worker_id)
        with running(directory, name, port) as stack:
            yield stack


@pytest.fixture
def mini(mini_stack: Mini) -> Mini:
    """The small stack, brought back to healthy before the test."""
    mini_stack.reset()
    return mini_stack
