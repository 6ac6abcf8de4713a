"""The installed Compose against what is stored of it, and against the fallback."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from tasks.adapters import files, settings
from tasks.adapters.compose import Compose, Resolved, compose_version
from tasks.core.compose import file as composefile
from tasks.core.compose import model as compose_model
from tasks.core.compose.edit import BUILD_ARGS, raw_value, set_environment, with_path
from tasks.core.snapshot import Model

pytestmark = pytest.mark.engine  # Compose comes with it

ROOT = Path(__file__).parents[2]
STORED = ROOT / "tests" / "fixtures" / "compose"


@pytest.fixture(autouse=True)
def _no_variables_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith(("COMPOSE_", "UNSTUCK_"))]:
        monkeypatch.delenv(key)


def door(root: Path) -> Compose:
    return Compose(settings.load(root))


def resolve(root: Path) -> Resolved:
    found = door(root).resolve()
    assert not found.model.approximate, found.model.error
    return found


def without_compose(root: Path) -> Model:
    """Return the model that the fallback makes of the same files."""
    used = settings.load(root)
    loaded = composefile.load(
        files.compose_files(used),
        used.environ,
        str(files.project_directory(used)),
        home=str(Path.home()),
        read_env=files.env_values,
    )
    assert loaded.errors == ()
    return compose_model.parse(loaded.document, files=used.files, escaped=False)


def core(model: Model) -> Model:
    """Return a model without what is added to Compose's part of it."""
    from msgspec.structs import replace

    return replace(model, roles={}, workers=(), locations={}, unset=())


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """A copy of the reference stack's Compose file, every key with a value."""
    root = tmp_path / "Reference Stack"
    root.mkdir()
    text = (ROOT / "docker-compose.local.yml").read_text()
    (root / "docker-compose.local.yml").write_text(text)
    example = (ROOT / ".env.example").read_text().splitlines()
    filled = [f"{line}made-up" if line.endswith("=") else line for line in example]
    (root / ".env").write_text("\n".join(filled))
    return root


@pytest.mark.parametrize(
    ("name", "named"), [("full", "compose.yml"), ("merged", "a.yml,b.yml")]
)
def test_what_is_stored_is_what_compose_says(
    name: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSTUCK_FILES", named)
    monkeypatch.setenv("DEFINED", "d")
    monkeypatch.setenv("DB_PASSWORD", "made-up")
    found = resolve(STORED / name)
    said = json.loads(json.dumps(found.document).replace(str(STORED), ""))
    stored = json.loads((STORED / name / "resolved.json").read_text())
    assert compose_model.parse(said) == compose_model.parse(stored)
    assert compose_model.ports(said) == compose_model.ports(stored)
    assert without_compose(STORED / name) == core(found.model)


def test_the_reference_stack_is_the_same_without_compose(reference: Path) -> None:
    found = resolve(reference)
    assert without_compose(reference) == core(found.model)
    assert found.model.unset == ()
    assert found.model.roles == {
        "backend": "backend",
        "frontend": "frontend",
        "db": "db",
        "redis": "redis",
    }
    assert found.model.workers == ("celery-beat", "celery-worker")
    assert {port.service for port in found.ports} >= {"backend", "frontend", "db"}


def test_every_location_is_the_line_that_says_it(reference: Path) -> None:
    lines = (reference / "docker-compose.local.yml").read_text().splitlines()
    model = resolve(reference).model
    for name, service in model.services.items():
        for part, values in (
            ("environment", service.environment),
            ("build.args", service.build_args),
        ):
            for key in values:
                file, _, number = model.locations[f"{name}.{part}.{key}"].rpartition(
                    ":"
                )
                assert file == "docker-compose.local.yml"
                assert key in lines[int(number) - 1]


def test_hashes_are_one_for_each_service(reference: Path) -> None:
    found = door(reference).resolve(hashes=True)
    assert found.hashes.keys() == found.model.services.keys()
    assert all(len(value) == 64 for value in found.hashes.values())


def test_an_edited_url_is_what_compose_then_resolves(reference: Path) -> None:
    path = reference / "docker-compose.local.yml"
    before = resolve(reference).model
    name, variable = before.roles["frontend"], "NEXT_PUBLIC_API_URL"
    text = path.read_text()
    for section in (("environment",), BUILD_ARGS):
        raw = raw_value(text, name, variable, section)
        assert raw is not None and raw.value is not None
        wanted = with_path(raw.value, "/api")
        assert wanted is not None and "${" in wanted, "its variables stay"
        text = set_environment(text, name, variable, wanted, section)
    path.write_text(text)
    after = resolve(reference).model
    url = before.services[name].environment[variable]
    assert url is not None
    changed = url.replace("/api/v1", "/api")
    assert after.services[name].environment[variable] == changed
    assert after.services[name].build_args[variable] == changed
    others = {key for key in after.services if key != name}
    assert all(after.services[key] == before.services[key] for key in others)


BROKEN = {
    "services:\n  a:\n    image: [x\n": 3,
    "services:\n  a:\n    image: x\n    image: y\n": 4,
    "services:\n  a:\n    image: x\n    imag: y\n": 4,
    "services:\n  a:\n    image: x\n    environment: 5\n": 4,
    "services:\n  a:\n    image: x\n    environment:\n      - A=${B:?no}\n": 5,
    "services:\n  a:\n    image: x\n    depends_on: [b]\n": 4,
    "services:\n  a:\n    image: x\n    volumes: ['vol:/x']\n": 4,
    "services:\n  a:\n    environment: {}\n": 2,
    "services:\n  a:\n    image: x\n\tfoo: d\n": 4,
}


@pytest.mark.parametrize(("text", "line"), BROKEN.items(), ids=range(len(BROKEN)))
def test_what_compose_refuses_has_a_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    model = door(tmp_path).resolve().model
    file, _, rest = model.error.partition(":")
    assert file == "compose.yaml", model.error
    # The Go parser may say the line before the one that a person looks for.
    assert line - int(rest.partition(":")[0]) in (0, 1), model.error


def test_variables_are_filled_in_as_compose_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SET", "s$1")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("NO", raising=False)
    chosen = random.Random(7)

    def expression(depth: int) -> str:
        if depth == 0 or chosen.random() < 0.3:
            return chosen.choice(["x", "a b", "http://h:1", "$$", "$SET", "${NO}", ""])
        operator = chosen.choice([":-", "-", ":+", "+"])
        name = chosen.choice(["SET", "EMPTY", "NO"])
        inner = "".join(expression(depth - 1) for _ in range(chosen.randint(1, 2)))
        return f"${{{name}{operator}{inner}}}"

    values = [expression(3) + expression(2) for _ in range(300)]
    environment = {f"K{n}": value for n, value in enumerate(values)}
    document = {"services": {"a": {"image": "x", "environment": environment}}}
    (tmp_path / "compose.yaml").write_text(json.dumps(document))
    theirs = resolve(tmp_path).model.services["a"].environment
    ours = without_compose(tmp_path).services["a"].environment
    different = {
        environment[key]: (theirs[key], ours[key])
        for key in environment
        if theirs[key] != ours[key]
    }
    assert different == {}


def test_the_installed_compose_has_a_version() -> None:
    version, error = compose_version()
    assert error == "" and int(version.split(".")[0]) >= 2
