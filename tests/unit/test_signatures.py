"""The shipped signatures keep the rules, and each recognises its own samples."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tasks.adapters.store import Directory
from tasks.core.docs import signatures as signature_docs
from tasks.core.signatures import catalogue
from tasks.core.signatures.catalogue import Signature, SignatureError
from tasks.core.signatures.matcher import Matcher

SHIPPED = catalogue.load()
MATCHER = Matcher(SHIPPED)
BY_ID = {signature.id: signature for signature in SHIPPED}
SAMPLES = [
    pytest.param(signature, sample, id=f"{signature.id}-{number}")
    for signature in SHIPPED
    for number, sample in enumerate(signature.samples)
]


@pytest.mark.parametrize(("signature", "sample"), SAMPLES)
def test_a_sample_gives_exactly_its_diagnosis(
    signature: Signature, sample: str
) -> None:
    hits = list(MATCHER.scan([sample]))
    assert {hit.signature_id for hit in hits} == {signature.id}
    for hit in hits:
        sentence = signature.sentence(hit.groups)
        assert "{" not in sentence
        assert all(hit.groups.values()), hit.groups


@pytest.mark.parametrize("signature", SHIPPED, ids=lambda s: s.id)
def test_a_shipped_signature_keeps_the_rules(signature: Signature) -> None:
    assert catalogue.violations(signature) == []


@pytest.mark.parametrize("signature", SHIPPED, ids=lambda s: s.id)
def test_every_pattern_is_shown_by_a_sample(signature: Signature) -> None:
    lines = [line for sample in signature.samples for line in sample.splitlines()]
    for pattern in signature.patterns:
        expression = re.compile(pattern.encode(), re.MULTILINE)
        assert any(expression.search(line.encode()) for line in lines), pattern


@pytest.mark.parametrize("signature", SHIPPED, ids=lambda s: s.id)
def test_no_pattern_captures_a_secret(signature: Signature) -> None:
    secret = re.compile(r"\(\?P<\w*(pass|secret|token|key|dsn|url)\w*>", re.IGNORECASE)
    assert not [p for p in signature.patterns if secret.search(p)]


@pytest.mark.parametrize("signature", SHIPPED, ids=lambda s: s.id)
def test_data_is_never_destroyed_on_the_word_of_a_log_line(
    signature: Signature,
) -> None:
    assert signature.fix != "fix.nuke"


def test_a_file_holds_one_category() -> None:
    for path in sorted(catalogue.DIRECTORY.glob("*.toml")):
        assert {s.category for s in catalogue.read(path)} == {path.stem}


def test_there_are_enough_and_no_sample_is_used_twice() -> None:
    assert len(SHIPPED) >= 90
    samples = Counter(sample for s in SHIPPED for sample in s.samples)
    assert [sample for sample, times in samples.items() if times > 1] == []


def table(**changes: object) -> str:
    """One signature table as text, valid unless changed."""
    fields: dict[str, object] = {
        "id": "own-failure",
        "category": "code",
        "confidence": "likely",
        "patterns": ["flux capacitor (?P<state>[a-z]+)"],
        "cause": "The flux capacitor is {state}",
        "roles": ["backend"],
        "advice": "Replace it",
        "reference": "https://example.org/flux",
        "samples": ["flux capacitor empty"],
    }
    fields |= changes
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[signature]]", *lines, ""])


def test_a_users_file_is_merged(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(table(), "utf-8")
    merged = catalogue.load([path])
    assert [s.id for s in merged] == [*BY_ID, "own-failure"]
    hit = next(Matcher(merged).scan(["the flux capacitor empty!"]))
    assert merged[-1].sentence(hit.groups) == "The flux capacitor is empty"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patterns": ["(a+)+ capacitor"]}, "not linear"),
        ({"patterns": ["capacitor(?=x)"]}, "look-around"),
        ({"patterns": [r"(?P<state>x)capacitor\1"]}, "a back-reference"),
        ({"patterns": ["(?P<state>a) cap"]}, "no literal of 6"),
        ({"patterns": ["capacitor (unclosed"]}, "not a regular expression"),
        ({"patterns": ["(?i)capacitor"]}, "inline flags"),
        ({"patterns": ["(?s:.)capacitor"]}, "flags other than i"),
        ({"patterns": [r"capacitor\Z"]}, r"\A or \Z"),
        ({"patterns": ["capacitor.*(?P<state>x)"]}, "unbounded `.`"),
        ({"patterns": [r"(?P<state>\S+) capacitor"]}, "at its beginning"),
        ({"patterns": ["flux capacitor"]}, "does not capture 'state'"),
        ({"above": "(unclosed"}, "above is not a regular expression"),
        ({"unless": "(unclosed"}, "unless is not a regular expression"),
        ({"fix": "fix.everything"}, "unknown fix 'fix.everything'"),
        ({"advice": ""}, "neither fix nor advice"),
        ({"follows": ["no-such"]}, "follows unknown no-such"),
        ({"id": "numpy-abi"}, "id already used in"),
        ({"id": "Not Kebab"}, "own.toml: signature 1 (Not Kebab)"),
        ({"category": "misc"}, "own.toml: signature 1 (own-failure)"),
        ({"weight": 101}, "weight"),
        ({"patterns": []}, "patterns"),
        ({"typo": 1}, "typo"),
    ],
)
def test_a_bad_table_is_refused_by_name(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(table(**changes), "utf-8")
    with pytest.raises(SignatureError) as refusal:
        catalogue.load([path])
    assert message in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_ids_are_unique_within_a_users_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(table() + table(), "utf-8")
    with pytest.raises(SignatureError, match="own-failure: id already used"):
        catalogue.load([path])


@pytest.mark.parametrize("content", ["[[signature]", "\xff", "[other]\n"])
def test_a_file_that_is_no_signature_file_is_refused(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content, "latin-1")
    with pytest.raises(SignatureError, match=re.escape(str(path))):
        catalogue.load([path])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="absent"):
        catalogue.load([tmp_path / "absent.toml"])


def test_a_cache_gives_the_same_until_a_file_changes(tmp_path: Path) -> None:
    own, cache = tmp_path / "own.toml", tmp_path / "cache"
    own.write_text(table(), "utf-8")
    store = Directory(cache)
    before = catalogue.load([own], store)
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    assert catalogue.load([own], store) == before == catalogue.load([own])
    assert kept.stat().st_mtime_ns == written
    own.write_text(table(cause="The capacitor, {state}, broke"), "utf-8")
    assert catalogue.load([own], store)[-1].cause == "The capacitor, {state}, broke"
    kept.write_bytes(b"garbage")
    own.write_text(table(), "utf-8")
    assert catalogue.load([own], store) == before


def test_a_bad_file_is_refused_with_a_cache_too(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(table(fix="fix.everything"), "utf-8")
    for _ in range(2):
        with pytest.raises(SignatureError, match="unknown fix"):
            catalogue.load([own], Directory(tmp_path / "cache"))
    with pytest.raises(SignatureError, match="absent"):
        catalogue.load([tmp_path / "absent.toml"], Directory(tmp_path))


def test_the_reference_is_what_the_code_makes() -> None:
    path = Path(__file__).parents[2] / "docs" / "signatures.md"
    assert path.read_text("utf-8") == signature_docs.page(SHIPPED)


def test_a_rejected_request_is_no_missing_setting() -> None:
    text = (
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for Person\n"
        "name\n  Field required [type=missing, input_value={}, input_type=dict]\n"
    )
    assert list(MATCHER.scan([text])) == []


def test_every_missing_setting_is_named() -> None:
    text = (
        "backend-1  | pydantic_core.ValidationError: 2 validation errors for Settings\n"
        "backend-1  | database_url\n"
        "backend-1  |   Field required [type=missing, input_value={}]\n"
        "backend-1  |     For further information visit https://example.org\n"
        "backend-1  | secret_key\n"
        "backend-1  |   Field required [type=missing, input_value={}]\n"
    )
    named = [hit.groups["setting"] for hit in MATCHER.scan(text.splitlines())]
    assert named == ["database_url", "secret_key"]


def test_a_healthy_stacks_logs_hold_no_failure() -> None:
    path = Path(__file__).parents[1] / "fixtures" / "healthy.json"
    logs = json.loads(path.read_text("utf-8"))["logs"]
    hits = [h for log in logs for h in MATCHER.scan(log["text"].splitlines())]
    # A 307 is what the check of the API address provokes on purpose.
    assert {hit.signature_id for hit in hits} <= {"api-redirected"}
