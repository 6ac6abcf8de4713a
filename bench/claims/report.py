"""The report of a large bundle in a real browser."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from ..rows import Row, below, seconds
from ..workshop import Workshop

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: A log of this many megabytes has more lines than the report holds.
MEGABYTES, LINES = 20, 50_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

#: Interactive: loaded, its script run, and the next frame painted.
OPENED = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(() =>
  done(performance.now()))))"""
#: Filtered: from the key press until the list shows it, a painted frame later.
FILTERED = """(text) => new Promise((done) => {
  const query = document.getElementById("query");
  const count = document.getElementById("count");
  const before = count.textContent;
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (count.textContent === before) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }).observe(count, { childList: true, characterData: true, subtree: true });
  query.value = text;
  query.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def report(shop: Workshop) -> list[Row]:
    """Open a report of 50,000 lines in Chromium, and filter it."""
    page = _page(shop)
    shop.say("opening the report in Chromium")
    opened, filtered, lines = _measured(page, shop.runs)
    note = f"{lines}; {page.stat().st_size / 1e6:.1f} MB; ratio: to the bound"
    return [
        below(
            "report.html of 50,000 lines in Chromium: interactive",
            "under 1 s",
            median(opened),
            1.0,
            f"{seconds(median(opened))}, {len(opened)} runs",
            note=note,
        ),
        below(
            "report.html of 50,000 lines in Chromium: filter",
            "under 100 ms",
            median(filtered),
            0.1,
            f"{seconds(median(filtered))}, at worst {seconds(max(filtered))}",
            note="key press to painted list, the wait for another key included",
        ),
    ]


def _page(shop: Workshop) -> Path:
    root = shop.logger(MEGABYTES)
    out = root / "bundle.tar.gz"
    shop.inv("bundle.logs", f"--tail={LINES}", "--out", str(out), root=root)
    with tarfile.open(out) as archive:
        member = next(m for m in archive if Path(m.name).name == "report.html")
        content = archive.extractfile(member)
        if content is None:
            raise AssertionError("report.html is no file")
        page = root / "report.html"
        page.write_bytes(content.read())
    return page


def _measured(page: Path, runs: int) -> tuple[list[float], list[float], str]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            return _runs(browser, page, runs)
        finally:
            browser.close()


def _runs(
    browser: Browser, page: Path, runs: int
) -> tuple[list[float], list[float], str]:
    opened, filtered, lines = [], [], ""
    for number in range(runs + 1):
        tab = browser.new_page()
        tab.goto(page.as_uri())
        took = float(tab.evaluate(OPENED)) / 1000
        lines = tab.locator("#count").inner_text()
        laps = [
            float(tab.evaluate(FILTERED, text)) / 1000
            for text in ("RuntimeError", "people", "")
        ]
        tab.close()
        if number:  # the first is the browser's own start
            opened.append(took)
            filtered += laps
    return opened, filtered, lines
