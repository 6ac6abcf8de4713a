"""The rule that tells a line where it lives, enforced: see docs/architecture.md."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TASKS = Path(__file__).parents[2] / "tasks"
MODULES = sorted(TASKS.rglob("*.py"))

#: What touches the world, and the one module each that may import it.
DOORS = {
    "docker": {"adapters/engine.py"},
    "subprocess": {"adapters/runner.py"},
    "rich": {"adapters/render.py"},
    "jinja2": {"adapters/render.py", "adapters/templates.py"},
    # its parser of text, the second: that touches nothing
    "dotenv": {"adapters/settings.py", "core/sources/envkeys.py"},
    "fcntl": {"adapters/lock.py"},
    "psutil": {"adapters/processes.py"},
}
#: A zip is read from its end: a large one within an archive is spooled.
SPOOLS = {"core/redact/scan.py": {"tempfile"}}
#: Modules of the standard library that pure code has no use for.
WORLD = {
    "os",
    "socket",
    "http",
    "urllib.request",
    "shutil",
    "tempfile",
    "signal",
    "subprocess",
}


def imports(module: Path) -> set[str]:
    """Return every module a file imports, relative ones as paths below tasks/."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = module.parents[node.level - 1].relative_to(TASKS).parts
                parts = [*base, *(node.module or "").split(".")]
                prefix = "tasks." + ".".join(p for p in parts if p and p != ".")
                found |= {f"{prefix.rstrip('.')}.{alias.name}" for alias in node.names}
            else:
                found.add(node.module or "")
    return found


def name(module: Path) -> str:
    return module.relative_to(TASKS).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_each_thing_in_the_world_has_one_door(module: Path) -> None:
    for imported in imports(module):
        top = imported.split(".")[0]
        if top in DOORS:
            assert name(module) in DOORS[top], f"{name(module)} imports {imported}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_import_each_other_relatively(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] != "tasks"


@pytest.mark.parametrize(
    "module", [m for m in MODULES if name(m).startswith("core/")], ids=name
)
def test_core_decides_and_touches_nothing(module: Path) -> None:
    for imported in imports(module) - SPOOLS.get(name(module), set()):
        assert not imported.startswith("tasks.adapters"), imported
        assert imported not in WORLD, imported
        assert imported.split(".")[0] not in WORLD - {"urllib.request"}, imported


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_only_render_prints(module: Path) -> None:
    # inside.py prints inside a container, to be read here; the start hands on what
    # Invoke has printed.
    others = ("adapters/inside.py", "adapters/cmdline/unstuck_start/__init__.py")
    if name(module) in ("adapters/render.py", *others):
        return
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print"
        if isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"):
            owner = node.value
            is_sys = isinstance(owner, ast.Name) and owner.id == "sys"
            assert not is_sys or _only_asks(module), "sys.stdout outside render.py"


def _only_asks(module: Path) -> bool:
    """Whether the module's uses of sys.stdout are all ``isatty``."""
    text = module.read_text()
    uses = text.count("sys.stdout") + text.count("sys.stderr")
    return uses == text.count("sys.stdout.isatty") + text.count("sys.stderr.isatty")
