"""The worker's own running reference stack and a real Chromium to visit it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.actions import Stack
from tests.harness.stack import ReferenceStack

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def stack(reference_stack: ReferenceStack) -> Stack:
    """The worker's running stack, healthy whatever an earlier test did to it."""
    reference_stack.reset()
    return Stack(
        frontend=reference_stack.frontend,
        backend=reference_stack.backend,
        user=reference_stack.env["DEMO_USER"],
        password=reference_stack.env["DEMO_PASSWORD"],
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH; set CHROMIUM to where it is")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page in a context of its own: no cookie of another test."""
    context = browser.new_context(base_url=stack.frontend)
    context.set_default_timeout(15_000)
    page = context.new_page()
    yield page
    # What it still loads ahead may be within a route when all of it goes.
    page.unroute_all(behavior="ignoreErrors")
    context.close()
