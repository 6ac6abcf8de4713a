"""Compose's complaints, with the file and line that it leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from . import file as composefile
from . import locations

_WARNED = re.compile(r'The \\?"([^"\\]+)\\?" variable is not set')
_LOG_LINE = re.compile(r'^time="[^"]*" level=(?:warning|info|debug) ')
_YAML = re.compile(r"yaml: (?:unmarshal errors:\s*)?line (\d+): (.*)", re.DOTALL)
_REQUIRED = re.compile(r"required variable (\w+) is missing a value")
_PLACE = re.compile(r"\bservices\.([A-Za-z0-9._-]+)")
_EXTRA = re.compile(r"Additional property (\S+) is not allowed")
_SERVICE = re.compile(r'service "([^"]+)" (depends on|refers to|has neither|uses)')
_ABSENT = re.compile(r"^open (.+): no such file or directory$")
_PORT = re.compile(r"^[Ii]nvalid (?:hostPort|containerPort|proto|ip address): (\S+)")
_ENV_FILE = re.compile(r"failed to read (.+?): line (\d+): (.*)", re.DOTALL)


def warned(stderr: str) -> tuple[str, ...]:
    """Return the variables that Compose warns are not set, each once."""
    return tuple(dict.fromkeys(_WARNED.findall(stderr)))


def explain(stderr: str, files: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return why Compose refuses, in its words, with ``file:line`` where known.

    Args:
        stderr: all that it said there.
        files: the Compose files, name to text.
        environ: what it interpolates with.
    """
    lines = [line for line in stderr.splitlines() if not _LOG_LINE.match(line)]
    words = " ".join(line.strip() for line in lines if line.strip())
    if not words:
        return "docker compose config failed and said nothing"
    words = re.sub(r"^validating \S+: ", "", words)
    if env_file := _ENV_FILE.search(words):
        path, line, why = env_file.groups()
        return f"{path.rsplit('/', 1)[-1]}:{line}: {_without_value(why)}"
    if yaml := _YAML.search(words):
        name = _yaml_file(files)
        return f"{name}:{yaml.group(1)}: {yaml.group(2).strip()}"
    if absent := _ABSENT.match(words):
        return f"there is no {absent.group(1)}"
    if port := _PORT.match(words):
        return _named(port.group(1), words, files, environ)
    place = _place(words, files, environ)
    words = re.sub(r"^error while interpolating \S+: ", "", words)
    return f"{place}: {words}" if place else words


def _named(
    port: str, words: str, files: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    """Return the line and the variable that a port which is none comes from."""
    for name, line, value, filled in locations.variables(files, environ):
        if port in re.split(r"[:/]", filled):
            return f"{name}:{line}: {words}, from {value}"
    return words


def _without_value(why: str) -> str:
    """Return what is wrong with a line without what it quotes of it: a secret."""
    words, quote, _ = why.partition('"')
    return f"{words.strip()} ..." if quote else words.strip()


def _yaml_file(files: Mapping[str, str]) -> str:
    """Return the file that is no YAML: Compose names the line only."""
    if len(files) > 1:
        for name, text in files.items():
            if composefile.syntax_error(name, text):
                return name
    return next(iter(files), "the Compose file")


def _place(words: str, files: Mapping[str, str], environ: Mapping[str, str]) -> str:
    if required := _REQUIRED.search(words):
        for variable in locations.unset(files, environ):
            if variable.required and variable.name == required.group(1):
                return f"{variable.file}:{variable.line}"
    found = locations.locations(files)
    key = ""
    if place := _PLACE.search(words):
        key = place.group(1).rstrip(".")
        if extra := _EXTRA.search(words):
            key = f"{key}.{extra.group(1)}"
    elif service := _SERVICE.search(words):
        part = {"depends on": "depends_on", "refers to": "volumes"}
        key = ".".join(filter(None, (service.group(1), part.get(service.group(2)))))
    # The nearest thing that has a line: services.a.ports.0 may have none.
    while key:
        if key in found:
            return found[key]
        key = key.rpartition(".")[0]
    return ""
