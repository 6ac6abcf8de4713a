"""Whatever the secret, however it is written or cut: it does not come out."""

from __future__ import annotations

import base64
import json
import re
import string
from collections.abc import Callable
from functools import lru_cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.core.redact import TOKEN, Redactor, values
from tasks.core.redact import redactor as redacting
from tasks.core.redact import stream as streaming
from tasks.core.redact.keys import word_set
from tasks.core.redact.learn import is_common
from tasks.core.redact.made_up import FORMS

from .redacting import corpus, redactor


def is_one(text: str) -> bool:
    """Leave out what docs/redaction.md says is replaced beside its key only."""
    raw = text.encode()
    none = values.is_unset(raw) or values.is_reference(raw) or is_common(text, {"demo"})
    return text == text.strip() and not none


#: Secrets of every kind of character that a form writes in its own way.
secrets = st.text(
    alphabet=string.ascii_letters
    + string.digits
    + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ äß€𝄞",
    min_size=8,
    max_size=40,
).filter(lambda text: len(re.findall(r"[0-9A-Za-z]", text)) >= 6 and is_one(text))
#: Forms that hold the whole secret in one line.
WHOLE = sorted(
    set(FORMS) - {"head", "b64lines", "halves", "reversed", "zlib", "hexdump"}
)
#: Cut inside a character, these are no longer a form of the secret.
LOSSY = {"upper", "lower", "latin_url", "octal", "unicode", "htmlnum"}

#: What the finders look for, to be put together at random.
FRAGMENTS = (
    *sorted(
        word_set(
            r"""
            password token= 'x' " secret: { } , key [ ] & = : \ Bearer Basic eyJ
            abc123DEF456 @ example.com // :// %3D PASSWORD ${ ( ) <value> INSERT INTO
            VALUES --token AUTH is -----BEGIN PRIVATE KEY----- name= value= cookie: ;
            -----END RSA PRIVATE KEY----- postgres://a:b@ a=b \u0022 &quot; %22 | >
            => := ${X:-y} #1] [secret:x#1] [31m Authorization: api-key password) _pat=
            """
        )
    ),
    *("\n", "\t", "\r\n", "\x1b[31m", " "),
)

#: ``--hypothesis-profile=random`` takes other examples each time, and more.
PROPERTY = settings(deadline=None)


def knowing(secret: str, *, plain: bool = False) -> Redactor:
    sources = [(".env", "SOME_PASSWORD", secret), (".env", "APP_NAME", "demo")]
    return Redactor.learn(sources, plain=plain)


@lru_cache
def shapes_only() -> Redactor:
    return Redactor.learn()


@PROPERTY
@given(
    secret=secrets,
    form=st.sampled_from(WHOLE),
    before=st.sampled_from(["", "x=", "é "]),
)
@example(secret="pässwörd-1234 ", form="latin_url", before="")
@example(secret="aaaaaaaa", form="b64at1", before="")
@example(secret="0:0:0:0;0`1", form="htmlnum", before="")
@example(secret="a!b!c!d!e!f!", form="url2", before="x=")
def test_no_form_of_a_secret_comes_out(secret: str, form: str, before: str) -> None:
    if form in LOSSY and not secret.isascii():
        return
    redact = knowing(secret.strip())
    written = FORMS[form](secret.strip())
    text = redact.text(f"log line {before}{written} and more")
    assert "SOME_PASSWORD" in text
    assert written not in text
    assert TOKEN.sub("", text).count(secret.strip()) == 0


@PROPERTY
@given(secret=secrets, user=st.text(string.ascii_lowercase, min_size=1, max_size=9))
def test_no_base64_around_a_secret_tells_it(secret: str, user: str) -> None:
    whole = base64.b64encode(f"{user}:{secret}".encode()).decode()
    text = knowing(secret).text(f"Header {whole}!")
    for size in (4, 8):
        assert whole[-size - 4 : -4] not in TOKEN.sub("", text)


@PROPERTY
@given(data=st.data(), secret=secrets)
def test_a_secret_over_chunk_boundaries_does_not_come_out(
    data: st.DataObject, secret: str
) -> None:
    redact = knowing(secret)
    line = json.dumps({"a": secret, "b": "x" * 30}).encode()
    whole = b"\n".join([b"first line", line, secret.encode(), b"last"])
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=12).map(sorted))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert b"".join(redact.stream(pieces)) == redact.data(whole)
    assert secret.encode() not in b"".join(redact.stream(pieces))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that whatever is in the corpus lies over their borders."""
    monkeypatch.setattr(streaming, "BLOCK", 96 * 1024)
    monkeypatch.setattr(streaming, "OVERLAP", 16 * 1024)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("newline", ["\n", " ¦ "], ids=["lines", "one long line"])
def test_whatever_lies_over_a_block_border_goes(newline: str) -> None:
    redact, known = redactor(), corpus()
    plants = [
        p for p in known.plants if p.shape.startswith(("env", "learned", "jwt", "bea"))
    ]
    singles = {p.text: redact.text(p.text) for p in plants if "\n" not in p.text}
    for start in range(0, 3000, 397):
        filler = "." * (96 * 1024 - 16 * 1024 - start)
        whole = filler + newline + newline.join(singles) + newline + filler * 2
        out = b"".join(redact.stream([whole.encode()])).decode()
        for plant in plants:
            if plant.text in singles:
                assert not any(s in out for s in plant.secrets if len(s) > 8), plant


@PROPERTY
@given(text=st.text(max_size=300))
def test_text_without_secrets_survives(text: str) -> None:
    """Random text holds none; a shape that matches it is too loose."""
    out = shapes_only().text(text)
    if out != text:
        assert "[email#" in out or re.search(r"[@=:'\"]", text)


@PROPERTY
@given(data=st.binary(max_size=400))
def test_bytes_without_secrets_survive(data: bytes) -> None:
    out = shapes_only().data(data)
    assert out == data or b"#" in out


@PROPERTY
@given(
    words=st.lists(st.sampled_from(FRAGMENTS), max_size=40),
)
def test_fragments_never_break_anything(words: list[str]) -> None:
    """Both prefilters agree, and the output is redacted once and for all."""
    text = " ".join(words) + "".join(words)
    fast, slow = pair()
    out = fast.text(text)
    assert slow.text(text) == out
    assert fast.text(out) == out


@pytest.mark.parametrize(
    "text",
    [
        "postgres://Set-Cookie:_pat=pass@ :// Set-Cookie:&quot;{=key:://KEY----- 'x'@",
        'Set-Cookie:user:api-key//"${X:-y}--tokena=bPASSWORD \n:= a@b.example',
        "x'Set-Cookie:Zx9mQ2rT7LpWAuthorization:\x1b[31mZx9mQ2rT7LpWhunter2token=code",
    ],
)
def test_what_a_token_makes_of_its_neighbours_goes_as_well(text: str) -> None:
    out = redactor().text(text)
    assert redactor().text(out) == out


def test_what_never_comes_to_rest_goes_by_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redacting, "ROUNDS", 0)
    out = shapes_only().text("first\nsecond password=hunter22 and more\nthird\n")
    assert re.fullmatch(r"first\n\[secret:line#\d+\]\nthird\n", out)


def test_a_secret_in_every_line_gets_the_token_it_has_in_one() -> None:
    secret = "kT7wZ2qLr5Tn9vXe"
    one = knowing(secret)
    lines = [f"{n} db postgresql://app:{secret}@db/x p='{secret}'" for n in range(99)]
    lines.append(
        f"inner x{secret}y {secret.lower()} {base64.b64encode(secret.encode())!r}"
    )
    assert one.text("\n".join(lines)) == "\n".join(map(one.text, lines))


@pytest.mark.parametrize("secret", ["personal", "Secret:", "[email#"])
def test_a_secret_that_stands_in_every_token_goes_beside_its_key_only(
    secret: str,
) -> None:
    once = knowing(secret).text(f"SOME_PASSWORD='{secret}' and password=x9y8z7w6")
    assert TOKEN.sub("~", once) == "SOME_PASSWORD='~' and password=~"
    assert knowing(secret).text(once) == once


@lru_cache
def pair() -> tuple[Redactor, Redactor]:
    return redactor(), redactor(plain=True)


@pytest.mark.parametrize("form", WHOLE)
def test_each_form_has_the_token_of_the_plain_secret(form: str) -> None:
    """Equal secrets, equal tokens, so a mismatch between two services shows."""
    if form in ("upper", "lower"):
        pytest.skip("another case is another secret")
    secret = "Tr0ub4dor&3/x+y=\"z'"
    redact = knowing(secret)
    write: Callable[[str], str] = FORMS[form]
    tokens = TOKEN.findall(redact.text(f"{secret} and {write(secret)} "))
    assert len(tokens) == 2
    assert tokens[0] == tokens[1]
