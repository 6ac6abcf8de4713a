"""The guards: refuse with the place, what is there, what is wanted, what mends."""

from __future__ import annotations

from tasks.core.fixes import guards
from tasks.core.fixes.guards import judge
from tasks.core.fixes.plan import GuardResult, Plan
from tasks.core.snapshot import Requirement, Snapshot

from .stored import change, healthy, with_part, with_service, without

PATH = "demo/backend/requirements.txt"


def line(text: str, number: int = 2) -> Requirement:
    name = text.rstrip("=<>!0123456789.,")
    return Requirement(
        name=name, specifier=text[len(name) :], file=PATH, line=number, text=text
    )


def with_lines(*texts: str) -> Snapshot:
    return with_part("requirements", lines=tuple(map(line, texts)))


def one(snap: Snapshot, id: str) -> GuardResult:
    found = [result for result in judge(snap) if result.id == id]
    assert len(found) == 1
    return found[0]


def test_the_healthy_stack_passes_both() -> None:
    assert [(g.id, g.status) for g in judge(healthy())] == [
        ("pins", "pass"),
        ("api-url", "pass"),
    ]


def test_a_wrong_pin_is_refused_with_its_place() -> None:
    found = one(with_lines("numpy==2.2.6", "scipy==1.15.3"), "pins")
    assert found.status == "fail"
    assert (found.where, found.found) == (f"{PATH}:2", "numpy==2.2.6")
    assert (found.wanted, found.mend) == ("numpy==1.26.4", "inv fix.pins")


def test_a_pin_that_is_missing_or_loose_is_refused() -> None:
    assert one(with_lines("scipy==1.15.3"), "pins").found == "no line for numpy"
    assert one(with_lines("numpy>=1.26", "scipy==1.15.3"), "pins").status == "fail"


def test_a_stack_without_the_subject_skips_in_words() -> None:
    assert one(with_lines("fastapi==1.0"), "pins").summary == (
        f"{PATH} asks for none of numpy, scipy"
    )
    bare = change(healthy(), settings=change(healthy().settings, pins=()))
    assert "no pins are set" in one(bare, "pins").summary
    model = healthy().model
    assert model
    roles = {k: v for k, v in model.roles.items() if k == "db"}
    alone = with_part("model", roles=roles)
    assert {g.status for g in judge(alone)} == {"skip"}
    assert one(alone, "api-url").summary == "the stack has no frontend"
    unset = with_service("frontend", environment={}, build_args={})
    assert "don't set NEXT_PUBLIC_API_URL" in one(unset, "api-url").summary


def test_what_could_not_be_read_is_skipped_and_says_why() -> None:
    assert "permission" in one(without("requirements", "permission"), "pins").summary
    unread = without("model", "timed out")
    assert {g.status for g in judge(unread)} <= {"skip", "pass"}
    assert "timed out" in one(unread, "api-url").summary


def test_a_wrong_api_url_is_refused_with_its_place() -> None:
    value = "http://localhost:8600/api"
    wrong = with_service(
        "frontend",
        environment={"NEXT_PUBLIC_API_URL": value},
        build_args={"NEXT_PUBLIC_API_URL": value},
    )
    found = one(wrong, "api-url")
    assert found.status == "fail"
    assert found.where.startswith("docker-compose.local.yml:")
    assert (found.found, found.wanted) == (value, f"{value}/v1")
    assert found.mend == "inv fix.api-url"
    assert [g.id for g in judge(wrong, exempt=("api-url",))] == ["pins"]


def test_the_hint_is_one_command_and_two_guards_don_t_lock_each_other() -> None:
    pins = GuardResult(id="pins", status="fail", summary="", mend="inv fix.pins")
    api = GuardResult(id="api-url", status="fail", summary="", mend="inv fix.api-url")

    def hint(task: str, *failing: GuardResult, **options: str) -> str:
        return guards.hint(
            Plan(task=task, project="demo", guards=failing, options=options)
        )

    assert hint("fix.nuke", pins, data="yes") == (
        "inv fix.pins, then inv fix.nuke --data (or inv fix.nuke --data --force)"
    )
    assert hint("fix.nuke", pins, api) == "inv fix.pins --force, then inv fix.api-url"
    assert hint("fix.pins", api) == "inv fix.pins --force, then inv fix.api-url"
    assert hint("fix.nuke") == ""
