"""The report and the note: verdict first, and whatever a log says stays text."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tasks import session
from tasks.adapters.bundle import reports
from tasks.adapters.settings import data_file
from tasks.core.bundle import webreport
from tasks.core.bundle.layout import Cut, Manifest
from tasks.core.bundle.webreport import Material
from tasks.core.logs.lines import ERROR, INFO, Line
from tasks.core.redact import Redactor
from tasks.core.snapshot import Snapshot
from tests.unit.stored import healthy, with_container, without

HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!-- <script> -->",
    "]]> &lt; &amp; {{ 7*7 }} {% raw %}",
    "\x1b[31mred\x1b[0m \x00 \x07",
    "\u202egnp.exe \u2066 \u200b \ufeff",
    "\u2028 and \u2029",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "``` not the end of a block",
    "'\"><svg/onload=alert(1)>",
)


def material(
    snapshot: Snapshot | None = None,
    texts: tuple[str, ...] = HOSTILE,
    manifest: Manifest | None = None,
) -> Material:
    snapshot = snapshot or healthy()
    names = [one.name for one in snapshot.containers or ()] or ["none-1"]
    lines = [Line(1_763_812_800.0 + n, ERROR, text) for n, text in enumerate(texts)]
    return Material(
        snapshot=snapshot,
        report=session.judge(snapshot),
        manifest=manifest or Manifest(project="p", tool="unstuck"),
        events=(),
        logs=dict.fromkeys(names, lines),
    )


class Tags(HTMLParser):
    """What a browser would make of a page: tags, and what the data block holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.in_script = True
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = self.in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.in_script:
            self.scripts[-1] += data


def parsed(page: bytes) -> Tags:
    found = Tags()
    found.feed(page.decode())
    found.close()
    return found


@pytest.fixture(scope="module")
def page() -> bytes:
    return b"".join(reports.page(material()))


def embedded(page: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(parsed(page).scripts[0])
    return document


def test_hostile_lines_make_no_tag(page: bytes) -> None:
    found = parsed(page)
    assert len(found.scripts) == 2
    assert not [tag for tag, _ in found.tags if tag == "img"]
    assert not [a for _, attrs in found.tags for a in attrs if a.startswith("on")]


def test_every_line_arrives_as_it_was(page: bytes) -> None:
    assert set(embedded(page)["text"]) == set(HOSTILE)


def test_the_page_asks_nobody_for_anything(page: bytes) -> None:
    for tag, attrs in parsed(page).tags:
        for key in ("src", "href", "action", "data", "srcset"):
            value = attrs.get(key) or ""
            assert value.startswith(("#", "data:")) or not value, (tag, attrs)
    style = re.search(rb"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert b"url(" not in style[1]
    assert b"@import" not in style[1]


def test_the_policy_allows_this_script_and_no_other(page: bytes) -> None:
    found = parsed(page)
    policy = next(
        attrs["content"] or ""
        for tag, attrs in found.tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
    digest = base64.b64encode(hashlib.sha256(found.scripts[1].encode()).digest())
    assert rules["script-src"] == f"'sha256-{digest.decode()}'"
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    assert not [a for _, attrs in found.tags for a in attrs if a == "style"]


def test_the_script_never_makes_markup_of_text() -> None:
    script = data_file("templates", "report.js").read_text()
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ):
        assert way not in script


def test_unseen_characters_are_escapes_where_the_page_shows_text() -> None:
    assert webreport.visible("a\x1b[31m\x00\u202eb\tc") == "a\\x1b[31m\\x00\\u202eb\tc"


def test_the_verdict_is_the_first_cause_and_its_command() -> None:
    broken = with_container("backend", status="exited", exit_code=1)
    context = webreport.page(material(broken))
    verdict = context["verdict"]
    assert isinstance(verdict, webreport.Verdict)
    assert verdict.tone == "bad"
    assert "backend" in verdict.title + verdict.where
    assert verdict.command.startswith("inv ") or verdict.advice


def test_the_healthy_stack_is_called_healthy() -> None:
    assert webreport.verdict(session.judge(healthy())).tone == "good"


def test_a_check_that_could_not_look_is_no_health() -> None:
    blind = without("database", "timed out")
    assert webreport.verdict(session.judge(blind)).tone != "good"


def test_a_chatty_container_does_not_push_out_the_quiet_one() -> None:
    line = Line(0, INFO, "x")
    logs = {"chatty": [line] * 100_000, "quiet": [line] * 10, "middle": [line] * 3000}
    kept = webreport.shared_out(logs, most=5000)
    counts = {name: len(lines) for name, lines in kept.items()}
    assert counts == {"chatty": 2495, "quiet": 10, "middle": 2495}


def test_a_bundle_that_is_not_whole_says_so_everywhere() -> None:
    manifest = Manifest(
        project="p", interrupted=True, cut=(Cut(what="logs/<b>", why="gone & away"),)
    )
    found = material(manifest=manifest)
    page = b"".join(reports.page(found)).decode()
    assert "not whole (interrupted)" in page
    assert "logs/&lt;b&gt;" in page
    note = reports.note(found)
    assert "not whole (interrupted)" in note
    assert "gone & away" in note


def test_the_note_holds_cause_evidence_last_lines_and_ps() -> None:
    broken = with_container("backend", status="exited", exit_code=1)
    texts = tuple(f"line {n}" for n in range(80))
    note = reports.note(material(broken, texts))
    assert note.startswith("# ")
    assert "## Evidence" in note
    assert "## Last 50 lines of backend" in note
    assert "line 30\n" in note
    assert "line 29\n" not in note
    assert "line 79\n" in note
    assert "SERVICE" in note.partition("## ps")[2]


def test_no_line_ends_the_notes_block() -> None:
    note = reports.note(material())
    block = note.partition("## Last")[2].partition("\n\n")[2]
    fence = block.partition("text\n")[0]
    assert fence == "````"
    assert block.count(f"\n{fence}\n") == 1


@pytest.mark.parametrize("before", range(60, 130))
def test_no_cut_leaves_half_a_token_that_reads_like_a_secret(before: int) -> None:
    redactor = Redactor.learn([(".env", "DB_PASSWORD", "kT7wZ2qLr5Tn9vXe")])
    text = redactor.text("x" * before + ' "dsn postgresql://u:kT7wZ2qLr5Tn9vXe@db/x"')
    page = b"".join(reports.page(material(texts=(text, text * 60))))
    assert list(redactor.scan(io.BytesIO(page), "report.html")) == []


def test_an_empty_snapshot_still_makes_both() -> None:
    found = material(Snapshot(), ())
    assert b"</html>" in b"".join(reports.page(found))
    assert reports.note(found).startswith("# ")
