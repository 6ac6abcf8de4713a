"""A running, seeded reference stack (``./inv demo``) and a real Chromium to visit it.

Ports and credentials are read as Compose reads them: the environment, then ``.env``.
"""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.actions import Stack

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def _answers(url: str) -> str | None:
    """None if it answers 200, else what happened instead."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return None
    except (urllib.error.URLError, OSError) as error:
        return f"{url}: {error}"


@pytest.fixture(scope="session")
def stack() -> Stack:
    env = {**dotenv_values(ROOT / ".env"), **os.environ}
    found = Stack(
        frontend=f"http://localhost:{env.get('FRONTEND_PORT') or 3000}",
        backend=f"http://localhost:{env.get('BACKEND_PORT') or 8000}",
        user=env.get("DEMO_USER") or "",
        password=env.get("DEMO_PASSWORD") or "",
    )
    for url in (f"{found.backend}/health", f"{found.frontend}/login"):
        if problem := _answers(url):
            pytest.skip(f"the reference stack is not up (./inv demo): {problem}")
    return found


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
    yield context.new_page()
    context.close()
