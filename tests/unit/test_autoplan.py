"""What fix.auto chooses, in which order, and what it leaves alone."""

from __future__ import annotations

import itertools

from tasks.core.fixes import autoplan
from tasks.core.fixes.account import Ran, Round, close
from tasks.core.model import Diagnosis, Finding

ALLOWED = set(autoplan.ORDER)


def cause(id: str, fix: str | None, service: str = "backend") -> Diagnosis:
    return Diagnosis(
        id=id,
        category="code",
        confidence="certain",
        cause=f"{id} it is",
        service=service,
        fix=fix,
        advice="" if fix else "do it yourself",
    )


def tasks(found: autoplan.Round) -> list[str]:
    return [stage.task for stage in found.stages]


def test_what_is_needed_first_comes_first_whatever_the_ranking() -> None:
    causes = [
        cause("data-missing", "fix.seed"),
        cause("alembic-behind", "fix.migrate"),
        cause("numpy-abi", "fix.rebuild-backend"),
        cause("service-stopped", "fix.start"),
        cause("env-key-missing", "fix.env"),
    ]
    wanted = ["fix.env", "fix.start", "fix.rebuild-backend", "fix.migrate", "fix.seed"]
    for order in itertools.permutations(causes):
        assert tasks(autoplan.plan(order, ALLOWED)) == wanted


def test_one_fix_runs_once_for_all_its_causes() -> None:
    causes = [cause("one", "fix.start"), cause("two", "fix.start")]
    (stage,) = autoplan.plan(causes, ALLOWED).stages
    assert stage.ids == ("one", "two")
    assert stage.causes == ("one it is", "two it is")


def test_a_fix_that_includes_another_stands_for_both() -> None:
    causes = [cause("a", "fix.rebuild-backend"), cause("b", "fix.pins")]
    (stage,) = autoplan.plan(causes, ALLOWED).stages
    assert (stage.task, set(stage.ids)) == ("fix.pins", {"a", "b"})


def test_a_guard_does_not_stop_what_comes_before_its_remedy() -> None:
    causes = [cause("pin-dropped", "fix.pins"), cause("down", "fix.start")]
    found = autoplan.plan(causes, ALLOWED)
    assert tasks(found) == ["fix.start", "fix.pins"]
    assert all(stage.exempt == ("pins",) for stage in found.stages)
    (alone,) = autoplan.plan([cause("down", "fix.start")], ALLOWED).stages
    assert alone.exempt == ()


def test_what_no_program_may_do_is_left_to_a_person() -> None:
    causes = [cause("unknown", None), cause("corrupt", "fix.nuke")]
    found = autoplan.plan(causes, ALLOWED)
    assert found.stages == ()
    assert [c.id for c in found.manual] == ["unknown", "corrupt"]


def test_the_same_fix_is_not_tried_twice_for_the_same_cause() -> None:
    causes = [cause("numpy-abi", "fix.pins"), cause("down", "fix.start")]
    found = autoplan.plan(causes, ALLOWED, {("numpy-abi", "fix.pins")})
    assert tasks(found) == ["fix.start"]
    assert [c.id for c in found.tried] == ["numpy-abi"]


def test_a_restart_is_told_which_services() -> None:
    causes = [
        cause("service-hung", "fix.restart", "backend"),
        cause("db-too-many-clients", "fix.restart", "db"),
    ]
    (stage,) = autoplan.plan(causes, ALLOWED).stages
    assert stage.options == {"service": "backend,db"}


def test_the_shared_builder_cache_is_spared() -> None:
    (stage,) = autoplan.plan([cause("disk-full", "fix.prune")], ALLOWED).stages
    assert stage.options == {"keep-cache": "yes"}


def test_data_is_destroyed_by_no_plan() -> None:
    assert not {"fix.nuke", "db.restore"} & set(autoplan.ORDER)


# -- the account ------------------------------------------------------------------

PASSED = (Finding(id="health", status="pass", summary="well"),)
FAILED = (Finding(id="health", status="fail", summary="ill"),)


def ran(status: str = "verified", code: int = 0) -> Round:
    fix = Ran(
        task="fix.start", causes=("c",), status=status, summary="", exit_code=code
    )
    return Round(number=1, diagnoses=(), fixes=(fix,))


def ended(
    rounds: tuple[Round, ...],
    left: tuple[Diagnosis, ...],
    checks: tuple[Finding, ...],
    out: bool = False,
) -> tuple[str, int]:
    account = close(rounds, left, checks, out_of_rounds=out, seconds=1.0)
    return account.status, account.exit_code


def test_green_only_if_every_check_passes_and_nothing_is_left() -> None:
    assert ended((ran(),), (), PASSED) == ("green", 0)
    assert ended((), (), PASSED) == ("nothing", 0)
    # A fix whose own proof ran out of time, and then everything passed.
    assert ended((ran("unverified", 5),), (), PASSED) == ("green", 0)
    assert ended((ran(),), (), FAILED) == ("stopped", 5)
    assert ended((ran(),), (cause("x", "fix.start"),), PASSED) == ("stopped", 5)


def test_what_only_a_person_can_mend_is_no_success() -> None:
    left = (cause("unknown", None),)
    assert ended((), left, FAILED) == ("person", 1)
    assert ended((ran(),), left, FAILED) == ("person", 5)


def test_a_fix_that_was_withheld_has_changed_nothing() -> None:
    left = (cause("x", "fix.start"),)
    assert ended((ran("withheld", 4),), left, FAILED) == ("stopped", 1)


def test_it_says_what_to_do_next() -> None:
    left = (cause("unknown", None), cause("x", "fix.start"))
    account = close((), left, FAILED, out_of_rounds=True, seconds=1.0)
    assert account.next == ("do it yourself", "inv fix.start")
    assert "no rounds are left" in account.summary
