"""The model from Compose's own JSON, and the fallback that must agree with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.compose import file as composefile
from tasks.core.compose import model as compose_model
from tasks.core.snapshot import Model, Mount, Port

COMPOSE = Path(__file__).parents[1] / "fixtures" / "compose"
ENVIRON = {"DEFINED": "d", "DB_PASSWORD": "made-up"}
#: The stored ``docker compose config --format json`` of each folder; the
#: end-to-end tests hold it against the Compose that is installed.
STORED = {"full": ("compose.yml",), "merged": ("a.yml", "b.yml")}


def recorded(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (COMPOSE / name / "resolved.json").read_text()
    )
    return document


def read_env(path: str) -> dict[str, str] | None:
    found = {"/full/app.env": {"FROM_FILE": "1", "LOG_LEVEL": "never"}}
    return found.get(path)


def load(text: str, environ: dict[str, str] | None = None) -> composefile.Loaded:
    return composefile.load({"c.yml": text}, environ or {}, "/srv/My App", home="/home")


def model(text: str, environ: dict[str, str] | None = None) -> Model:
    return compose_model.parse(load(text, environ).document, escaped=False)


@pytest.mark.parametrize("name", STORED)
def test_without_compose_the_model_is_the_same(name: str) -> None:
    texts = {file: (COMPOSE / name / file).read_text() for file in STORED[name]}
    loaded = composefile.load(texts, ENVIRON, f"/{name}", read_env=read_env)
    assert not loaded.errors
    theirs, ours = recorded(name), loaded.document
    assert compose_model.parse(ours, escaped=False) == compose_model.parse(theirs)
    assert compose_model.ports(ours) == compose_model.ports(theirs)


def test_parses_what_compose_prints() -> None:
    found = compose_model.parse(recorded("full"), files=("compose.yml",))
    backend = found.services["backend"]
    assert found.project == "full"
    assert sorted(found.services) == ["backend", "cache", "db", "twin", "worker"]
    assert backend.image == "full-backend", "Compose's own name for what it builds"
    assert backend.context == "/full/b"
    assert compose_model.dockerfile(backend) == "/full/b/Dockerfile"
    assert backend.environment["PRICE"] == "a$b", "the doubled dollar is one"
    assert backend.environment["NONE"] is None
    assert backend.environment["LOG_LEVEL"] == "info", "environment beats env_file"
    assert backend.environment["FROM_FILE"] == "1"
    assert backend.build_args == {"PY": "3.11"}
    assert backend.depends_on == {"cache": "service_started", "db": "service_started"}
    assert Mount(type="bind", source="/full/b", target="/b") in backend.mounts
    assert found.volumes == {"data": "full_data", "pg": "kept"}
    checked = [name for name, s in found.services.items() if s.healthcheck]
    assert checked == ["backend"], "worker's is disabled"
    assert compose_model.workers(found, "backend") == ("worker",)


def test_published_ports_are_the_fixed_ones() -> None:
    found = compose_model.ports(recorded("full"))
    assert [(p.port, p.target, p.protocol, p.host_ip) for p in found] == [
        (8000, 80, "tcp", "127.0.0.1"),
        (9000, 90, "udp", ""),
        (9001, 91, "udp", ""),
        (7001, 71, "tcp", "::1"),
        (7000, 70, "tcp", ""),
    ]
    assert found[0] == Port(
        service="backend", port=8000, target=80, host_ip="127.0.0.1"
    )


def test_names_an_image_as_compatibility_mode_does() -> None:
    document = {"name": "p", "services": {"a": {"build": {"context": "/x"}}}}
    assert compose_model.parse(document, separator="_").services["a"].image == "p_a"


@pytest.mark.parametrize(
    ("environ", "text", "project"),
    [
        ({}, "services: {}", "myapp"),
        ({}, "name: told\nservices: {}", "told"),
        ({}, "name: ${NO:-x}y\n", "xy"),
        ({"COMPOSE_PROJECT_NAME": "env"}, "name: told\n", "env"),
    ],
)
def test_the_projects_name(environ: dict[str, str], text: str, project: str) -> None:
    assert model(text, environ).project == project


def test_active_profiles() -> None:
    text = "services:\n  a: {image: x}\n  b: {image: y, profiles: [dev, ci]}\n"
    assert list(model(text).services) == ["a"]
    for profiles in ("ci", "other,dev", "*"):
        environ = {"COMPOSE_PROFILES": profiles}
        assert list(model(text, environ).services) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [x\n", "c.yml:2: "),
        ("services:\n  a: x: y\n", "c.yml:2: "),
        ("services:\n  a:\n    image: x\n    image: y\n", "c.yml:4: "),
        ("- a\n", "c.yml:1: top-level object must be a mapping"),
        ("services: [a]\n", "c.yml: services must be a mapping"),
        ("services:\n  a: {ports: ['a:b']}\n", "c.yml: Invalid containerPort: a:b"),
        ("services:\n  a: {environment: 5}\n", "c.yml: services.a.environment must"),
        ("services:\n  a: {env_file: no.env}\n", "services.a: env file /srv/My App/no"),
    ],
)
def test_says_what_it_cannot_read(text: str, error: str) -> None:
    assert load(text).errors[0].startswith(error)


def test_one_bad_service_leaves_the_others() -> None:
    loaded = load("services:\n  a: {image: x}\n  b: {environment: 3}\n")
    assert list(loaded.document["services"]) == ["a"]
    assert len(loaded.errors) == 1


def test_a_bad_port_leaves_its_service() -> None:
    loaded = load("services:\n  b: {image: x, ports: [x]}\n")
    assert loaded.document["services"]["b"]["image"] == "x"
    assert loaded.errors == ("c.yml: Invalid containerPort: x",)


def test_one_bad_file_leaves_the_others() -> None:
    texts = {"a.yml": "services:\n  a: {image: x}\n", "b.yml": "services: ["}
    loaded = composefile.load(texts, {}, "/p")
    assert list(loaded.document["services"]) == ["a"]
    assert len(loaded.errors) == 1


YAML_BITS = st.lists(
    st.sampled_from(
        [
            "services:",
            "a:",
            "build:",
            "image:",
            "x",
            "ports:",
            "volumes:",
            "environment:",
            "depends_on:",
            "-",
            "'8000:80'",
            "./x:/y",
            "K=v",
            "{",
            "}",
            "[",
            "]",
            ",",
            "\n",
            "\n",
            "",
            "",
            "\n",
            "",
            "",
            "",
            "",
            "&",
            "*",
            "<<",
            "|",
            "${A}",
            "${A:?x}",
            "!",
            "null",
            "5",
            "env_file:",
            "extends:",
            "profiles:",
            "labels:",
            "args:",
            "healthcheck:",
            "name:",
        ]
    ),
    max_size=40,
).map(" ".join)


@given(YAML_BITS)
@settings(deadline=None, max_examples=300)
def test_never_raises(text: str) -> None:
    document = load(text).document
    compose_model.parse(document, escaped=False)
    compose_model.ports(document)


KEYS = [
    "a",
    "build",
    "context",
    "args",
    "ports",
    "volumes",
    "environment",
    "depends_on",
    "env_file",
    "type",
    "source",
    "target",
    "published",
    "path",
    "healthcheck",
    "extends",
    "service",
    "profiles",
    "image",
    "labels",
    "test",
]
SCALARS = st.sampled_from(
    [None, True, 5, 1.5, "a", "1:2", "K=v", "", "./x:/y", "8-9:1"]
)
TREES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), below, max_size=3)
    ),
    max_leaves=6,
)
SERVICE = st.dictionaries(st.sampled_from(KEYS), TREES, max_size=5) | TREES


@given(st.dictionaries(st.sampled_from("ab"), SERVICE, max_size=2), TREES, SERVICE)
@settings(deadline=None, max_examples=400)
def test_never_raises_on_any_services(services: Any, volumes: Any, over: Any) -> None:
    texts = {
        "1": json.dumps({"services": services, "volumes": volumes}),
        "2": json.dumps({"services": {"a": over}}),
    }
    document = composefile.load(texts, {}, "/p").document
    compose_model.parse(document, escaped=False)
    compose_model.ports(document)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [8080:80]", {"a": ["8080:80"]}),  # only the parser in Python reads it
        ("a: [on, 0o17, 022, 1e3]", {"a": ["on", 15, 22, 1000.0]}),  # YAML 1.2
        ("a:\tb", {"a": "b"}),  # only the parser in C, and Compose
    ],
)
def test_both_parsers_are_asked(text: str, expected: object) -> None:
    assert composefile._parse("c.yml", text, []) == expected
