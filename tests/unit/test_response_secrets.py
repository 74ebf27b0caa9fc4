"""What a system hands out is known by its value, however its name and its value are written."""

from __future__ import annotations

import base64
import html
import json
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.http.exchange import Exchange, Headers, Request, Response
from conformance.http.response_secrets import learn
from conformance.redaction import Vault
from tests.examples import examples
from tests.traced import cpu_seconds

type Spelling = Callable[[str, str], str]

SPELLINGS: dict[str, Spelling] = {
    "JSON": lambda name, value: json.dumps({"a": 1, name: value, "b": "x"}),
    "JSON, indented": lambda name, value: json.dumps({"data": {name: value}}, indent=4),
    "JSON in JSON": lambda name, value: json.dumps({"body": json.dumps({name: value})}),
    "JSON in JSON in JSON": lambda name, value: json.dumps([json.dumps({"body": json.dumps({name: value})})]),
    "JSON in a page": lambda name, value: f"<pre>{html.escape(json.dumps({name: value}))}</pre>",
    "name and value": lambda name, value: json.dumps([{"name": name, "type": "text", "value": value}]),
    "a Python repr": lambda name, value: repr({name: value}),
    "YAML": lambda name, value: f"a: b\n{name}: {value}\nc: d\n",
    "YAML in quotes": lambda name, value: f"- {name}: '{value}'\n",
    "an INI file": lambda name, value: f"[section]\n{name} = {value}\n",
    "a shell script": lambda name, value: f'export {name}="{value}"\n',
    "a form": lambda name, value: urlencode({"a": "b", name: value, "c": "d"}),
    "a URL": lambda name, value: f"see https://t.example.com/a?b=c&{urlencode({name: value})}#d",
    "a URL in a page": lambda name, value: f'<a href="/a?b=c&amp;{urlencode({name: value})}&amp;d=e">',
    "XML": lambda name, value: f"<OAuth><{name}>{html.escape(value)}</{name}></OAuth>",
    "XML with a namespace": lambda name, value: f'<o:{name} xsi:type="string">\n  {html.escape(value)}\n</o:{name}>',
    "CDATA": lambda name, value: f"<{name}><![CDATA[{value}]]></{name}>",
    "an XML attribute": lambda name, value: f'<session a="b" {name}="{html.escape(value)}"/>',
    "XML in XML": lambda name, value: html.escape(f"<{name}>{html.escape(value)}</{name}>"),
    "a property list": lambda name, value: f"<dict><key>{name}</key>\n<string>{html.escape(value)}</string></dict>",
    "a hidden input": lambda name, value: f'<input type="hidden" name="{name}" value="{html.escape(value)}">',
    "a hidden input, the value first": lambda name, value: f"<input value='{html.escape(value)}' name={name}>",
    "a hidden input without quotes": lambda name, value: f"<INPUT NAME={name} VALUE={value}>",
    "a meta element": lambda name, value: f'<meta name="{name}" content="{html.escape(value)}">',
}
NAMES = [
    "access_token",
    "accessToken",
    "ACCESS-TOKEN",
    "Refresh_Token",
    "session.id",
    "clientSecret",
    "x_api_key",
    "sid",
]
ALPHABET = string.ascii_letters + string.digits + "-._~!$*"
TOKENS = st.text(ALPHABET, min_size=15, max_size=80).map(lambda text: f"T{text}")


GET = Request("GET", "https://t.example.com/")


def exchange(body: str | bytes = b"", headers: Headers = (), request: Request = GET) -> Exchange:
    raw = body if isinstance(body, bytes) else body.encode()
    return Exchange(request, Response(200, headers, raw), "", datetime.now(UTC), 0.1)


def learned(one: Exchange) -> Vault:
    vault = Vault()
    learn(one, vault)
    return vault


@examples(100)
@given(st.sampled_from(sorted(SPELLINGS)), st.sampled_from(NAMES), TOKENS)
def test_a_token_in_an_answer_is_known_in_each_spelling(spelling: str, name: str, token: str) -> None:
    if len(set(token)) < 5:
        return  # a mask
    assert token not in learned(exchange(SPELLINGS[spelling](name, token))).redact(f"<{token}>")


@pytest.mark.parametrize("token", ["abc/def+ghi==jkl%mno", "00D000000000001!AQ4AQ.x/y", "a:b|c@d#e^f`g?h1234"])
@pytest.mark.parametrize(
    "spelling", ["JSON", "JSON in JSON", "a form", "a URL", "XML", "a hidden input", "a Python repr"]
)
def test_a_token_of_unusual_characters_is_known(spelling: str, token: str) -> None:
    assert token not in learned(exchange(SPELLINGS[spelling]("access_token", token))).redact(f"<{token}>")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Auth-Token", "{}"),
        ("Authorization", "Bearer {}"),
        ("X-Session-Token", "{}"),
        ("X-Api-Key", "{}"),
        ("Set-Cookie", "sid={}; Path=/; HttpOnly"),
        ("Location", "https://t.example.com/a?access_token={}&b=c"),
        ("Link", "</a?sid={}>; rel=next"),
        ("Refresh", "0; url=/a?otp={}"),
    ],
)
def test_a_token_in_a_header_is_known(name: str, value: str) -> None:
    token = "made-up-token-1f2e3d4c5b6a"
    assert token not in learned(exchange(headers=((name, value.format(token)),))).redact(token)
    sent = Request("GET", "https://t.example.com/", ((name, value.format(token)),))
    assert token not in learned(exchange(request=sent)).redact(token) or name in ("Set-Cookie",)


def test_the_credentials_of_http_basic_are_known_whole_and_in_parts() -> None:
    pair = base64.b64encode(b"client-one:made-up-password-1f2e3d").decode()
    sent = Request("GET", "https://t.example.com/", (("Authorization", f"Basic {pair}"),))
    vault = learned(exchange(request=sent))
    assert pair not in vault.redact(f"Basic {pair}")


def test_a_token_of_a_known_format_is_known_without_a_name() -> None:
    token = "00D000000000001!AQ4AQPq1xZ7vQk3Lm9Nn2Bb5Cc8Dd4Ff6Gg0Hh1Jj2Kk3Ll4Mm5Nn6Oo7"
    assert token not in learned(exchange(f"<t v='{token}'/>")).redact(token)


NO_SECRETS = {
    "an address": json.dumps({"token_endpoint": "https://t.example.com/oauth/token-endpoint"}),
    "where a list goes on": json.dumps({"nextPageToken": "CAoQAA1f2e3d4c5b6a7f8e"}),
    "an id": json.dumps({"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "key": "a1b2c3d4e5f6a7b8c9"}),
    "an error": json.dumps({"error": "invalid_token", "error_description": "The token is not one of ours at all"}),
    "a kind": json.dumps({"token_type": "urn:ietf:params:oauth:token-type:access_token"}),
    "a mask": json.dumps({"password": "********************"}),
    "a short word": json.dumps({"access_token": "invalid"}),
    "a label": "<label for=token-field-name>Your token</label>",
}


@pytest.mark.parametrize("body", NO_SECRETS.values(), ids=NO_SECRETS)
def test_what_is_no_secret_is_not_masked(body: str) -> None:
    """Or reports could not be read, and the addresses of records not be kept in the journal."""
    assert learned(exchange(body)).redact(body) == body


@pytest.mark.parametrize(
    "body",
    [b"token " * 200_000, b"token" + b"\\" * 1_000_000, b'token\\"\\"' * 100_000, b"<input name=token " * 60_000]
    + [b'"access_token": "' + b"%d-%s" % (n, b"x" * 20) + b'"' for n in range(2)],
    ids=range(6),
)
def test_a_hostile_body_is_searched_in_bounded_time(body: bytes) -> None:
    began = time.process_time()
    learned(exchange(body))
    assert time.process_time() - began < cpu_seconds(5)
