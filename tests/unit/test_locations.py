"""The line scanner against a real YAML parser, and what is read with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from tasks.core.compose import yamlscan
from tasks.core.compose.locations import locations, unset
from tasks.core.snapshot import Unset

COMPOSE = Path(__file__).parents[1] / "fixtures" / "compose"
FULL = (COMPOSE / "full" / "compose.yml").read_text()


def line_of(fragment: str) -> int:
    """Return the first line of the stored file that holds a text."""
    lines = enumerate(FULL.splitlines(), 1)
    return next(number for number, line in lines if fragment in line)


def parsed_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of each key and item of block collections, by a parser."""
    found: dict[tuple[str, ...], int] = {}

    def walk(node: Node, path: tuple[str, ...]) -> None:
        if isinstance(node, MappingNode) and not node.flow_style:
            for key, value in node.value:
                found[(*path, key.value)] = key.start_mark.line + 1
                if value.start_mark.line >= key.start_mark.line:
                    walk(value, (*path, key.value))
        elif isinstance(node, SequenceNode) and not node.flow_style:
            for number, value in enumerate(node.value):
                found[(*path, str(number))] = value.start_mark.line + 1
                walk(value, (*path, str(number)))

    walk(YAML(pure=True).compose(text), ())
    return found


@pytest.mark.parametrize("path", sorted(COMPOSE.rglob("*.yml")), ids=str)
def test_finds_the_lines_that_a_parser_finds(path: Path) -> None:
    text = path.read_text()
    scanned = {entry.path: entry.line for entry in yamlscan.scan(text)}
    for key, line in parsed_lines(text).items():
        if not any(part == "<<" for part in key):
            assert scanned.get(key) == line, key


scalars = st.sampled_from(
    ["x", "a b", "'it''s'", '"q: # no"', "http://h:1/p", "1.5", "", "x#y", "x # c"]
)
keys = st.sampled_from(["image", "a.b", "'q'", "KEY_1", "x-y", '"d d"'])


def block(depth: int) -> st.SearchStrategy[list[str]]:
    """Lines of a block mapping, list or scalar, to be indented by its parent."""
    leaf = scalars.map(lambda value: [value])
    if not depth:
        return leaf
    below = st.lists(st.tuples(keys, block(depth - 1)), min_size=1, max_size=3)
    items = st.lists(scalars.filter(bool), min_size=1, max_size=3)
    return st.one_of(
        leaf,
        below.map(lambda pairs: ["", *render({_bare(k): (k, v) for k, v in pairs})]),
        items.map(lambda values: ["", *(f"  - {value}" for value in values)]),
        st.just(["|", "    text: here", "    # no comment"]),
        st.just(["[a, 'b: c',", "    d]  # flow"]),
    )


def _bare(key: str) -> str:
    return key.strip("'\"")


def render(pairs: dict[str, tuple[str, list[str]]]) -> list[str]:
    lines = []
    for key, value in pairs.values():
        lines += ["", "  # a: comment", f"  {key}: {value[0]}".rstrip()]
        lines += [f"  {line}" for line in value[1:]]
    return lines


@given(st.lists(st.tuples(keys, block(3)), min_size=1, max_size=4))
@settings(deadline=None)
def test_agrees_with_a_parser_on_made_up_files(
    pairs: list[tuple[str, list[str]]],
) -> None:
    text = "\n".join(render({_bare(k): (k, v) for k, v in pairs}))
    scanned = {entry.path: entry.line for entry in yamlscan.scan(text)}
    assert scanned == parsed_lines(text)


@given(st.text(alphabet="ab:- \n'\"[]{}#&*|>$!?\t<", max_size=120))
@settings(deadline=None)
def test_scanning_never_raises(text: str) -> None:
    locations({"f": text})
    unset({"f": text}, {})


def test_says_where_values_stand_also_through_anchors() -> None:
    found = locations({"c.yml": FULL})
    for key, text in {
        "backend.environment.PRICE": "PRICE:",
        "backend.build.args.PY": "- PY=",
        "backend.environment.LOG_LEVEL": "LOG_LEVEL:",
        "worker.environment.LOG_LEVEL": "LOG_LEVEL:",
        "worker.restart": "restart:",
        "db.environment.POSTGRES_PASSWORD": "- POSTGRES_PASSWORD",
        "cache.image": "cache:",
        "volumes.pg": "pg: {",
        "backend.ports.1": "9000-9001",
    }.items():
        assert found[key] == f"c.yml:{line_of(text)}", key
    assert not any(key.startswith("x-") for key in found)


def test_a_later_file_wins() -> None:
    first = "services:\n  a:\n    image: x\n    restart: always\n"
    second = "services:\n\n  a:\n    image: y\n"
    found = locations({"1.yml": first, "2.yml": second})
    assert found["a.image"] == "2.yml:4"
    assert found["a.restart"] == "1.yml:4"


def test_unset_variables_have_a_line_and_say_whether_they_are_required() -> None:
    assert unset({"c.yml": FULL}, {}) == (
        Unset(name="DB_PASSWORD", file="c.yml", line=line_of("{DB_P"), required=True),
        Unset(name="ONLY_IN_TOOL", file="c.yml", line=line_of("ONLY_IN_TOOL")),
    )
    assert unset({"c.yml": FULL}, {"DB_PASSWORD": "x", "ONLY_IN_TOOL": ""}) == ()


def test_a_variable_in_a_comment_is_not_used_and_in_block_text_it_is() -> None:
    text = "a: x # ${NO}\n# ${NO}\nb: |\n  # $YES\nc: 'x # $YES2'\nd: e\n  $YES3\n"
    found = [(use.name, use.line) for use in unset({"f": text}, {})]
    assert found == [("YES", 4), ("YES2", 5), ("YES3", 7)]


def test_aliases_of_aliases_end() -> None:
    lines = ["a0: &a0\n  k: v\n"]
    lines += [
        f"a{n}: &a{n}\n" + "".join(f"  k{i}: *a{n - 1}\n" for i in range(9))
        for n in range(1, 9)
    ]
    locations({"f": "".join(lines)})


def test_a_file_of_usual_size_takes_a_few_milliseconds() -> None:
    began = time.perf_counter()
    for _ in range(10):
        locations({"c.yml": FULL})
        unset({"c.yml": FULL}, {})
    # 2 ms; the limit leaves room for a machine that does other things as well.
    assert (time.perf_counter() - began) / 10 < 0.05
