"""The rules on challenges and on introspection, on answers written by hand."""

import json

import pytest

from conformance.http.exchange import Response
from conformance.rules import challenge, introspection, token_refusal


def refusal(*lines: str, status: int = 401, error: str = "invalid_client") -> Response:
    headers = (("Content-Type", "application/json"), *(("WWW-Authenticate", line) for line in lines))
    return Response(status, headers, json.dumps({"error": error}).encode())


def test_challenges_are_read_with_their_parameters_from_one_line_or_several() -> None:
    several = refusal('Bearer realm="a, b", error="x", basic realm="c \\"d\\"", charset="UTF-8"', "Negotiate")
    names = [(scheme, sorted(found)) for scheme, found in challenge.challenges(several)]
    assert names == [("bearer", ["error", "realm"]), ("basic", ["charset", "realm"]), ("negotiate", [])]


@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        ("Basic", True),
        ('Basic charset="UTF-8"', True),
        ('Bearer realm="org", Basic', True),
        ('Basic realm=""', False),
        ("basic REALM=org", False),
        ("Bearer", False),
    ],
)
def test_a_basic_challenge_needs_a_realm_and_no_other_does(line: str, lacks: bool) -> None:
    assert (challenge.has_no_realm(refusal(line)) is not None) is lacks


def test_a_header_without_a_scheme_is_no_challenge() -> None:
    told = "the refusal has status 401 and a WWW-Authenticate header that names no scheme"
    assert challenge.has_no_challenge(refusal('realm="records"')) == told


def test_a_401_alone_needs_a_challenge() -> None:
    assert challenge.has_no_challenge(refusal()) is not None
    assert challenge.has_no_challenge(refusal("Bearer")) is None
    assert challenge.has_no_challenge(refusal(status=400)) is None


def test_what_cannot_be_read_is_refused_with_a_challenge_or_as_an_invalid_request() -> None:
    assert token_refusal.does_not_say_invalid_client(refusal('Basic realm="a"'), in_header=True) is None
    malformed = refusal(status=400, error="invalid_request")
    assert token_refusal.does_not_say_invalid_client(malformed, in_header=True) is None
    assert token_refusal.does_not_say_invalid_client(refusal(status=400), in_header=True) is not None
    assert token_refusal.does_not_say_invalid_client(refusal(status=400), in_header=False) is None


def test_a_refusal_with_a_wrong_status_is_told_from_a_crash() -> None:
    refused = str(token_refusal.is_not_refused(refusal(status=501, error="unsupported_grant_type")))
    assert refused.endswith("501 and the error unsupported_grant_type: a refusal with a wrong status")
    assert "did not refuse" in str(token_refusal.is_not_refused(Response(500, (), b"")))


@pytest.mark.parametrize(
    ("member", "value", "wrong"),
    [
        ("exp", 1900000000, False),
        ("exp", 1900000000.0, False),
        ("exp", 1900000000.25, True),
        ("iat", "1900000000", True),
        ("nbf", True, True),
        ("exp", None, False),
        ("token_type", "bearer", False),
        ("token_type", "access_token", True),
        ("token_type", ["Bearer"], True),
        ("scope", ["a"], True),
        ("scope", "a b", False),
        ("active", "true", True),
        ("exp", 1900000000000, True),
        ("aud", "accounts", False),
        ("aud", ["accounts", "contacts"], False),
        ("aud", ["accounts", 1], True),
        ("client_id", "accounts-client", False),
        ("client_id", "contacts-client", True),
    ],
)
def test_members_of_introspection_have_their_types(member: str, value: object, wrong: bool) -> None:
    flaws = introspection.members_with_flaws({"active": True, member: value}, "Bearer", "accounts-client")
    assert any(flaws.values()) is wrong
