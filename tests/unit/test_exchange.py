"""Exchanges keep what went over the wire; evidence shows it without secrets, in plain types."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.http.exchange import BODY_SHOWN, Evidence, Exchange, Request, Response, write_har
from conformance.redaction import VAULT, Secret, Vault
from tests.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = Secret("00D000000000001!AQ4AQ.exchange-made-up-token-1234567890")
URL = "https://acme.example.com/services/oauth2/singleaccess"


def exchange(
    request: Request | None = None, response: Response | None = None, problem: str = "", seconds: float = 0.012
) -> Exchange:
    started = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Exchange(request or Request("GET", URL), response, problem, started, seconds, "SAB-01")


def answer(body: bytes, kind: str = "application/json") -> Response:
    return Response(200, (("Content-Type", kind), ("X-A", "1"), ("x-a", "2")), body)


def test_headers_are_found_in_any_case() -> None:
    response = answer(b"")
    assert response.header("X-a") == "1"
    assert response.headers_named("X-A") == ["1", "2"]
    assert response.header("missing") is None
    assert response.media_type == "application/json"


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a": [1, null]}', {"a": [1, None]}), (b"\xef\xbb\xbf1", 1), (b'"\\u00e9"', "é"), (b" true ", True)],
)
def test_json_is_read(body: bytes, value: object) -> None:
    assert answer(body).json() == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"[" * 100_000,
        b'"\xff"',
        b"1" * 5000,
        b"{'a': 1}",
        b"\x00",
        b"[1,]",
    ],
    ids=range(11),
)
def test_what_is_no_json_is_a_value_error_without_its_content(body: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON") as caught:
        answer(body).json()
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"caf\xe9", "text/plain; charset=ISO-8859-1", "café"),
        ("café".encode(), "text/plain", "café"),
        (b"caf\xe9", "text/plain", "caf\ufffd"),
        (b"xn--", "text/plain; charset=punycode", "xn--"),
        (b"aGk=", "text/plain; charset=base64", "aGk="),
        (b"a", "text/plain; charset=no-such", "a"),
    ],
)
def test_text_is_read_in_its_charset(body: bytes, kind: str, text: str) -> None:
    assert answer(body, kind).text == text


def test_the_summary_is_one_line() -> None:
    assert Evidence.of(exchange(response=Response(403, (("Content-Type", "text/plain; x=y"),)))).summary == (
        f"GET {URL} → 403 text/plain in 12 ms"
    )
    assert Evidence.of(exchange(problem="connection reset", seconds=2.04)).summary == (
        f"GET {URL} → no answer in 2.0 s (connection reset)"
    )


def test_the_curl_line_is_what_was_sent_with_labels_for_secrets() -> None:
    headers = (("Host", "acme.example.com"), ("Authorization", f"Bearer {TOKEN.reveal()}"), ("X-Empty", ""))
    request = Request("POST", f"{URL}?a=[1]&t={TOKEN.reveal()}", headers, b"it's=1")
    assert shlex.split(Evidence.of(exchange(request)).curl) == [
        *("curl", "-i", "--globoff", f"{URL}?a=[1]&t={TOKEN.label}"),
        *("-H", f"Authorization: Bearer {TOKEN.label}", "-H", "X-Empty;", "--data-raw", "it's=1"),
    ]


def test_a_redirect_says_where_to() -> None:
    response = Response(302, (("Location", f"https://login.example.com/sso?t={TOKEN.reveal()}"),))
    said = f"302 to https://login.example.com/sso?t={TOKEN.label} in 12 ms"
    assert Evidence.of(exchange(response=response)).answer == said


@examples(15)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
@example("--form\r\nit's=\\n\xa0\u2028\r\n--form--\r\n")
def test_a_shell_sends_the_body_that_was_sent(body: str) -> None:
    """In one line, whatever line ends are in it."""
    request = Request("POST", URL, (), body.encode())
    _, _, word = Evidence.of(exchange(request)).curl.partition(" --data-raw ")
    assert "\n" not in word
    said = subprocess.run(
        ["bash", "-c", f"printf %s {word}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    assert said.stdout.decode() == body


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("GET", URL), ["curl", "-i", URL]),
        (Request("HEAD", URL), ["curl", "-i", "--head", URL]),
        (Request("DELETE", URL), ["curl", "-i", "-X", "DELETE", URL]),
        (Request("POST", URL), ["curl", "-i", "-X", "POST", URL]),
        (Request("GET", f"{URL}/../x"), ["curl", "-i", "--path-as-is", f"{URL}/../x"]),
        (Request("PUT", URL, (), b"\0\1"), ["curl", "-i", "-X", "PUT", URL, "--data-binary", "@body"]),
    ],
)
def test_the_curl_line_of_other_methods(request_: Request, words: list[str]) -> None:
    assert shlex.split(Evidence.of(exchange(request_)).curl, comments=True) == words


def test_long_bodies_are_cut_after_their_secrets_are_masked() -> None:
    body = b"x" * (BODY_SHOWN - 10) + TOKEN.reveal().encode() + b"y" * 9000
    shown = Evidence.of(exchange(response=answer(body))).response_body
    assert shown == "x" * (BODY_SHOWN - 10) + f"{TOKEN.label}\n… cut: {BODY_SHOWN} of {len(body)} bytes are shown"


def test_binary_bodies_are_a_note() -> None:
    assert Evidence.of(exchange(response=answer(bytes(range(256))))).response_body == "<binary, 256 bytes>"


def test_nothing_steers_the_terminal() -> None:
    evil = "\x1b[2J\u202e\x9b\r"
    response = Response(200, (("Content-Type", evil), (evil, evil)), evil.encode())
    evidence = Evidence.of(exchange(Request("GET", f"{URL}?{evil}"), response, problem=evil))
    shown = evidence.summary + evidence.curl + json.dumps(evidence.as_json(), ensure_ascii=False)
    assert not {"\x1b", "\u202e", "\x9b", "\r"} & set(shown)


bodies = st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
headers_ = st.lists(st.tuples(st.text(), st.text(st.characters())), max_size=5).map(tuple)


@given(bodies, bodies, headers_, st.text(st.characters()))
def test_evidence_survives_json_and_shows_no_secret(
    sent: bytes, got: bytes, headers: tuple[tuple[str, str], ...], text: str
) -> None:
    token = TOKEN.reveal()
    request = Request("POST", f"{URL}?{text}{token}", (*headers, ("A", text + token)), sent + token.encode())
    response = Response(200, (*headers, (token, token)), token.encode() + got)
    evidence = Evidence.of(exchange(request, response, problem=text + token))
    plain = json.loads(json.dumps(evidence.as_json()).encode())
    assert Evidence.from_json(plain) == evidence
    assert evidence.summary.encode()
    assert VAULT.labels_in(json.dumps(plain)) == []
    assert token not in repr((request, response, exchange(request, response)))


def test_what_becomes_known_as_a_secret_later_is_redacted_then() -> None:
    late = "made-up-and-learned-too-late"
    vault = Vault()
    evidence = Evidence.of(exchange(Request("GET", f"{URL}?x={late}", (("X", late),)), answer(late.encode())), vault)
    assert late in json.dumps(evidence.as_json())
    label = vault.register(late)
    shown = json.dumps(evidence.redacted(vault).as_json())
    assert late not in shown
    assert shown.count(label) == 5


def test_a_har_file_holds_the_redacted_exchanges(tmp_path: Path) -> None:
    request = Request("POST", f"{URL}?t={TOKEN.reveal()}&u", (("Content-Type", "text/plain"),), b"caf\xc3\xa9")
    evidences = [Evidence.of(exchange(request, answer(b"{}"))), Evidence.of(exchange(problem="connection reset"))]
    path = tmp_path / "session.har"
    write_har(path, evidences)
    first, second = json.loads(path.read_text("utf-8"))["log"]["entries"]
    assert first["request"]["url"] == f"{URL}?t={TOKEN.label}&u"
    assert first["request"]["queryString"] == [{"name": "t", "value": TOKEN.label}, {"name": "u", "value": ""}]
    assert first["request"]["postData"]["text"] == "café"
    assert first["response"]["content"]["text"] == "{}"
    assert first["startedDateTime"] == "2026-11-23T12:00:00+00:00"
    assert second["response"]["status"] == 0
    assert second["comment"] == "SAB-01 connection reset"
    assert VAULT.labels_in(path.read_bytes()) == []
