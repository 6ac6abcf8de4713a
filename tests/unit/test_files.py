"""The door to the stack's files, on real files."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from tasks.adapters import files, runner, settings
from tasks.core.config import Settings
from tasks.core.snapshot import Service


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "back").mkdir()
    return tmp_path


def write(root: Path, **texts: str) -> None:
    """Write files named by keywords: ``a__b_py`` is a/b.py."""
    for key, text in texts.items():
        folder, _, name = key.rpartition("__")
        path = root / "back" / folder.replace("__", "/") / name.replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def load(root: Path) -> Settings:
    return settings.load(root)


def backend(root: Path) -> Service:
    return Service(name="api", context=str(root / "back"), dockerfile="Dockerfile")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_env_files(root: Path) -> None:
    (root / ".env").write_text("A=1\nbroken line\n")
    (root / ".env").chmod(0o640)
    (root / ".env.example").write_text("A=\n# B=2\n")
    found = files.env_files(load(root))
    assert (found.exists, found.mode, found.invalid) == (True, 0o640, (2,))
    assert [key.name for key in found.keys] == ["A"]
    assert [(key.name, key.optional) for key in found.example_keys] == [
        ("A", False),
        ("B", True),
    ]
    (root / ".env").unlink()
    (root / ".env.example").unlink()
    found = files.env_files(load(root))
    assert not found.exists and not found.example_exists


def test_requirements_are_named_from_the_root(root: Path) -> None:
    write(root, requirements_txt="numpy==1.26.4\n-r more.txt\n", more_txt="scipy\n")
    found = files.requirements(load(root), backend(root))
    assert [(r.name, r.file, r.line) for r in found.lines] == [
        ("numpy", "back/requirements.txt", 1),
        ("scipy", "back/more.txt", 1),
    ]


def test_requirements_that_cannot_be_read(root: Path) -> None:
    found = files.requirements(load(root), backend(root))
    assert (found.path, found.error) == (
        "back/requirements.txt",
        "no such file or directory",
    )
    (root / "back" / "requirements.txt").mkdir()
    found = files.requirements(load(root), backend(root))
    assert found.error == "is a directory"


def test_migrations_are_where_alembic_ini_says(root: Path) -> None:
    revision = 'revision = "a"\ndown_revision = None\n'
    write(
        root, db__versions__1_py=revision, alembic_ini="[alembic]\nscript_location=db\n"
    )
    found = files.migrations(load(root), backend(root))
    assert found is not None
    assert found.directory == "back/db/versions"
    assert [r.file for r in found.revisions] == ["back/db/versions/1.py"]


def test_migrations_in_the_usual_place_and_in_none(root: Path) -> None:
    assert files.migrations(load(root), backend(root)) is None
    write(root, alembic__versions__1_py='revision = "a"\ndown_revision = "b"\n')
    found = files.migrations(load(root), backend(root))
    assert found is not None
    assert found.errors == ("back/alembic/versions/1.py:1: its parent b is in no file",)


def test_undecodable_bytes_are_no_failure(root: Path) -> None:
    write(root, alembic__versions__1_py="")
    path = root / "back/alembic/versions/1.py"
    path.write_bytes(b'"""\xff\xfe"""\nrevision = "a"\ndown_revision = None\n')
    found = files.migrations(load(root), backend(root))
    assert found is not None and [r.id for r in found.revisions] == ["a"]


def test_the_api_module(root: Path) -> None:
    (root / "back/src/lib").mkdir(parents=True)
    (root / "back/src/lib/api.ts").write_text("axios.create({ baseURL: '/api' })")
    found = files.api_source(load(root), backend(root))
    assert (found.path, found.base) == ("back/src/lib/api.ts", "/api")
    (root / "back/src/lib/api.ts").unlink()
    assert not files.api_source(load(root), backend(root)).exists


def test_digests_of_what_goes_into_the_image(root: Path) -> None:
    write(
        root,
        main_py="x = 1\n",
        app__models_py="y = 2\n",
        app__logo_png="no source",
        node_modules__a_js="no",
        venv__a_py="no",
        tests__test_py="ignored",
        tests__keep_py="kept",
    )
    hidden = root / "back" / ".git"
    hidden.mkdir()
    (hidden / "hook.py").write_text("no")
    cache = root / "back" / "app" / "__pycache__"
    cache.mkdir()
    (cache / "models.py").write_text("no")
    (root / "back" / ".dockerignore").write_text("tests/*\n!tests/keep.py\n")
    (root / "back" / "link.py").symlink_to("main.py")
    found = files.host_files(load(root), backend(root))
    assert found.root == "back"
    assert found.files == {
        "app/models.py": digest("y = 2\n"),
        "main.py": digest("x = 1\n"),
        "tests/keep.py": digest("kept"),
    }


def test_the_script_in_the_container_makes_the_same_digests(root: Path) -> None:
    write(root, main_py="x = 1\n", app__a_sql="\u00e9", venv__b_py="", c_txt="z" * 5000)
    (root / "back" / "large.json").write_bytes(b"1" * (files.HASHED + 5))
    (root / "back" / ".hidden").mkdir()
    (root / "back" / ".hidden" / "d.py").write_text("no")
    wanted = {
        "pins": [],
        "requirements": [],
        "imports": [],
        "seconds": 9,
        "suffixes": files.SUFFIXES,
        "skip": files.SKIP,
        "limit": files.MAX_FILES,
    }
    source = (Path(files.__file__).parent / "inside.py").read_text()
    argv = [sys.executable, "-c", source, json.dumps(wanted)]
    said = runner.run(argv, cwd=root / "back", timeout=20)
    assert said.ok, said.err
    found = files.host_files(load(root), backend(root)).files
    assert json.loads(said.out)["files"] == found
    assert sorted(found) == ["app/a.sql", "c.txt", "large.json", "main.py"]


def test_a_build_context_full_of_data_is_given_up(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 3)
    write(root, a__1_py="", a__2_py="", a__3_py="", a__4_py="", b__1_py="")
    assert len(files.host_files(load(root), backend(root)).files) == 4
    monkeypatch.setattr(files, "MAX_FILES", 2)
    assert len(files.host_files(load(root), backend(root)).files) == 2


def test_a_dockerfile_may_have_its_own_ignore_file(root: Path) -> None:
    write(root, main_py="x\n", other_py="y\n")
    (root / "back" / ".dockerignore").write_text("main.py\n")
    (root / "back" / "Dockerfile.dockerignore").write_text("other.py\n")
    assert list(files.host_files(load(root), backend(root)).files) == ["main.py"]


def test_dockerfiles(root: Path) -> None:
    write(root, Dockerfile="FROM x\n")
    built = backend(root)
    services = {"api": built, "db": Service(name="db", image="postgres:15")}
    (found,) = files.dockerfiles(load(root), services)
    assert (found.service, found.path, found.text) == (
        "api",
        "back/Dockerfile",
        "FROM x\n",
    )
    assert found.changed.endswith("+00:00")


def test_what_tells_a_services_part(root: Path) -> None:
    write(
        root,
        package_json='{"dependencies": {"next": "14"}}',
        requirements_txt="FastAPI[all]>=1  # web\n",
    )
    services = {
        "api": backend(root),
        "db": Service(name="db"),
        "x": Service(name="x", context="https://example.invalid/x.git"),
    }
    found = files.contexts(services)
    assert list(found) == ["api"]
    assert found["api"].packages == {"next", "fastapi"}
    assert "package.json" in found["api"].files
    write(root, package_json="{")
    assert files.contexts(services)["api"].packages == {"fastapi"}


def test_env_values_of_a_service(root: Path) -> None:
    (root / "x.env").write_text("A=1\nB='two'\nC\n")
    assert files.env_values(str(root / "x.env")) == {"A": "1", "B": "two"}
    assert files.env_values(str(root / "no.env")) is None
    (root / "bad.env").write_bytes(b"A=\xff\n")
    assert files.env_values(str(root / "bad.env")) is None


def test_a_stack_below_the_root_has_its_own_env_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "deploy/compose.yml")
    (root / "deploy").mkdir()
    (root / ".env").write_text("ONLY_ROOT=1\n")
    assert files.env_files(load(root)).path == ".env"
    (root / "deploy/.env").write_text("ONLY_DEPLOY=1\n")
    found = files.env_files(load(root))
    assert (found.path, [key.name for key in found.keys]) == (
        "deploy/.env",
        ["ONLY_DEPLOY"],
    )
    environ = files.compose_environ(load(root))
    assert "ONLY_DEPLOY" in environ and "ONLY_ROOT" not in environ


@pytest.mark.parametrize(
    ("there", "used"),
    [
        (["docker-compose.local.yml", "compose.yaml"], ["docker-compose.local.yml"]),
        (["compose.yml", "docker-compose.yml"], ["compose.yml"]),
        (["docker-compose.yml", "docker-compose.yaml"], ["docker-compose.yml"]),
        (
            [
                "docker-compose.yml",
                "docker-compose.override.yml",
                "compose.override.yaml",
            ],
            ["docker-compose.yml", "compose.override.yaml"],
        ),
        ([], ["docker-compose.local.yml"]),
    ],
)
def test_the_files_that_compose_itself_would_take(
    root: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], used: list[str]
) -> None:
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    for name in there:
        (root / name).write_text("services: {}\n")
    assert load(root).files == tuple(used)
    assert list(files.compose_files(load(root))) == (used if there else [])
