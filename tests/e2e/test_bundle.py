"""Bundles of a real stack: what is in them, what must not be, and replay."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.harness.breaking import derive, wait_until
from tests.harness.commands import NotUp
from tests.harness.stack import ReferenceStack

pytestmark = pytest.mark.engine

EVERY_BUNDLE = (
    "snapshot.json",
    "report.json",
    "ps.txt",
    "facts.json",
    "compose/resolved.yaml",
    "containers/stats.json",
    "engine/info.json",
    "engine/disk.json",
    "network/ports.json",
    "events.json",
    "git.json",
    "debug-note.md",
    "report.html",
    "manifest.json",
)


class Bundle:
    """One bundle, read with nothing of the product."""

    def __init__(self, path: Path, said: dict[str, Any]) -> None:
        self.path = path
        self.said = said
        with tarfile.open(path) as archive:
            self.names = archive.getnames()
            streams = {name: archive.extractfile(name) for name in self.names}
            self.files = {
                name.partition("/")[2]: stream.read()
                for name, stream in streams.items()
                if stream
            }

    def json(self, name: str) -> Any:
        return json.loads(self.files[name])

    @property
    def everything(self) -> bytes:
        out = io.BytesIO()
        for name, data in self.files.items():
            out.write(name.encode() + b"\n" + data + b"\n")
        return out.getvalue()


def make(stack: ReferenceStack, *args: str, code: int = 0) -> Bundle:
    done = stack.inv("bundle.logs", "--json", *args)
    assert done.code == code, done.out + done.err
    said = json.loads(done.out)
    return Bundle(Path(said["path"]), said)


def secrets(stack: ReferenceStack) -> dict[str, str]:
    """Return the stack's own secrets, by the keys that hold them."""
    return {
        key: value
        for key, value in stack.env.items()
        if value and any(word in key for word in ("PASSWORD", "SECRET"))
    }


def forms(secret: str) -> set[bytes]:
    """Return what a secret may look like: base64 at each of its alignments too."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), quote_plus(secret).encode()}
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # Without the ends, whose characters hold bits of the neighbours too.
            found.add(encode(b"x" * shift + raw)[4:-4])
    found.add(json.dumps(secret)[1:-1].encode())
    found.add(raw.hex().encode())
    return found


def database_log(bundle: Bundle) -> bytes:
    return next(d for n, d in bundle.files.items() if n.startswith("logs/db/"))


@pytest.fixture(scope="module")
def healthy(stack: ReferenceStack) -> Bundle:
    stack.reset()
    # What a careless query does: the password in the log, in several encodings.
    word = stack.env["DB_PASSWORD"]
    both = base64.b64encode(f"me:{word}".encode()).decode()
    for text in (f"dsn postgresql://u:{word}@db/x", f"basic {both}", quote(word)):
        with suppress(NotUp):  # it is no number, says the database
            stack.psql(f"select '{text}'::int")
    return make(stack)


def test_it_holds_what_the_next_five_questions_ask(
    healthy: Bundle, stack: ReferenceStack
) -> None:
    assert set(EVERY_BUNDLE) <= healthy.files.keys()
    for service in ("backend", "frontend", "db", "redis"):
        assert any(n.startswith(f"logs/{service}/") for n in healthy.files), service
    assert healthy.path.parent == stack.root / "bundles"
    assert healthy.path.stat().st_mode & 0o777 == 0o600
    assert {n.partition("/")[0] for n in healthy.names} == {
        healthy.path.name.removesuffix(".tar.gz")
    }
    assert healthy.json("facts.json")["rows"]["people"] > 0
    assert healthy.json("git.json")["commit"]


def test_the_manifest_tells_times_sizes_and_digests(healthy: Bundle) -> None:
    import hashlib

    manifest = healthy.json("manifest.json")
    assert manifest["cut"] == []
    assert {part["outcome"] for part in manifest["parts"]} == {"whole"}
    listed = {file["name"]: file for file in manifest["files"]}
    assert listed.keys() == healthy.files.keys() - {"manifest.json"}
    for name, file in listed.items():
        data = healthy.files[name]
        assert (file["size"], file["sha256"]) == (
            len(data),
            hashlib.sha256(data).hexdigest(),
        )


def test_no_byte_of_it_is_a_secret_of_the_stack(
    healthy: Bundle, stack: ReferenceStack
) -> None:
    known = secrets(stack)
    assert len(known) >= 4
    everything = healthy.everything
    for key, value in known.items():
        for form in forms(value):
            assert form not in everything, key
    log = database_log(healthy)
    assert b"dsn postgresql://u:[secret:DB_PASSWORD#" in log
    assert b"basic [secret:" in log


def test_equal_secrets_have_equal_tokens(healthy: Bundle) -> None:
    token = rb"(\[secret:[^\]]+\])"
    resolved = healthy.files["compose/resolved.yaml"]
    tokens = {
        *re.findall(rb"POSTGRES_PASSWORD: " + token, resolved),
        *re.findall(rb"dsn postgresql://u:" + token + b"@db", database_log(healthy)),
    }
    assert len(tokens) == 1


def test_verify_finds_nothing_and_show_tells_the_verdict(
    healthy: Bundle, stack: ReferenceStack
) -> None:
    done = stack.inv("bundle.verify", str(healthy.path))
    assert done.code == 0, done.out
    shown = stack.inv("bundle.show", str(healthy.path))
    assert shown.code == 0
    verdict = healthy.json("manifest.json")["verdict"]
    assert " ".join(verdict.split()[:4]) in " ".join(shown.out.split())
    # A path, and a command with one, stays whole to be copied.
    lines = [line for line in shown.out.splitlines() if healthy.path.name not in line]
    assert max(map(len, lines)) <= 80


def replayed(stack: ReferenceStack, bundle: Bundle) -> dict[str, Any]:
    """Check a bundle where there is no Docker."""
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    path = str(bundle.path)
    done = stack.inv("check.all", "--json", "--replay", path, env=nowhere)
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_a_replay_says_what_was_said_where_it_was_made(
    healthy: Bundle, stack: ReferenceStack
) -> None:
    assert replayed(stack, healthy) == healthy.json("report.json")


@pytest.fixture(scope="module")
def looping(stack: ReferenceStack, healthy: Bundle) -> Iterator[Bundle]:
    del healthy  # made before the stack is broken
    derive(stack, "backend", "RUN pip install --no-deps --quiet numpy==2.2.6")
    stack.compose("up", "-d")
    wait_until(stack, "backend", lambda found: found["RestartCount"] > 1)
    yield make(stack)
    stack.reset()


def test_the_crash_loop_is_told_with_its_previous_run(looping: Bundle) -> None:
    report = looping.json("report.json")
    assert report["exit_code"] == 1
    assert report["diagnoses"][0]["category"] == "dependency"
    previous = next(d for n, d in looping.files.items() if n.endswith("previous.log"))
    assert b"numpy" in previous
    note = looping.files["debug-note.md"].decode()
    assert "numpy" in note.splitlines()[0]
    assert "crash loop" in note.partition("## ps")[2]
    assert "ValueError" in note.partition("## Last")[2]


def test_the_crash_loop_replays_too(looping: Bundle, stack: ReferenceStack) -> None:
    assert replayed(stack, looping) == looping.json("report.json")


def test_a_triage_of_the_bundle_is_the_triage_of_the_stack(
    looping: Bundle, stack: ReferenceStack
) -> None:
    """Diagnoses, services, counts and fixes, field by field, as it goes on crashing."""
    del looping  # the stack crashes while it is there
    for tries in range(6):
        before = [said_of(stack, *command) for command in REPLAYED]
        bundle = make(stack, "--no-html")
        after = [said_of(stack, *command) for command in REPLAYED]
        if lasting(before) == lasting(after) or tries == 5:
            break  # else it was seen once up and once down: look again
    replays = [
        said_of(stack, *command, "--replay", str(bundle.path), env=NOWHERE)
        for command in REPLAYED
    ]
    assert lasting(replays) == lasting(after)
    counts = [restarts(said[0]) for said in (before, replays, after)]
    assert counts[1].keys() == counts[2].keys()
    for service, count in counts[1].items():
        assert counts[0].get(service, 0) <= count <= counts[2][service]
    triage, report = replays
    assert triage["diagnoses"]
    assert triage["services"]
    assert report["checks"]


#: What is said of a stack and of a bundle.
REPLAYED = (("triage", "--json"), ("check.all", "--json"))
NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
#: What a container that comes and goes changes from look to look.
_PASSING = {
    "seconds", "evidence", "state", "exit_code", "meaning", "since", "time", "summary",
    "consequences", "restarts",
}  # fmt: skip
_COUNTED = re.compile(r"\d+ (?:times|restarts)|\d\d:\d\d:\d\d[.,\d]*Z?|0x[0-9a-f]+")


def said_of(
    stack: ReferenceStack, *args: str, env: dict[str, str] | None = None
) -> Any:
    """Return what a task says as JSON."""
    done = stack.inv(*args, env=env)
    assert done.code == 1, done.out + done.err
    return json.loads(done.out)


def restarts(triage: Any) -> dict[str, int]:
    return {one["service"]: one["restarts"] for one in triage["containers"]}


def lasting(value: Any) -> Any:
    """Return a document but for what passes."""
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in _PASSING}
    if isinstance(value, list):
        return [lasting(one) for one in value]
    return _COUNTED.sub("~", value) if isinstance(value, str) else value


def test_one_log_as_text(healthy: Bundle, stack: ReferenceStack) -> None:
    del healthy
    done = stack.inv("bundle.logs", "--plain")
    assert done.code == 0, done.err
    log = stack.root / "bundles" / "backend.log"
    assert log.stat().st_mode & 0o777 == 0o600
    assert secrets(stack)["DB_PASSWORD"] not in log.read_text()


def test_an_estimate_writes_nothing(stack: ReferenceStack, tmp_path: Path) -> None:
    out = str(tmp_path / "none")
    done = stack.inv("bundle.logs", "--estimate", "--json", "--out", out)
    assert done.code == 0, done.err
    assert json.loads(done.out)["raw"] > 0
    assert not (tmp_path / "none").exists()


def test_without_an_engine_there_is_still_a_bundle(stack: ReferenceStack) -> None:
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    done = stack.inv("bundle.logs", "--json", env=nowhere)
    assert done.code == 3, done.err
    said = json.loads(done.out)
    bundle = Bundle(Path(said["path"]), said)
    for name in ("snapshot.json", "report.json", "git.json", "debug-note.md"):
        assert name in bundle.files
    missing = {cut["what"] for cut in bundle.json("manifest.json")["cut"]}
    assert {"containers", "logs", "engine"} <= missing


def test_an_unknown_service_is_wrong_usage(stack: ReferenceStack) -> None:
    done = stack.inv("bundle.logs", "--services", "nonsense")
    assert done.code == 2
    assert "the stack has no service nonsense" in done.err
