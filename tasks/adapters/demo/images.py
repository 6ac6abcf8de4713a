"""Gets the base images: official ones where they can be pulled, else stand-ins.

The stand-ins are built from Debian's packages (``demo/images/README.md``) and
rebuilt only when something that they are made from has changed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import Stop
from ...core.machine import apt, baseimages
from ...core.machine.baseimages import LABEL, ROOT, Base
from ...core.sources import envfile
from .. import engine, runner
from . import machine, packages

Say = Callable[[str], None]

#: Seconds in which a registry must begin to hand over an image.
PROBE_SECONDS = 10.0
DIRECTORY = "demo/images"
_TOOL = "mmdebstrap"


def ensure(
    root: Path, environ: Mapping[str, str], say: Say, on_line: Say
) -> dict[str, str]:
    """Make sure that every base image is there.

    Args:
        root: the stack's directory.
        environ: what Compose would interpolate with now.
        say: is given each line that the user should read.
        on_line: is given each line that a pull or a build prints.

    Returns:
        The keys of ``.env`` that name the images, with their values.

    Raises:
        Stop: they can neither be pulled nor built here.
    """
    catalogue = _catalogue(root)
    overlay = machine.files_for(catalogue[ROOT]["suite"])
    bases = _bases(root, catalogue, overlay)
    docker = engine.connect()

    def present() -> dict[str, str]:
        names = {name for base in bases for name in (base.official, base.stand_in)}
        images = {name: docker.image(name) for name in names}
        return {name: _label(found) for name, found in images.items() if found}

    plan = baseimages.plan(bases, environ, present())
    if not plan.missing:
        return plan.use
    refusal = _pull(plan.missing, say, on_line)
    if not refusal:
        return plan.use | {base.variable: base.official for base in plan.missing}
    _may_build(plan.missing, refusal)
    say(f"official images can't be pulled ({refusal});")
    say("  building local stand-ins from Debian's packages")
    root_image = _root(root, catalogue, overlay)
    if _label(docker.image(root_image.stand_in)) != root_image.content:
        _build_root(root, catalogue, root_image, overlay, on_line)
    _build(root, plan.missing, on_line)
    return plan.use | {base.variable: base.stand_in for base in plan.missing}


def _catalogue(root: Path) -> dict[str, dict[str, Any]]:
    import tomllib

    return tomllib.loads((root / DIRECTORY / "images.toml").read_text())


def _bases(
    root: Path,
    catalogue: Mapping[str, Mapping[str, Any]],
    overlay: Mapping[str, bytes],
) -> list[Base]:
    official = envfile.values((root / ".env.example").read_text())
    base_content = _root(root, catalogue, overlay).content
    return [
        Base(
            name=name,
            variable=entry["variable"],
            official=official[entry["variable"]],
            stand_in=entry["stand_in"],
            content=baseimages.digest([base_content, *_files(root / DIRECTORY / name)]),
        )
        for name, entry in catalogue.items()
        if name != ROOT
    ]


def _root(
    root: Path,
    catalogue: Mapping[str, Mapping[str, Any]],
    overlay: Mapping[str, bytes],
) -> Base:
    entry = catalogue[ROOT]
    made_of: list[bytes | str] = [json.dumps(dict(entry))]
    made_of += _files(root / DIRECTORY / ROOT)
    for path in sorted(overlay):
        made_of += [path, overlay[path]]
    return Base(ROOT, "", "", entry["stand_in"], baseimages.digest(made_of))


def _files(directory: Path) -> list[bytes | str]:
    found: list[bytes | str] = []
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            found += [str(path.relative_to(directory)), path.read_bytes()]
    return found


def _label(image: Mapping[str, Any] | None) -> str:
    labels = (image or {}).get("Config", {}).get("Labels") or {}
    return str(labels.get(LABEL, ""))


def _pull(missing: tuple[Base, ...], say: Say, on_line: Say) -> str:
    """Pull the official images; return why that can't be done, or nothing.

    The first pull is the probe: the engine's own way to the registry is what
    counts, with its mirrors and proxies, and nothing is fetched in vain.
    """
    first, *_ = missing
    probe = runner.run(("docker", "pull", first.official), timeout=PROBE_SECONDS)
    if not probe.ok and "Pulling from" not in probe.out:
        if probe.code == runner.TIMED_OUT:
            return f"no answer within {PROBE_SECONDS:.0f} s"
        return _short(probe.last_error)
    say(f"pulling {', '.join(base.official for base in missing)}")
    for base in missing:
        done = runner.stream(("docker", "pull", base.official), on_line=on_line)
        if not done.ok:
            return _short(done.last_error)
    return ""


def _short(error: str) -> str:
    """Return an engine's error without what leads up to the cause."""
    return error.rpartition(": ")[2].strip() or error


def _may_build(missing: tuple[Base, ...], refusal: str) -> None:
    if not packages.may_install():
        raise Stop(
            f"{missing[0].official} can't be pulled ({refusal}), and stand-ins are "
            "built on Debian and Ubuntu only, as root",
            f"look at the network: docker pull {missing[0].official}",
        )


def _build_root(
    root: Path,
    catalogue: Mapping[str, Mapping[str, Any]],
    base: Base,
    overlay: Mapping[str, bytes],
    on_line: Say,
) -> None:
    """Build the root of the stand-ins: a minimal system and what reaches out."""
    entry = catalogue[ROOT]
    if not shutil.which(_TOOL):
        packages.install((_TOOL, "debian-archive-keyring"), on_line=on_line)
    # Not /tmp, which may be memory.
    with tempfile.TemporaryDirectory(prefix="unstuck-", dir="/var/tmp") as name:
        context = Path(name)
        for path, data in overlay.items():
            target = context / "machine" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        _bootstrap(context, entry, on_line)
        argv = (
            *("docker", "build", "--progress", "plain", "--tag", base.stand_in),
            *("--label", f"{LABEL}={base.content}"),
            *("--file", str(root / DIRECTORY / ROOT / "Dockerfile"), str(context)),
        )
        _must(argv, root, on_line)


def _bootstrap(context: Path, entry: Mapping[str, Any], on_line: Say) -> None:
    """Write ``rootfs.tar``: debootstrap's result, in less than half its time.

    The system is fetched the way APT reaches the mirrors on this machine; on
    Ubuntu from the tool's own default mirror.
    """
    conf = context / "machine/etc/apt/apt.conf.d/99machine"
    argv = [
        *(_TOOL, "--variant=apt", "--components=main", "--format=tar"),
        f"--include={','.join(entry['packages'])}",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in entry["exclude"]),
        f"--aptopt={conf}",
        *(entry["suite"], str(context / "rootfs.tar")),
    ]
    if sources := machine.suite_sources(entry["suite"]):
        listed = context / "debian.sources"
        # The overlay brings the same list, without any login.
        argv.insert(1, "--customize-hook=rm -f $1/etc/apt/sources.list.d/*")
        listed.write_text("\n".join(apt.deb822(s, logins=True) for s in sources))
        argv.append(str(listed))
    _must(tuple(argv), context, on_line)


def _build(root: Path, bases: tuple[Base, ...], on_line: Say) -> None:
    """Build stand-ins side by side."""
    document = baseimages.bake_file(bases, DIRECTORY)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(document, file)
        file.flush()
        argv = ("docker", "buildx", "bake", "--load", "--progress", "plain")
        _must((*argv, "--file", file.name), root, on_line)


def _must(argv: tuple[str, ...], cwd: Path, on_line: Say) -> None:
    done = runner.stream(argv, on_line=on_line, cwd=cwd)
    if not done.ok:
        errors = [line for line in done.out.splitlines() if "ERROR" in line]
        quoted = errors[-1] if errors else done.last_error
        raise Stop(f"{argv[0]} {argv[1]} failed: {quoted}", " ".join(argv))
