"""A secret leaves the process in no form: raw, encoded, encoded twice, cut, printed, copied or pickled."""

from __future__ import annotations

import base64
import copy
import functools
import html
import json
import pickle
import quopri
import re
import threading
import time
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from conformance.redaction import VAULT, Secret, Vault
from tests.examples import examples
from tests.traced import cpu_seconds

TOKEN = "00D000000000001!AQ4AQ.made-up/token+value_1234567890=="

type Encoding = Callable[[str], str]


def percent_all(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def unicode_escaped(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2))


def base64_at(offset: int, alphabet: Callable[[bytes], bytes] = base64.b64encode) -> Encoding:
    return lambda text: alphabet(b"\xa5" * offset + text.encode() + b"\x5a" * offset).decode()


ENCODINGS: dict[str, Encoding] = {
    "raw": str,
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "percent, slash kept": urllib.parse.quote,
    "percent, lower case": lambda text: re.sub("%..", lambda code: code[0].lower(), urllib.parse.quote(text, safe="")),
    "form": urllib.parse.quote_plus,
    "percent, all of it": percent_all,
    "base64": base64_at(0),
    "base64, shifted by 1": base64_at(1),
    "base64, shifted by 2": base64_at(2),
    "base64 for URLs": base64_at(0, base64.urlsafe_b64encode),
    "base64 for URLs, no padding": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case, shifted": lambda text: "F" + text.encode().hex().upper() + "0",
    "JSON": json.dumps,
    "JSON, not ASCII": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON, slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "unicode escapes": unicode_escaped,
    "HTML": html.escape,
    "HTML references": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML references in hex": lambda text: "".join(f"&#x{ord(char):X};" for char in text),
    "repr": repr,
    "ascii": ascii,
    "repr of bytes": lambda text: repr(text.encode()),
    "Latin-1 in percent": lambda text: urllib.parse.quote(text.encode("latin-1", "replace")),
    "percent, four times": lambda text: functools.reduce(lambda t, _: urllib.parse.quote(t, safe=""), range(4), text),
    "percent with u": lambda text: unicode_escaped(text).replace("\\", "%"),
    "JSON, four times": lambda text: functools.reduce(lambda t, _: json.dumps(t), range(4), text),
    "escapes with braces": lambda text: "".join(f"\\u{{{ord(char):x}}}" for char in text),
    "octal": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "HTML, three times": lambda text: html.escape(html.escape(html.escape(text))),
    "HTML references with zeros": lambda text: "".join(f"&#{ord(char):09};" for char in text),
    "quoted-printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode(),
    "quoted-printable, all of it": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "base64, wrapped": lambda text: wrapped(base64.b64encode(b"so much before it " + text.encode()).decode(), 16, "\n"),
    "base64 of MIME": lambda text: wrapped(base64.b64encode(text.encode() * 3).decode(), 76, "\r\n\t"),
    "hex, blanks": lambda text: text.encode().hex(" "),
    "hex, colons": lambda text: text.encode().hex(":").upper(),
    "hex, wrapped": lambda text: wrapped(text.encode().hex(" ", 2), 15, "\n  "),
    "hex, as numbers": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
}


def wrapped(text: str, width: int, end: str) -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


PLAIN = st.characters(min_codepoint=0x21, max_codepoint=0x2FFF, exclude_categories=("C", "Z"))
SECRETS = st.text(PLAIN, min_size=8, max_size=80).filter(lambda text: "#" not in text)
names = st.sampled_from(sorted(name for name in ENCODINGS if "four times" not in name))


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_token_is_masked_in_each_encoding(name: str) -> None:
    vault = Vault()
    vault.register(TOKEN)
    text = vault.redact(f"before={ENCODINGS[name](TOKEN)}, after")
    assert "token#1" in text
    assert text.startswith("before=")
    assert text.endswith(", after")
    assert ENCODINGS[name](TOKEN).strip("'\"") not in text


@examples(150)
@given(SECRETS, names, names, st.sampled_from(["", "a=", "Bearer ", "{", "0", "=", "/x/"]))
def test_no_nesting_of_two_encodings_survives(secret: str, inner: str, outer: str, prefix: str) -> None:
    if not secret.isascii() and "Latin-1 in percent" in (inner, outer) and any(ord(c) > 255 for c in secret):
        return  # such a character has no form in Latin-1
    if inner == "Latin-1 in percent":
        outer = "raw" if not secret.isascii() else outer
    vault = Vault()
    label = vault.register(secret)
    encoded = ENCODINGS[outer](ENCODINGS[inner](secret))
    assert vault.labels_in(f"{prefix}{encoded}&x") == [label]
    redacted = vault.redact(f"{prefix}{encoded}&x")
    assert secret not in redacted
    assert encoded not in redacted
    assert vault.labels_in(redacted) == []


@examples(50)
@given(st.lists(SECRETS, min_size=1, max_size=20, unique=True), st.data())
def test_many_secrets_are_masked_in_one_text(secrets: list[str], data: st.DataObject) -> None:
    vault = Vault()
    for secret in secrets:
        vault.register(secret)
    shown = data.draw(st.lists(st.sampled_from(secrets), max_size=8))
    redacted = vault.redact(" | ".join(ENCODINGS[data.draw(names)](secret) for secret in shown if secret.isascii()))
    assert vault.labels_in(redacted) == []


@given(st.text())
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    vault = Vault()
    vault.register(TOKEN)
    assert vault.redact(text) == text


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_binary_data_around_a_secret_stays_as_it_is(before: bytes, after: bytes) -> None:
    vault = Vault()
    vault.register(TOKEN)
    before, after = before + b"\xff ", b" \xff" + after
    assert vault.redact_bytes(before + TOKEN.encode() + after) == before + b"token#1" + after


def test_a_secret_that_reaches_over_a_cut_is_masked() -> None:
    vault = Vault()
    vault.register(TOKEN)
    for form in (TOKEN, base64.b64encode(TOKEN.encode()).decode(), percent_all(percent_all(TOKEN))):
        for limit in range(1, len(form)):
            assert vault.redact_bytes(f"a{form}b".encode(), 1 + limit) == b"atoken#1"
    assert vault.redact_bytes(f"a{TOKEN}b".encode(), 1) == b"a"


def test_the_pair_of_http_basic_is_masked_as_a_whole() -> None:
    vault = Vault()
    vault.register("made-up-secret-1", "secret")
    label = vault.register_basic("client-one", "made-up-secret-1")
    pair = base64.b64encode(b"client-one:made-up-secret-1").decode()
    assert vault.redact(f"Authorization: Basic {pair}") in (
        f"Authorization: Basic {label}",
        f"Authorization: Basic {label}=",
    )
    assert vault.labels_in(pair) == ["basic#1", "secret#1"]


def test_the_payload_and_the_signature_of_a_jwt_are_masked_alone() -> None:
    vault = Vault()
    header, payload, signature = "eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJtYWRlLXVwIn0", "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
    vault.register(f"{header}.{payload}.{signature}")
    assert vault.redact(f"{header} {payload} {signature}") == f"{header} token#1 token#1"


def test_the_longest_secret_names_what_overlaps() -> None:
    vault = Vault()
    vault.register("abcdefgh", "short")
    vault.register("abcdefghijklmnop", "long")
    assert vault.redact("abcdefghijklmnop abcdefgh abcdefghij") == "long#1 short#1 short#1ij"


def test_a_digit_after_a_label_stays_apart_from_it() -> None:
    vault = Vault()
    vault.register(TOKEN)
    assert vault.redact(f"{TOKEN}5") == "token#1~5"


@pytest.mark.parametrize("pin", ["pin4", "abcde", "s3cr3t", "a-7 !b"])
def test_a_short_value_is_masked_where_it_stands_alone(pin: str) -> None:
    vault = Vault()
    vault.register(pin, "pin")
    alone = [f"pin={pin}&x", f'{{"pin": "{pin}"}}', f"({pin})", pin, f"/{pin}/", percent_all(pin), json.dumps(pin)]
    alone += [base64.b64encode(form.encode()).decode() for form in (pin, f"some-user:{pin}")]
    alone += [pin.encode().hex(), f"x {pin.encode().hex(' ')}", f"{pin.encode().hex(':').upper()},"]
    assert [text for text in alone if "pin#1" not in vault.redact(text)] == []
    part_of_a_word = f"a{pin}" if pin[0].isalnum() else f"{pin}a"
    assert vault.redact(part_of_a_word) == part_of_a_word


def test_values_under_four_bytes_are_not_masked() -> None:
    vault = Vault()
    assert vault.register("GET") == "token#1"
    assert vault.redact("GET /") == "GET /"


PEM = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmade-up-made-up0
made+up/made+up+made/up2made3up4made5up6made7up8made9up0made1up2
eOI=
-----END PRIVATE KEY-----"""


@pytest.mark.parametrize("gap", ["\r\n", "\n    ", " ", "", "\\n", "\\r\\n", "\n> "[:1] + "\t"])
def test_a_key_is_masked_however_its_lines_are_joined(gap: str) -> None:
    vault = Vault()
    vault.register(PEM, "key")
    assert vault.redact(f"key: {gap.join(PEM.splitlines())} end") == "key: key#1 end"


def test_a_line_of_a_key_is_masked_alone() -> None:
    vault = Vault()
    vault.register(PEM, "key")
    assert vault.redact(f"line 3: {PEM.splitlines()[2]!r}") == "line 3: 'key#1'"
    assert vault.redact("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n  ", " ", "\0"]))
def test_a_long_value_is_masked_wherever_lines_are_wrapped(widths: list[int], gap: str) -> None:
    vault = Vault()
    vault.register(TOKEN)
    pieces, at = [], 0
    for width in widths:
        pieces.append(TOKEN[at : at + width])
        at += width
    text = gap.join(filter(None, [*pieces, TOKEN[at:]]))
    assert vault.redact(f"<{text}>") == "<token#1>"


@examples(100)
@given(SECRETS, names, st.integers(0, 400), st.integers(0, 400))
def test_no_piece_is_left_wherever_a_text_is_cut(secret: str, name: str, before: int, limit: int) -> None:
    """Redaction comes first: what is cut off has become a label."""
    if ("Latin-1" in name and not secret.isascii()) or "shifted" in name or name == "base64, wrapped":
        return  # not the whole secret, or more than that
    vault = Vault()
    vault.register(secret)
    redacted = vault.redact_bytes(("-" * before + f" {ENCODINGS[name](secret)} ").encode(), limit)
    assert set(redacted.replace(b"token#1", b"")) <= set(b"- \"'b0xF=,\r\n")  # what stands around each encoding
    assert len(vault.shown(f"{secret} " * 9, 10)) <= 11


def test_words_of_our_own_are_kept_where_outputs_hold_them_by_themselves() -> None:
    """A target that calls its token `failed` neither turns a status into a label nor makes every report a leak."""
    vault = Vault()
    vault.publish("passed failed conformant")
    for value in ("failed", "conformant", "2026-11-28T21:57", "12345678", "made-up-token-value"):
        vault.register(value)
    ours = "1 failed, not conformant, 2026-11-28T21:57, 12345678"
    assert vault.redact(ours, firm=True) == ours
    assert vault.leaks_in(ours.encode()) == []
    assert vault.redact("the token failed") == "the token token#1"
    assert vault.leaks_in(b"x made-up-token-value x") == ["token#5"]


def test_text_of_others_is_shown_without_what_steers_a_terminal() -> None:
    vault = Vault()
    vault.register(TOKEN)
    hostile = "\x1b]52;c;cm0gLXJm\x07\x9b2J\u202egnp\ud800"
    assert vault.shown(f"{hostile}\n\t{TOKEN}") == ("\\x1b]52;c;cm0gLXJm\\x07\\x9b2J\\u202egnp\\ud800\n\ttoken#1")


def test_text_of_others_is_redacted_before_it_is_cut() -> None:
    vault = Vault()
    vault.register(TOKEN)
    assert vault.shown(f"error {TOKEN} and more", 12) == "error token#…"
    assert vault.shown("short", 12) == "short"


@pytest.mark.parametrize("far", [0, 100_000])
@pytest.mark.parametrize("text", [f"error {TOKEN}", f"{TOKEN} error"])
def test_of_a_long_text_only_what_is_near_the_cut_is_looked_at(text: str, far: int) -> None:
    vault = Vault()
    vault.register(TOKEN)
    shown = vault.shown(text + " " + "é" * far, 12)
    assert TOKEN[:4] not in shown
    assert len(shown) <= 13
    assert shown.endswith("…")


def test_bytes_are_cut_before_a_secret_and_not_in_one() -> None:
    vault = Vault()
    vault.register(TOKEN)
    data = b"x" * 40_000 + TOKEN.encode() + b"y" * 40_000
    assert vault.cut(data, 40_010) == b"x" * 40_000
    assert [len(vault.cut(data, limit)) for limit in (7, 40_000, 50_000, 10**6)] == [7, 40_000, 50_000, len(data)]


def test_hostile_text_is_redacted_in_bounded_time() -> None:
    """All encodings nested in every order would make thousands of views."""
    vault = Vault()
    vault.register(TOKEN)
    text = '%25&amp;#37;=3D\\\\x41\\u0025%u0041&quot;"' * 900
    began = time.process_time()
    vault.redact(text)
    assert time.process_time() - began < cpu_seconds(20)


def test_the_same_value_keeps_its_label_and_kinds_count_apart() -> None:
    vault = Vault()
    labels = [
        vault.register(value, kind) for value, kind in [("aaaaaaaa", "token"), ("bbbbbbbb", "sid"), ("aaaaaaaa", "x")]
    ]
    assert labels == ["token#1", "sid#1", "token#1"]


def test_a_vault_is_safe_to_use_from_several_threads() -> None:
    vault = Vault()
    leaks: list[str] = []

    def work(number: int) -> None:
        for turn in range(100):
            secret = f"made-up-{number % 4}-{turn}-secret-value"
            vault.register(secret)
            leaks.extend(text for text in [vault.redact(f"x {secret} y")] if secret in text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaks == []
    assert vault.register("one more value") == "token#401"


def test_the_number_of_secrets_hardly_matters() -> None:
    few, many = Vault(), Vault()
    text = json.dumps(
        {"text": "lorem ipsum %20 &amp; dolor " * 70, "token": TOKEN, "b": base64.b64encode(b"x" * 99).decode()}
    )
    few.register(TOKEN)
    for number in range(1000):
        many.register(f"00D000000000001!AQ4AQ.{number:064x}")
    many.register(TOKEN)

    def seconds(vault: Vault) -> float:
        times = []
        for _ in range(7):
            began = time.process_time()
            for _ in range(10):
                vault.redact(text)
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(many) < 4 * seconds(few)


class Settings(BaseModel):
    token: Secret


def test_a_secret_prints_as_its_label_everywhere() -> None:
    secret = Secret("made-up-value-that-is-printed")
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>3}",
        repr([secret]),
        f"{Settings(token=secret)!r}",
    ]
    assert all(secret.label in text and secret.reveal() not in text for text in shown)
    assert secret.reveal() == "made-up-value-that-is-printed"


def test_a_secret_is_equal_by_value_and_copied_as_itself() -> None:
    secret = Secret("made-up-value-that-is-equal")
    assert secret == Secret("made-up-value-that-is-equal")
    assert secret != Secret("made-up-value-that-is-other")
    assert secret != "made-up-value-that-is-equal"
    assert len({secret, Secret("made-up-value-that-is-equal")}) == 1
    assert copy.deepcopy(secret) is secret
    assert copy.copy(secret) is secret


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="is a secret and is not pickled"):
        pickle.dumps(Secret("made-up-value-not-pickled"))


def test_a_pydantic_field_takes_text_and_shows_a_label() -> None:
    model = Settings.model_validate({"token": "made-up-value-in-a-field"})
    assert model.token.reveal() == "made-up-value-in-a-field"
    assert model.model_dump_json() == f'{{"token":"{model.token.label}"}}'
    assert Settings(token=model.token).token is model.token
    assert Settings.model_json_schema()["properties"]["token"]["type"] == "string"
    assert VAULT.labels_in("x made-up-value-in-a-field x") == [model.token.label]
