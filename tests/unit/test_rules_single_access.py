"""What the answers of a single access endpoint say about sessions, and what they do not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.http.exchange import Response
from conformance.rules import challenge
from conformance.rules import single_access as rules
from tests.traced import cpu_seconds

ORG = "https://acme.my.salesforce.com"
ENDPOINT = f"{ORG}/services/oauth2/singleaccess"
DOOR = f"{ORG}/secur/frontdoor.jsp?otp=00D000000000001!AQ4AQ.code&cshc=0"
TOKEN = "00D000000000001!AQ4AQ.made_up.token-1234567890"
JSON = ("Content-Type", "application/json;charset=UTF-8")
HTML = ("Content-Type", "text/html")

statuses = st.integers(200, 599)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent": lambda token: quote(token, safe=""),
    "percent twice": lambda token: quote(quote(token, safe=""), safe=""),
    "Base64": lambda token: base64.b64encode(token.encode()).decode(),
    "Base64 for URLs": lambda token: base64.urlsafe_b64encode(token.encode()).decode().rstrip("="),
    "Base64, percent": lambda token: quote(base64.b64encode(token.encode()).decode(), safe=""),
}


def answer(status: int = 200, *headers: tuple[str, str], body: object = b"") -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers, raw)


# ------------------------------------------------------------- frontdoor URLs


@pytest.mark.parametrize(
    "response",
    [
        answer(200, JSON, body={"frontdoor_uri": DOOR}),
        answer(403, JSON, body={"error": "blocked", "frontdoor_uri": DOOR}),
        answer(200, JSON, body={"frontdoor_uri": "/secur/frontdoor.jsp?otp=x"}),
        answer(200, JSON, body={"data": [{"url": DOOR}]}),
        answer(200, JSON, body=json.dumps({"url": DOOR}).replace("/", "\\/").replace("&", "\\u0026").encode()),
        answer(200, HTML, body=f"<a href='{DOOR}'>go</a>".encode()),
        answer(200, HTML, body=f'<meta http-equiv="refresh" content="0;url={DOOR}">'.encode()),
        answer(200, ("Content-Type", "text/plain"), body=DOOR.encode()),
        answer(302, ("Location", DOOR)),
        answer(302, ("location", "/secur/frontdoor.jsp?cshc=0&sid=00D000000000001!AQ4")),
        answer(200, ("Refresh", f"0; url={DOOR}")),
        answer(200, ("Link", f"<{DOOR}>; rel=next")),
    ],
)
def test_a_frontdoor_url_is_found_wherever_it_stands(response: Response) -> None:
    """A refusal that carries one refuses nothing."""
    assert rules.frontdoor_url(response)
    assert rules.is_not_refused(response, "sid") is not None


@pytest.mark.parametrize(
    "response",
    [
        answer(403, ("Content-Type", "text/plain"), body=b"Bad_OAuth_Token"),
        answer(400, JSON, body={"error": "invalid_request", "error_description": "otp missing"}),
        answer(401, JSON, body={"frontdoor_uri": ""}),
        answer(403, JSON, body={"frontdoor_uri": None}),
        answer(403, HTML, body=f"Not allowed: {ENDPOINT}?access_token=x&sid=12345678".encode()),
        answer(302, ("Location", "/?ec=302&startURL=%2Flightning%2Fpage%2Fhome")),
        answer(302, ("Location", "https://login.example.com/?retry=1")),
        answer(200, HTML, body=b"<form>login</form>"),
        answer(404),
        answer(403, body=b"\xff\xfe\x00"),
        answer(403, JSON, body=b"[" * 500 + b"]" * 500),
    ],
)
def test_a_refusal_is_a_4xx_a_login_redirect_or_a_page(response: Response) -> None:
    """No source names the status, so none is asked for."""
    assert rules.frontdoor_url(response) is None
    assert rules.is_not_refused(response, "sid") is None


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (answer(200, JSON, body={}), "status 200, which tells the client that the request was accepted"),
        (answer(204), "status 204"),
        (answer(500), "status 500: the server failed on the request and did not refuse it"),
        (answer(403, ("Set-Cookie", "sid=00Dx!AQ4AQ; Path=/; HttpOnly")), "sets the session cookie sid"),
        (answer(302, ("Location", "/"), ("Set-Cookie", 'sid="abc"')), "sets the session cookie sid"),
    ],
)
def test_what_is_no_refusal_is_said(response: Response, said: str) -> None:
    """A crash is none, nor is a silent acceptance."""
    assert said in (rules.is_not_refused(response, "sid") or "")


def test_a_status_is_asked_for_where_a_source_names_it() -> None:
    """Clients renew their token on 401 or 403 and on nothing else."""
    assert rules.is_not_refused(answer(401), "sid", (401, 403)) is None
    assert rules.is_not_refused(answer(302, ("Location", "/")), "sid", (401, 403)) == (
        "the answer has status 302, not 401 or 403"
    )
    assert rules.is_not_refused(answer(500), "sid", rules.ANY_4XX) == "the answer has status 500, not a 4xx"


@given(statuses, json_values)
def test_an_answer_that_opens_a_session_is_never_a_refusal(status: int, value: object) -> None:
    """And where it is no 2xx, it opens none either."""
    response = answer(status, JSON, body={"x": value, "frontdoor_uri": DOOR})
    assert rules.is_not_refused(response, "sid") is not None
    assert (rules.has_no_session(response) is None) == (200 <= status < 300)


@given(st.binary(max_size=200), statuses, st.text(max_size=40))
def test_no_answer_breaks_a_rule(body: bytes, status: int, text: str) -> None:
    """Whatever a target sends is judged."""
    response = answer(status, ("Location", text), ("Set-Cookie", text), ("WWW-Authenticate", text), body=body)
    rules.is_not_refused(response, "sid")
    rules.is_not_a_frontdoor_answer(response, ENDPOINT, ())
    rules.everything_in(response)
    challenge.has_no_bearer_challenge(response)
    challenge.names_an_error(response)


@pytest.mark.parametrize("piece", ["?", "?&", "a?", "a?otp=x&", "?otp=", "&sid=12345678", "singleaccess?", "%25", ' "'])
def test_a_megabyte_of_anything_is_judged_at_once(piece: str) -> None:
    """A target cannot stop the run by what it answers."""
    response = answer(403, HTML, body=(piece * 1_000_000)[:1_000_000].encode())
    began = time.process_time()
    rules.is_not_refused(response, "sid")
    rules.contains(rules.everything_in(response), TOKEN)
    assert time.process_time() - began < cpu_seconds(3)


# --------------------------------------------------------------------- cookies


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("sid=abc; Path=/", "abc"),
        ('sid="abc"', "abc"),
        (" sid = abc ", "abc"),
        ("sid=; Max-Age=0", None),
        ("sid=abc; Max-Age=0", None),
        ("sid=abc; max-age=-1; Path=/", None),
        ("sid=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("sid_Client=abc", None),
        ("SID=abc", None),
        ('sid=""', None),
    ],
)
def test_a_cookie_counts_where_it_is_set_and_not_deleted(line: str, value: str | None) -> None:
    """Servers delete cookies by setting them."""
    assert rules.cookie(answer(302, ("Set-Cookie", "other=x"), ("Set-Cookie", line)), "sid") == value


# ------------------------------------------------------------- the good answer


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (answer(200, JSON, body={"frontdoor_uri": DOOR}), None),
        (answer(200, ("Content-Type", "application/problem+json"), body={"frontdoor_uri": DOOR}), None),
        (answer(200, JSON, body={"frontdoor_uri": "https://acme.my.site.com/x?otp=abcdefgh"}), None),
        (answer(200, HTML, body={"frontdoor_uri": DOOR}), "declared as text/html, not as JSON"),
        (answer(200, body={"frontdoor_uri": DOOR}), "declared as nothing, not as JSON"),
        (answer(200, JSON, body=b"{"), "the body is not JSON"),
        (answer(200, JSON, body=[DOOR]), "no member frontdoor_uri that is a string"),
        (answer(200, JSON, body={"frontdoor_url": DOOR}), "no member frontdoor_uri that is a string"),
        (answer(200, JSON, body={"frontdoor_uri": "/secur/frontdoor.jsp?otp=x"}), "is not an absolute URL"),
        (answer(200, JSON, body={"frontdoor_uri": DOOR.replace("https", "http")}), "has the scheme http, not https"),
        (answer(200, JSON, body={"frontdoor_uri": "https://evil.example/?otp=x"}), "leads to the host evil.example"),
        (answer(200, JSON, body={"frontdoor_uri": f"{ORG}.evil.example/?otp=x"}), "which is not one of the org's"),
    ],
)
def test_the_answer_is_json_with_an_absolute_url_of_the_org(response: Response, said: str | None) -> None:
    """Clients open the member as it stands."""
    found = rules.is_not_a_frontdoor_answer(response, ENDPOINT, ["acme.my.site.com"])
    assert found is None if said is None else found is not None and said in found


# ------------------------------------------------------------ tokens and landings


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_token_is_found_in_every_encoding(name: str) -> None:
    """Whoever decodes has it."""
    encode = ENCODINGS[name]
    assert rules.contains(f"{ORG}/secur/frontdoor.jsp?otp={encode(TOKEN)}&x=1", TOKEN)
    assert not rules.contains(f"{ORG}/secur/frontdoor.jsp?otp={encode(TOKEN[::-1])}", TOKEN)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        " https://evil.example",
        "https:/\\evil.example",
        "https://acme.my.salesforce.com@evil.example/",
        "https://acme.my.salesforce.com.evil.example/",
        "HTTPS://EVIL.EXAMPLE/lightning",
    ],
)
def test_a_browser_leaves_the_org_for_these_locations(location: str) -> None:
    """A check by prefix lets them through."""
    assert "evil.example" in (rules.leaves_for(ENDPOINT, location, ["acme.my.site.com"]) or "")


@pytest.mark.parametrize(
    "location",
    [
        "/lightning/page/home",
        "lightning",
        "?x=//evil.example",
        "#//evil.example",
        "https://acme.my.site.com/x",
        ORG,
        "",
    ],
)
def test_a_browser_stays_with_the_org_for_these_locations(location: str) -> None:
    """A foreign host in a query is a text."""
    assert rules.leaves_for(ENDPOINT, location, ["acme.my.site.com"]) is None


def test_a_landing_is_seen_in_the_url_or_in_what_it_opens() -> None:
    """Salesforce has both."""
    path = "/lightning/n/landing"
    assert rules.lands_on(f"{DOOR}&startURL={quote(path, safe='')}", answer(302), path)
    assert rules.lands_on(DOOR, answer(302, ("Location", path)), path)
    assert rules.lands_on(DOOR, answer(200, HTML, body=f"location='{path}'".encode()), path)
    assert not rules.lands_on(DOOR, answer(302, ("Location", "/lightning/page/home")), path)


def test_a_code_makes_a_frontdoor_url_this_one() -> None:
    """Without one the whole URL does."""
    assert rules.one_time_code(DOOR) == rules.one_time_code(f"{DOOR}&startURL=x")
    assert rules.one_time_code(f"{ORG}/a") != rules.one_time_code(f"{ORG}/b")


# ------------------------------------------------------------------- challenges


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Bearer"], None),
        (['bearer realm="org"'], None),
        (['Basic realm="x", Bearer realm="y"'], None),
        (["Negotiate", "BEARER error=invalid_token"], None),
        ([], "has no WWW-Authenticate header"),
        (['Basic realm="Bearer"'], "names no Bearer scheme"),
        (["BearerToken realm=x"], "names no Bearer scheme"),
    ],
)
def test_a_bearer_challenge_is_known_by_its_scheme(lines: list[str], said: str | None) -> None:
    """In any case of letters, alone or among others."""
    found = challenge.has_no_bearer_challenge(answer(401, *(("WWW-Authenticate", line) for line in lines)))
    assert found is None if said is None else found is not None and said in found


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('Bearer realm="org"', False),
        ('Bearer realm="org", error="invalid_token"', True),
        ("Bearer error_description=x", True),
        ("Bearer scope=error", False),
    ],
)
def test_an_error_attribute_is_seen(line: str, names: bool) -> None:
    """Its name, and not its value elsewhere."""
    assert (challenge.names_an_error(answer(401, ("WWW-Authenticate", line))) is not None) is names
