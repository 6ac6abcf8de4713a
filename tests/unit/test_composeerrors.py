"""What Compose 2.26 was seen to say, and the line that it leaves out."""

from __future__ import annotations

import pytest

from tasks.core.compose.complaints import explain, warned

WARNING = (
    'time="2026-01-01T00:00:00Z" level=warning msg="The \\"BAR\\" variable is not '
    'set. Defaulting to a blank string."\n'
)
TEXT = """services:
  a:
    image: x
    ports: ["1:b"]
    imag: y
    environment:
      M: ${MUST:?need it}
    volumes: ["dat:/x"]
    depends_on:
      - zz
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "yaml: line 2: did not find expected ',' or ']'\n",
            "c.yml:2: did not find expected ',' or ']'",
        ),
        (
            (
                'yaml: unmarshal errors:\n  line 4: mapping key "image" already '
                "defined at line 3\n"
            ),
            'c.yml:4: mapping key "image" already defined at line 3',
        ),
        (
            (
                "error while interpolating services.a.environment.M: required variable "
                "MUST is missing a value: need it\n"
            ),
            "c.yml:7: required variable MUST is missing a value: need it",
        ),
        (
            "validating /x/c.yml: services.a Additional property imag is not allowed\n",
            "c.yml:5: services.a Additional property imag is not allowed",
        ),
        (
            "validating /x/c.yml: services.a.environment must be a mapping\n",
            "c.yml:6: services.a.environment must be a mapping",
        ),
        (
            'service "a" depends on undefined service "zz": invalid compose project\n',
            (
                'c.yml:9: service "a" depends on undefined service "zz": invalid '
                "compose project"
            ),
        ),
        (
            'service "a" refers to undefined volume dat: invalid compose project\n',
            (
                'c.yml:8: service "a" refers to undefined volume dat: invalid compose '
                "project"
            ),
        ),
        (
            "failed to read /x/.env: line 3: key cannot contain a space\n",
            ".env:3: key cannot contain a space",
        ),
        (
            "open /x/no.yml: no such file or directory\n",
            "there is no /x/no.yml",
        ),
        (
            'failed to read /my own/.env: line 4: unterminated quoted value "hunter2\n',
            ".env:4: unterminated quoted value ...",
        ),
        (
            (
                'failed to read /x/.env: line 4: unexpected character "-" in variable '
                'name near "A-B=hunter2\\n"\n'
            ),
            ".env:4: unexpected character ...",
        ),
        ("Invalid containerPort: b\n", "Invalid containerPort: b"),
        (WARNING, "docker compose config failed and said nothing"),
        (WARNING + "empty compose file\n", "empty compose file"),
    ],
)
def test_explains(said: str, told: str) -> None:
    assert explain(said, {"c.yml": TEXT}, {}) == told


def test_names_the_variable_of_a_port_that_is_no_number() -> None:
    files = {"c.yml": "services:\n  a:\n    ports:\n      - ${PORT:-8000}:80\n"}
    told = explain("invalid hostPort: abc\n", files, {"PORT": "abc"})
    assert told == "c.yml:4: invalid hostPort: abc, from ${PORT:-8000}:80"


def test_names_the_file_of_several_that_is_no_yaml() -> None:
    files = {"a.yml": TEXT, "b.yml": "services:\n  a: [\n"}
    said = "yaml: line 2: did not find expected node content\n"
    assert explain(said, files, {}).startswith("b.yml:2: ")


def test_names_each_variable_that_compose_warns_of_once() -> None:
    assert warned(WARNING * 3 + WARNING.replace("BAR", "FOO")) == ("BAR", "FOO")
    assert warned("nothing") == ()
