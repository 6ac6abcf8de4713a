"""Tests on a real engine: each worker has one running stack of its own."""

from __future__ import annotations

import pytest

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
