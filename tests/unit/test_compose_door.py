"""The Compose door, with a stand-in for docker that says what the real one said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.adapters import compose, settings
from tasks.adapters.compose import Compose, compose_version
from tasks.core.errors import WrongUsage

USAGE = "\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help'"
TEXT = """services:
  api:
    build: .
    environment:
      URL: ${URL}
      KEY: ${KEY:?set it}
    volumes: [./here:/a, ./gone:/b]
  db:
    image: postgres:15
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack with one file and an empty PATH but for the system's shell."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    for key in (
        "COMPOSE_FILE",
        "COMPOSE_PROJECT_NAME",
        "COMPOSE_PROFILES",
        "URL",
        "KEY",
    ):
        monkeypatch.delenv(key, raising=False)
    stack = tmp_path / "stack"
    (stack / "here").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (stack / "docker-compose.local.yml").write_text(TEXT)
    (stack / "requirements.txt").write_text("fastapi\n")
    return stack


def stand_in(
    root: Path, name: str, out: str = "", err: str = "", code: int = 0, hashes: str = ""
) -> None:
    """Put a program on the PATH that says this and exits so."""
    folder = root.parent / "bin"
    for stream, text in (("out", out), ("err", err), ("hashes", hashes)):
        (folder / f"{name}.{stream}").write_text(text)
    program = folder / name
    program.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *--hash*) exec cat {folder}/{name}.hashes;; esac\n'
        f"cat {folder}/{name}.out\ncat {folder}/{name}.err >&2\nexit {code}\n"
    )
    program.chmod(0o755)


def stack(root: Path) -> Compose:
    return Compose(settings.load(root))


def test_the_command_is_short_and_can_be_copied(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = stack(root)
    short = ("docker", "compose", "-f", "docker-compose.local.yml", "ps")
    assert found.argv("ps") == short
    assert found.cwd == root
    assert found.copyable("ps") == f"cd {root} && {' '.join(short)}"
    monkeypatch.chdir(root)
    assert found.copyable("ps") == " ".join(short)
    monkeypatch.setenv("COMPOSE_FILE", "a.yml:b c.yml")
    assert stack(root).copyable("ps") == "docker compose -f a.yml -f 'b c.yml' ps"


def test_resolves(root: Path) -> None:
    document = {
        "name": "p",
        "services": {
            "api": {
                "build": {"context": str(root), "dockerfile": "Dockerfile"},
                "environment": {"URL": "", "KEY": "a$$b"},
                "ports": [{"target": 80, "published": "8000", "protocol": "tcp"}],
            },
            "worker": {"image": "p-api"},
            "db": {"image": "postgres:15"},
        },
    }
    warning = 'level=warning msg="The \\"ELSEWHERE\\" variable is not set. Default"\n'
    stand_in(root, "docker", json.dumps(document), warning, hashes="api 12\ndb 34\n")
    found = stack(root).resolve(hashes=True)
    model = found.model
    assert (model.error, model.approximate) == ("", False)
    assert model.roles == {"backend": "api", "db": "db"}
    assert model.workers == ("worker",)
    assert model.services["api"].environment["KEY"] == "a$b"
    assert model.locations["api.environment.URL"] == "docker-compose.local.yml:5"
    assert [(u.name, u.line, u.required) for u in model.unset] == [
        ("URL", 5, False),
        ("KEY", 6, True),
        ("ELSEWHERE", 0, False),
    ]
    assert [(p.service, p.port) for p in found.ports] == [("api", 8000)]
    assert found.hashes == {"api": "12", "db": "34"}
    assert stack(root).resolve().hashes == {}


def test_what_compose_refuses_is_read_without_it(root: Path) -> None:
    said = (
        "error while interpolating services.api.environment.KEY: required variable "
        "KEY is missing a value: set it\n"
    )
    stand_in(root, "docker", "", said, 15)
    model = stack(root).resolve().model
    assert model.error == (
        "docker-compose.local.yml:6: required variable KEY is missing a value: set it"
    )
    assert model.approximate
    assert sorted(model.services) == ["api", "db"]
    assert model.services["api"].context == str(root)
    assert model.roles == {"backend": "api", "db": "db"}


@pytest.mark.parametrize(
    ("err", "code"),
    [
        (f"unknown shorthand flag: 'f' in -f{USAGE}", 125),
        ("docker: unknown command: docker compose\n", 1),
        ("docker: 'compose' is not a docker command.\nSee 'docker --help'", 1),
    ],
)
def test_without_the_plugin_the_files_still_speak(
    root: Path, err: str, code: int
) -> None:
    stand_in(root, "docker", "", err, code)
    model = stack(root).resolve().model
    assert model.error == "the Compose plugin is not installed (docker compose)"
    assert model.approximate and "api" in model.services


def test_no_files_at_all(root: Path) -> None:
    (root / "docker-compose.local.yml").unlink()
    said = f"open {root}/docker-compose.local.yml: no such file or directory\n"
    stand_in(root, "docker", "", said, 14)
    model = stack(root).resolve().model
    assert model.error == f"there is no {root}/docker-compose.local.yml"
    assert model.services == {}


def test_a_hanging_compose_is_given_up(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(root, "docker")
    (root.parent / "bin" / "docker").write_text("#!/bin/sh\nsleep 60\n")
    monkeypatch.setenv("UNSTUCK_PROBE_TIMEOUT", "0.2")
    model = stack(root).resolve().model
    assert model.error == "docker compose config did not end in 0.2 s"
    assert "api" in model.services


@pytest.mark.parametrize("out", ["", "[]", "{", "null"])
def test_nonsense_from_compose_is_told(root: Path, out: str) -> None:
    stand_in(root, "docker", out)
    assert "printed no JSON" in stack(root).resolve().model.error


def test_a_setting_that_names_no_service(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(root, "docker", '{"services": {"api": {}, "db": {}}}')
    monkeypatch.setenv("UNSTUCK_DB", "database")
    with pytest.raises(WrongUsage, match="UNSTUCK_DB"):
        stack(root).resolve()


@pytest.mark.parametrize(
    ("out", "err", "code", "version", "error"),
    [
        ("2.26.1-4\n", "", 0, "2.26.1-4", ""),
        ("v2.40.3-desktop.1\n", "", 0, "2.40.3-desktop.1", ""),
        ("5.0.1\n", "", 0, "5.0.1", ""),
        ("1.29.2\n", "", 0, "", "Compose 1.29.2 is too old: v2 or later is needed"),
        ("", f"unknown flag: --short{USAGE}", 125, "",
         "the Compose plugin is not installed (docker compose)"),
        ("", "something else\n", 1, "", "something else"),
    ],
)  # fmt: skip
def test_the_version(
    root: Path, out: str, err: str, code: int, version: str, error: str
) -> None:
    stand_in(root, "docker", out, err, code)
    stand_in(root, "docker-compose", "", "", 1)
    assert compose_version() == (version, error)


def test_version_1_is_named(root: Path) -> None:
    stand_in(root, "docker", "", "docker: unknown command: docker compose\n", 1)
    stand_in(root, "docker-compose", "1.29.2\n")
    version, error = compose_version()
    assert version == ""
    assert error.endswith("docker-compose 1.29.2 is v1 and too old")


def test_no_docker_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root.parent / "bin"))
    assert compose_version() == ("", "the docker command is not installed")
    assert stack(root).resolve().model.error == "the docker command is not installed"


def test_what_compose_says_stays_plain() -> None:
    assert compose.QUIET["COMPOSE_ANSI"] == "never"


def test_a_wrong_setting_stops_a_look_at_the_stack(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.adapters.look import collect
    from tasks.adapters.probes import PROBES

    stand_in(root, "docker", '{"services": {"api": {}, "db": {}}}')
    monkeypatch.setenv("UNSTUCK_BACKEND", "apy")
    with pytest.raises(WrongUsage, match="UNSTUCK_BACKEND"):
        collect(settings.load(root), PROBES, ["model", "requirements"])
