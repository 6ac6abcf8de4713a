"""The Compose model without Compose: read when the plugin is missing or refuses.

It reads the files, fills in variables, brings short forms to long ones and
merges several files, and gives the same document as
``docker compose config --format json`` in the parts that Unstuck uses.

Not covered: ``include``, ``extends`` from another file, ``!reset`` and
``!override`` tags, ``develop``, secrets and configs, networks; no validation
against the schema. Whoever uses it says that the model is approximate.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from . import forms, interpolate

Json = dict[str, Any]
ReadEnv = Callable[[str], Mapping[str, str] | None]

_UNNAMED = "default"
#: Sequences that a later file replaces; all others it extends.
_REPLACED = frozenset({"command", "entrypoint", "test", "profiles"})


class Loaded(NamedTuple):
    """What the files say.

    Attributes:
        document: the model, shaped as Compose prints it (but no ``$`` doubled).
        errors: what could not be read, as ``file:line: why``.
    """

    document: Json
    errors: tuple[str, ...] = ()


def load(
    files: Mapping[str, str],
    environ: Mapping[str, str],
    directory: str,
    *,
    home: str = "",
    read_env: ReadEnv = lambda _: None,
) -> Loaded:
    """Return the model of ``files``, as far as it can be told; never raises.

    Args:
        files: name to text, in the order in which they are merged.
        environ: what variables are filled in with.
        directory: the project directory, absolute.
        home: the user's home directory.
        read_env: returns the keys and values of an env file, given its
            absolute path; None if there is no such file.
    """
    errors: list[str] = []
    raw = {name: _parse(name, text, errors) for name, text in files.items()}
    project = _project(raw.values(), environ, directory)
    variables = {"COMPOSE_PROJECT_NAME": project, **environ}
    merged: Json = {}
    for name, tree in raw.items():
        try:
            filled = _fill(tree, variables)
            merged = _merge(merged, _long(name, filled, directory, home, errors))
        except (ValueError, RecursionError) as error:
            errors.append(f"{name}: {error}")
    services = {
        name: service
        for name, service in _extended(merged.get("services") or {}).items()
        if _active(service, environ.get("COMPOSE_PROFILES", ""))
    }
    for name, service in services.items():
        if service.get("build"):
            service["build"].setdefault("context", directory)
            service["build"].setdefault("dockerfile", "Dockerfile")
        try:
            _environment(service, variables, read_env)
        except ValueError as error:
            errors.append(f"services.{name}: {error}")
    document = {
        "name": project,
        "services": dict(sorted(services.items())),
        "volumes": _volumes(merged.get("volumes"), services, project),
    }
    return Loaded(document, tuple(errors))


def syntax_error(name: str, text: str) -> str:
    """Return why ``text`` is no YAML, as ``file:line: why``; empty if it is."""
    errors: list[str] = []
    _parse(name, text, errors)
    return errors[0] if errors else ""


def _trees(text: str) -> list[Any]:
    """Read the documents in ``text`` with the parser in C, five times faster.

    It refuses what is YAML 1.2 and not 1.1, such as ``[8080:80]``, and its words
    for what is wrong are others: what it refuses, the one in Python reads.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return list(YAML(typ="safe").load_all(text))
    except (YAMLError, ValueError, TypeError, RecursionError, LookupError):
        return list(YAML(typ="safe", pure=True).load_all(text))


def _parse(name: str, text: str, errors: list[str]) -> Json:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        trees = _trees(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        why = str(error.problem or error.context or "no YAML").splitlines()[0]
        errors.append(f"{name}:{line}: {why}")
        return {}
    except (YAMLError, ValueError, TypeError, RecursionError, LookupError) as error:
        # ruamel lets some of its own defects out on hostile text.
        why = (str(error) or type(error).__name__).splitlines()[0]
        errors.append(f"{name}:1: {why}")
        return {}
    tree: Json = {}
    for part in trees:
        if part is not None and not isinstance(part, dict):
            errors.append(f"{name}:1: top-level object must be a mapping")
            return {}
        tree = _merge(tree, part or {})
    return tree


def _fill(node: Any, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - YAML
    if isinstance(node, dict):
        return {str(key): _fill(value, environ) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, environ) for value in node]
    if isinstance(node, str) and "$" in node:
        return interpolate.expand(node, environ).text
    return node


def _project(trees: Any, environ: Mapping[str, str], directory: str) -> str:  # noqa: ANN401
    name = environ.get("COMPOSE_PROJECT_NAME", "")
    if not name:
        named = [str(tree["name"]) for tree in trees if tree.get("name")]
        name = interpolate.expand(named[-1], environ).text if named else ""
    name = name or posixpath.basename(directory.rstrip("/"))
    return re.sub(r"[^-_a-z0-9]", "", name.lower()).lstrip("-_") or _UNNAMED


def _long(name: str, tree: Json, directory: str, home: str, errors: list[str]) -> Json:
    """Bring a file's services to their long form; leave out those that fail."""
    raw = tree.get("services") or {}
    if not isinstance(raw, dict):
        raise forms.Malformed("services must be a mapping")
    services = {}
    for key, said in raw.items():
        try:
            services[key] = forms.service(key, said, directory, home)
        except ValueError as error:
            errors.append(f"{name}: {error}")
            if isinstance(said, dict) and "ports" in said:
                # A port that is no number hides what publishes it, nothing else.
                others = {part: v for part, v in said.items() if part != "ports"}
                with suppress(ValueError):
                    services[key] = forms.service(key, others, directory, home)
    return {**tree, "services": services}


def _merge(base: Json, over: Json) -> Json:
    """Return ``over`` laid on ``base`` by Compose's rules.

    https://docs.docker.com/reference/compose-file/merge/
    """
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = _merge(below, value)
        elif isinstance(below, list) and isinstance(value, list):
            merged[key] = value if key in _REPLACED else _joined(key, below, value)
        elif value is not None or key not in merged:
            merged[key] = value
    return merged


def _joined(key: str, below: list[Any], above: list[Any]) -> list[Any]:
    """Join two lists; the later entry wins where both mean the same thing."""

    def same(item: Any) -> object:  # noqa: ANN401 - YAML
        if not isinstance(item, dict):
            return str(item)
        if key == "volumes":
            return str(item.get("target"))
        if key == "ports":
            fields = ("host_ip", "target", "published", "protocol")
            return tuple(str(item.get(field, "")) for field in fields)
        return str(item)

    return list({same(item): item for item in (*below, *above)}.values())


def _extended(services: Json, depth: int = 0) -> Json:
    """Lay each service on the one it extends, if that is in the same files."""
    found = {}
    again = False
    for name, service in services.items():
        extends = service.get("extends")
        base = extends.get("service") if isinstance(extends, dict) else extends
        rest = {key: value for key, value in service.items() if key != "extends"}
        other = isinstance(extends, dict) and "file" in extends
        if isinstance(base, str) and not other and base in services and base != name:
            # What a service depends on and its profiles are not inherited so.
            below = {k: v for k, v in services[base].items() if k != "profiles"}
            rest = _merge(below, rest)
        again = again or "extends" in rest
        found[name] = rest
    return _extended(found, depth + 1) if again and depth < len(services) else found


def _active(service: Json, profiles: str) -> bool:
    wanted = {name.strip() for name in profiles.split(",")}
    own = set(service.get("profiles") or ())
    return not own or "*" in wanted or bool(own & wanted)


def _environment(service: Json, environ: Mapping[str, str], read_env: ReadEnv) -> None:
    """Put env files and passed-through variables into ``environment``."""
    found: dict[str, str | None] = {}
    missing = ""
    for file in service.pop("env_file", ()):
        values = read_env(file["path"])
        if values is None and file["required"]:
            missing = f"env file {file['path']} not found"
        found.update(values or {})
    for key, value in (service.get("environment") or {}).items():
        found[key] = environ.get(key) if value is None else value
    if found:
        service["environment"] = dict(sorted(found.items()))
    args = (service.get("build") or {}).get("args")
    if args:
        known = {k: environ.get(k) if v is None else v for k, v in args.items()}
        service["build"]["args"] = {k: v for k, v in known.items() if v is not None}
    if missing:
        raise forms.Malformed(missing)


def _volumes(raw: object, services: Json, project: str) -> Json:
    """Return the named volumes that a service uses, with their real names."""
    declared = raw if isinstance(raw, dict) else {}
    used = {
        str(mount.get("source"))
        for service in services.values()
        for mount in service.get("volumes") or ()
        if isinstance(mount, dict) and mount.get("type") == "volume"
    }
    found = {}
    for key, value in declared.items():
        if key not in used:
            continue
        said = value if isinstance(value, dict) else {}
        external = said.get("external")
        name = said.get("name") or (key if external else f"{project}_{key}")
        found[key] = {"name": name, **({"external": True} if external else {})}
    return found
