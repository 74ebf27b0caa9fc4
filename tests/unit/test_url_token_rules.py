"""What single rules of the detector say, and that each rule is described where it is shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rules.url_tokens import RULES, Detector, redacted_url
from conformance.rules.url_tokens.engines import RE2, Standard, matching
from conformance.rules.url_tokens.expressions import not_behind
from conformance.rules.url_tokens.names import PUBLIC_TOKENS, Named, named
from conformance.rules.url_tokens.remedies import remedy
from conformance.rules.url_tokens.spec_credentials import declared_credentials

OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
DOCS = Path(__file__).parents[2] / "docs" / "url-tokens.md"


def rules(url: str) -> list[str]:
    return [one.rule for one in Detector().url(url.encode())]


def test_each_rule_has_a_sentence_and_a_row_in_the_guide() -> None:
    rows = re.findall(r"^\| ([LW]\d) \| (leak|warn) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert rows == [(rule, "leak" if rule[0] == "L" else "warn") for rule in RULES]
    assert all(remedy(rule, "query", b"/x") for rule in RULES)


# Names.


@pytest.mark.parametrize(
    "name", ["X-Plex-Token", "circle-token", "github_token", "npmToken", "restart_token", "exchangeToken"]
)
def test_a_token_of_any_product_needs_a_random_value(name: str) -> None:
    assert rules(f"/x?{name}={OPAQUE}") == ["L2"]
    assert rules(f"/x?{name}=short-one") == rules(f"/x?{name}=some-words-in-a-row") == []


@pytest.mark.parametrize(
    "name",
    [
        "pageToken", "next_page_token", "nextForwardToken", "startAfterToken", "start_token", "csrf-token", "_token",
        "__token__", "uploadToken", "syncToken", "clientRequestToken", "idempotency_token", "lockToken", "versionToken",
    ],
)  # fmt: skip
def test_a_position_a_form_or_a_call_is_no_credential(name: str) -> None:
    """By the names that two large providers give to the parameters of their APIs."""
    assert named(name.encode()) is Named.PUBLIC
    assert rules(f"/x?{name}={OPAQUE}") == []


@given(st.lists(st.text("aAbB:x\n").map(str.encode)))
def test_texts_that_are_searched_together_match_as_each_does(texts: list[bytes]) -> None:
    expressions = ("(?i:ab)", ":[xb]")
    for engine in (RE2(expressions), Standard(expressions)):
        alone = [number for number, text in enumerate(texts) if engine.matches(text)]
        assert list(matching(engine, texts)) == alone


WORDS = sorted(word for word in PUBLIC_TOKENS if word.isalpha())
NOT_PUBLIC = (not_behind(WORDS) + "token=",)


@given(st.lists(st.sampled_from([*WORDS, "re", "x", "_", "-", "?", "&", "acme"]), max_size=5).map("".join))
def test_an_automaton_can_tell_what_does_not_stand_before_a_word(before: str) -> None:
    """It can't look back, so it is given all endings of the texts that end in none of the words."""
    stripped = before.rstrip("_.-")
    expected = not any(stripped.endswith(word) for word in WORDS)
    for engine in (RE2(NOT_PUBLIC), Standard(NOT_PUBLIC)):
        assert bool(engine.matches(f"{before}token=".encode())) is expected


# Values that are short, wordy, or none.


@pytest.mark.parametrize(
    "pair",
    [
        "client_secret=s3cret", "refresh_token=5AepPeerRefresh", "password=hunter2", "password=123456",
        "access_token=abc123", "user[password]=summer", "sessionToken=tok-1", "j_password=bob", "new-password=qwerty",
    ],
)  # fmt: skip
def test_under_an_unambiguous_name_a_short_or_wordy_value_is_a_warning(pair: str) -> None:
    assert rules(f"/x?{pair}") == rules(f"/x#{pair}") == ["W5"]


@pytest.mark.parametrize(
    "pair",
    [
        "password=", "password=required", "password=not-required", "access_token=undefined", "session_token=true",
        "client_secret=YOUR_SECRET", "client_secret={{secret}}", "access_token=xxxx", "password=1", "token=abc",
        "show_password=summer", "password_hint=first+pet", "access_token=[object%20Object]", "key=short",
        "pass=weekend", "refresh_token=revoked", "password=last+changed", "access_token=accessToken",
    ],
)  # fmt: skip
def test_what_is_said_about_a_credential_is_none(pair: str) -> None:
    """Empty values, flags, states, placeholders, names of fields; and names that may mean something else."""
    assert rules(f"/x?{pair}") == []


# Places.


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        (f"https://{OPAQUE}:@api.example.com/v1", "L3"),
        (f"https://{OPAQUE}:x-oauth-basic@api.example.com/v1", "L3"),
        ("//user:pa55-Word@cdn.example.com", "L3"),
        ("//mail:pa55-Word@cdn.example.com/x.js", "L3"),
        ("https://user:%2Fpa55s@api.example.com/", "L3"),
        ("https://author:me@example.com/", "L3"),
        ("https://anonymous:pa55-Word@example.com/", "L3"),
        ("ftp://backup:pa55-Word@example.com/", "L3"),
        (f"/x?u=https%3A%2F%2F{OPAQUE}%3A%40api.example.com", "L3"),
        (f"/x?q=shoes%26access_token%3D{OPAQUE}", "L2"),
        (f"/x?q=cb%2526client_secret%253D{OPAQUE}", "L2"),
        (f"/x?q%26token={OPAQUE}", "L2"),
        (f'/graphql?query=mutation+M{{a(password:"{OPAQUE}"){{token}}}}', "L2"),
        ("/x?user=bob&pass=Autumn-7Kd%2B42.leaf", "L2"),
        (f"/(S({OPAQUE}))/default.aspx", "L6"),
        (f"/x?foo=sid00D5g0000012abc!{OPAQUE * 3}", "L1"),
    ],
)
def test_a_credential_is_found_where_it_stands(url: str, rule: str) -> None:
    assert rules(url) == [rule]


@pytest.mark.parametrize(
    "url",
    [
        "https://bob:@api.example.com/", "https://API_KEY:@api.example.com/", "/graphql?query={me{id+token+apiKey}}",
        "/graphql?query=query($token:String!){me(token:$token){id}}", "/x?q=rock%26roll%3D1", "/x?pass=season-2026",
        "/x?user=bob&pass=all-inclusive-weekend-pass", f"/socket.io/?EIO=4&sid={OPAQUE[:20]}",
        f"/v.m3u8?token={OPAQUE}&expires=1764003600", f"/a.flv?txSecret={OPAQUE}&txTime=674d1234",
        "//*[self::a[@title=", "//Author:bob@example.com", "//mailto:bob.smith@example.com",
        "ftp://anonymous:guest@example.com/a", "FTP://ftp:me%40example.com@example.com/a",
        "//pserver:anoncvs@example.com/a",
        "https://%s:%s@example.com/a.git", "https://%(user)s:%(password)s@example.com/", "postgres://%1$s:%2$s@db/a",
        "https://%@:%@@example.com/", "https://x:%v@example.com/",
        "//xsl:template[@name='a']", "//x:label[@for=$id]", "//iso:rule[contains(@context,'@') or @a]",
    ],
)  # fmt: skip
def test_look_alikes_stay_clean(url: str) -> None:
    assert rules(url) == []


# Specifications.


def declared(path: str, name: str, **schema: Any) -> list[tuple[str, str]]:
    parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string", **schema}}
    document = {"openapi": "3.1.0", "paths": {path: {"get": {"parameters": [parameter]}}}}
    return [(one.rule, one.parameter) for _, one in declared_credentials(document)]


@pytest.mark.parametrize(
    ("path", "name", "rule"),
    [
        ("/password-reset/{resetToken}", "resetToken", "W1"),
        ("/invitations/{invitation_token}/accept", "invitation_token", "W1"),
        ("/magic/{token}", "token", "W1"),
        ("/account/activate/{token}", "token", "W1"),
        ("/me/{access_token}", "access_token", "L7"),
        ("/feeds/{apiKey}/items", "apiKey", "L7"),
        ("/bot{token}/sendMessage", "token", "L7"),
    ],
)
def test_a_path_that_holds_a_credential_by_design_is_found(path: str, name: str, rule: str) -> None:
    assert declared(path, name) == [(rule, name)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/tokens/{tokenId}", "tokenId"), ("/tokens/{token}/holders", "token"), ("/objects/{key}", "key"),
        ("/sessions/{session_id}", "session_id"), ("/secrets/{secret}", "secret"),
        ("/uploads/{uploadToken}", "uploadToken"), ("/devices/{deviceToken}", "deviceToken"),
    ],
)  # fmt: skip
def test_a_path_that_names_a_thing_is_left_alone(path: str, name: str) -> None:
    assert declared(path, name) == []


def test_a_path_parameter_that_is_no_text_is_left_alone() -> None:
    assert declared("/reset/{token}", "token", enum=["a", "b"]) == []


# Masks.


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/a?ex=6741b2e1&hm=«»", "/a?ex=6741b2e1&hm=REDACTED"),
        ("/v?hdnts=exp=17~acl=/*~hmac=«»", "/v?hdnts=exp=17~acl=/*~hmac=REDACTED"),
        ("/?timestamp=1764000000&hmac=«»", "/?timestamp=1764000000&hmac=REDACTED"),
        ("/v?token=«»&expires=1764003600&page=2", "/v?token=REDACTED&expires=1764003600&page=2"),
        ("https://«»:x-oauth-basic@h.example.com/", "https://REDACTED@h.example.com/"),
        ("https://«»:@h.example.com/", "https://REDACTED@h.example.com/"),
        ("/x?sign=leo&verify=yes&exp=7", "/x?sign=leo&verify=yes&exp=7"),
    ],
)
def test_signatures_and_tokens_are_masked_and_nothing_else(url: str, shown: str) -> None:
    assert redacted_url(url.replace("«»", OPAQUE).encode()).decode() == shown
