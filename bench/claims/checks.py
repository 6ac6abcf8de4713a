"""What is asked of the reference stack, healthy and crash-looping, and a fix."""

from __future__ import annotations

import itertools

from tests.harness.breaking import inspect, wait_until
from tests.harness.stack import ReferenceStack

from .. import typed
from ..pairs import Pairs, paired
from ..rows import Row, at_most, faster, seconds
from ..workshop import Workshop

CHECK = ("check.all",)
BY_HAND = "docker compose ps, then logs --tail=200 backend"
#: Something failed, which is the point of a crash-looping stack.
FAILED = (0, 1)


def healthy(shop: Workshop) -> list[Row]:
    """Compare ``check.all`` with the playbook, one command after the other."""
    stack = shop.stack
    commands = typed.playbook(stack)
    shop.say("check.all and the playbook, by turns")

    def ours() -> float:
        return shop.inv(*CHECK).seconds

    def theirs() -> list[float]:
        return [shop.shell(t.line, stack.root, t.stdin).seconds for t in commands]

    ours()
    theirs()
    mine: list[float] = []
    each: list[list[float]] = []
    for _ in range(shop.runs):
        mine.append(ours())
        each.append(theirs())
    together = Pairs(mine, [sum(one) for one in each])
    by_command = [Pairs(mine, list(column)) for column in zip(*each, strict=True)]
    medians = [pairs.medians[1] for pairs in by_command]
    slowest = medians.index(max(medians))
    lines = ["./inv check.all", *(t.line for t in commands)]
    parts = ", ".join(seconds(value) for value in medians)
    claim = "check.all on the healthy reference stack"
    return [
        faster(
            claim,
            "the playbook's commands of sections 0 to 5 and 9, one after the other",
            4,
            together,
            commands=lines,
            note=f"each by itself, in this order: {parts}",
        ),
        at_most(
            claim,
            "the slowest single command among those",
            1.0,
            by_command[slowest],
            commands=[lines[0], lines[1 + slowest]],
        ),
    ]


def triage(shop: Workshop) -> list[Row]:
    """Compare ``triage`` with looking at the containers and one's last words."""
    root = shop.stack.root
    shop.say("triage and what it replaces, by turns")
    pairs = paired(
        shop.runs,
        lambda: shop.inv("triage", codes=FAILED).seconds,
        lambda: shop.shell(typed.TRIAGE, root).seconds,
    )
    commands = ["./inv triage", typed.TRIAGE]
    return [
        at_most("triage on the healthy stack", BY_HAND, 2, pairs, commands=commands)
    ]


def looping(shop: Workshop) -> list[Row]:
    """Compare ``check.all`` on the crash-looping stack with the healthy one."""
    stack = shop.stack
    image = inspect(stack, "backend")["Config"]["Image"]
    good, bad = f"{image}:healthy", f"{image}:looping"
    shop.say("building an image with numpy 2")
    _tag(stack, image, good)
    # The pin's only guard is the requirements file: pip is told another version.
    text = f"FROM {good}\nUSER root\nRUN pip install --quiet --no-deps numpy==2.2.6\n"
    stack.run("docker", "build", "--quiet", "--tag", bad, "-", stdin=text)
    shop.say("check.all on the stack crash-looping and healthy, by turns")
    reports: list[str] = []
    glances, hands = list[float](), list[float]()

    def ours() -> float:
        _tag(stack, bad, image)
        stack.must("up", "-d", "--no-deps", "--no-build", "backend")
        wait_until(stack, "backend", lambda d: bool(d["RestartCount"]))
        took = shop.inv(*CHECK, codes=(1,)).seconds
        glances.append(shop.inv("triage", codes=(1,)).seconds)
        hands.append(shop.shell(typed.TRIAGE, stack.root).seconds)
        if not reports:
            reports.append(stack.inv("check.all").out)
        return took

    def theirs() -> float:
        _tag(stack, good, image)
        stack.must("up", "-d", "--wait", "--no-deps", "--no-build", "backend")
        return shop.inv(*CHECK).seconds

    try:
        pairs = paired(shop.runs, ours, theirs)
    finally:
        _tag(stack, good, image)
        stack.must("up", "-d", "--wait", "--no-build")
        stack.run("docker", "image", "rm", good, bad)
    found = "numpy" in reports[0]
    note = "" if found else "and it did not name numpy: the figure means nothing"
    row = at_most(
        "check.all on the crash-looping stack (numpy 2)",
        "check.all on the healthy one",
        1.5,
        pairs,
        commands=["./inv check.all"],
        note=note,
    )
    # The first of each filled the caches.
    told = at_most(
        "triage on the crash-looping stack",
        BY_HAND,
        2,
        Pairs(glances[1:], hands[1:]),
        commands=["./inv triage", typed.TRIAGE],
    )
    return [row, told]


def rebuild(shop: Workshop) -> list[Row]:
    """Compare the fix, to verified green, with building and polling by hand.

    Before each run a line of the source changes: the layers of the packages
    are cached, the image is a new one and the container is made anew.
    """
    stack = shop.stack
    shop.say("rebuilding the backend both ways, by turns")
    number = itertools.count()
    source = next(stack.root.glob("demo/backend/app/main.py"))

    def change() -> None:
        with source.open("a") as file:
            file.write(f"# {next(number)}\n")

    def ours() -> float:
        change()
        return shop.inv("fix.rebuild-backend", "--yes").seconds

    def by_hand(line: str) -> float:
        change()
        return shop.shell(line, stack.root).seconds

    def row(against: str, line: str, note: str) -> Row:
        return at_most(
            "fix.rebuild-backend with a warm cache, to verified green",
            against,
            1.1,
            paired(shop.runs, ours, lambda: by_hand(line)),
            commands=["./inv fix.rebuild-backend --yes", line],
            note=note,
        )

    return [
        row(
            "the playbook's command, then looking every second until healthy",
            typed.REBUILD,
            "it leaves both Celery services on the old image",
        ),
        row(
            "the same for all three services of that image",
            typed.REBUILD_ALL,
            "like for like, but for the proof",
        ),
    ]


def _tag(stack: ReferenceStack, source: str, name: str) -> None:
    stack.run("docker", "image", "tag", source, name)
