"""Headers that carry credentials: known from one list, whoever reads, teaches or shows them."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

import pytest

from conformance.rules.url_tokens.headers import carries, credentials, hides, of_request, parts

OPAQUE = b"q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
TEXT = OPAQUE.decode()

CARRYING = (
    "Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key", "apikey", "X-Auth-Token", "DD-API-KEY",
    "DD-APPLICATION-KEY", "X-Shopify-Access-Token", "client_secret", "X-Vault-Token", "PRIVATE-TOKEN", "JOB-TOKEN",
    "Circle-Token", "X-Plex-Token", "X-Emby-Token", "Ocp-Apim-Subscription-Key", "X-Functions-Key", "X-Goog-Api-Key",
    "X-Amz-Security-Token", "CF-Access-Client-Secret", "Cf-Access-Jwt-Assertion", "X-Redmine-API-Key", "X-MBX-APIKEY",
    "X-RapidAPI-Key", "X-Parse-Session-Token", "X-Parse-Master-Key", "Sforce-Session", "X-SFDC-Session", "X-Auth",
    "X-Tableau-Auth", "X-Emby-Authorization", "OK-ACCESS-PASSPHRASE", "X-Acme-Password", "X-Session-Id",
    "X-Honeycomb-Team", "Sec-WebSocket-Protocol", "X-Subject-Token", "Fastly-Key", "X-Postmark-Server-Token",
    "X-Acme-Secret", "Session",
)  # fmt: skip
PUBLIC = (
    "Accept", "Host", "Sec-WebSocket-Key", "Surrogate-Key", "X-Cache-Key", "Idempotency-Key", "X-Event-Key",
    "X-CSRF-Token", "X-XSRF-Token", "X-Next-Page-Token", "X-Request-Id", "ETag", "X-Client-Id", "client_id",
    "WWW-Authenticate", "Authority", "X-Author", "X-Partition-Key", "X-Public-Key", "Keep-Alive", "X-Token-Type",
    "X-Atlassian-Token",
)  # fmt: skip


@pytest.mark.parametrize("name", CARRYING)
def test_a_name_says_that_a_header_carries_a_credential(name: str) -> None:
    lower = name.lower().encode()
    assert (carries(lower), hides(lower), of_request(lower)) == (True, True, True)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_that_ends_alike_may_be_public(name: str) -> None:
    """An anti-forgery token opens nothing by itself; it is shown to nobody all the same."""
    lower = name.lower().encode()
    assert carries(lower) is False
    assert hides(lower) is ("srf" in name.lower())


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        (b"authorization", b"Bearer " + OPAQUE, [OPAQUE]),
        (b"authorization", OPAQUE, [OPAQUE]),
        (b"authorization", b'Token token="%b", x="y"' % OPAQUE, [OPAQUE]),
        (b"authorization", b"Basic " + b64encode(b"a-name-that-is-long-enough:" + OPAQUE), [OPAQUE]),
        (b"authorization", b'Digest username="bob", nonce="%b", response="%b"' % (OPAQUE, OPAQUE), []),
        (b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=" + OPAQUE, []),
        (b"x-emby-authorization", b'MediaBrowser DeviceId="some-device-of-bob", Token="%b"' % OPAQUE, [OPAQUE]),
        (b"x-auth-token", b"Bearer " + OPAQUE, [OPAQUE]),
        (b"x-atlassian-token", b"no-check", []),
        (b"x-hook-key", b"repository.pushed.by.somebody", []),
        (b"cookie", b"theme=dark-and-comfortable; sid=%b; csrf_session=%b" % (OPAQUE, OPAQUE), [OPAQUE]),
        (b"set-cookie", b"app=%b; Path=/; HttpOnly" % OPAQUE, [OPAQUE]),
        (b"set-cookie", b"visitor_id=%b; HttpOnly" % OPAQUE, []),
        (b"sec-websocket-protocol", b"bearer, " + OPAQUE, [OPAQUE]),
        (b"sec-websocket-protocol", b"graphql-transport-ws, v4.channel.k8s.io, soap", []),
        (b"sec-websocket-protocol", b"realtime, insecure-api-key.%b, v1" % OPAQUE, [OPAQUE]),
    ],
)
def test_what_is_a_credential_in_a_header(name: bytes, value: bytes, found: list[bytes]) -> None:
    """User names, proofs that are made anew, words and public cookies are none."""
    assert list(credentials(name, value)) == found


def test_a_token_in_a_subprotocol_may_be_encoded() -> None:
    """As Kubernetes wants it: the URL may hold it in either form."""
    encoded = urlsafe_b64encode(OPAQUE).rstrip(b"=")
    value = b"base64url.bearer.authorization.k8s.io.%b, base64.binary.k8s.io" % encoded
    assert list(credentials(b"sec-websocket-protocol", value)) == [encoded, OPAQUE]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", f"Bearer {TEXT}", "Bearer …"),
        ("X-Api-Key", TEXT, "…"),
        ("X-Api-Key", f"two words {TEXT}", "…"),
        ("Cookie", f"theme=dark; sid={TEXT}", "theme=…; sid=…"),
        ("Set-Cookie", f"sid={TEXT}; Path=/; HttpOnly", "sid=…; Path=/; HttpOnly"),
        ("Sec-WebSocket-Protocol", f"bearer, {TEXT}, v1.json", "bearer, …, v1.json"),
        ("Sec-WebSocket-Protocol", f"access_token.{TEXT}", "access_token.…"),
    ],
)
def test_what_is_public_of_a_header_stays_readable(name: str, value: str, shown: str) -> None:
    assert "".join("…" if secret else part for part, secret in parts(name, value)) == shown
