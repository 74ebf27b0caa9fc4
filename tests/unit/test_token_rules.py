"""The rules on token answers, refusals and tokens, on answers written by hand."""

import base64
import codecs
import json

import pytest

from conformance.http.exchange import Response
from conformance.rules import access_token, introspection, token_answer, token_refusal


def answer(body: object, status: int = 200, media_type: str = "application/json", **headers: str) -> Response:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(status, (("Content-Type", media_type), *named), text.encode())


def jwt(claims: object, **header: object) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2lnbmF0dXJl"])


GOOD = {"access_token": "made-up-token", "token_type": "Bearer", "expires_in": 3600, "scope": "a b"}


def test_a_token_answer_has_a_token_and_its_type() -> None:
    assert token_answer.is_not_a_token_answer(answer(GOOD)) is None
    assert token_answer.is_not_a_token_answer(answer(GOOD, media_type="application/vnd.x+json;charset=utf-8")) is None
    assert "text/plain" in str(token_answer.is_not_a_token_answer(answer(GOOD, media_type="text/plain")))
    marked = Response(200, (("Content-Type", "application/json"),), codecs.BOM_UTF8 + json.dumps(GOOD).encode())
    wide = Response(200, (("Content-Type", "application/json"),), json.dumps(GOOD).encode("utf-16-be"))
    assert "byte order mark" in str(token_answer.is_not_a_token_answer(marked))
    assert "utf-16" in str(token_answer.is_not_a_token_answer(wide))
    assert "no token_type" in str(token_answer.is_not_a_token_answer(answer({"access_token": "x"})))
    assert "status 400 and the error x" in str(token_answer.has_no_token(answer({"error": "x"}, 400)))
    assert token_answer.has_no_token(answer("[1]")) == token_answer.has_no_token(answer("none"))


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("expires_in", "3600", "expires_in is text"),
        ("expires_in", True, "expires_in is true or false"),
        ("expires_in", -1, "expires_in is a number out of its range"),
        ("scope", ["a"], "scope is a list"),
        ("scope", "a  b", "scope is text"),
        ("token_type", "be arer", "token_type has characters"),
        ("token_type", "access_token", "not a registered type"),
        ("access_token", "ü", "access_token has characters"),
    ],
)
def test_a_member_has_its_type(member: str, value: object, said: str) -> None:
    flaws = token_answer.members_with_flaws(answer(GOOD | {member: value}))
    assert [name for name, flaw in flaws.items() if flaw] == [member]
    assert said in str(flaws[member])


def test_a_member_that_comes_twice_is_named() -> None:
    twice = answer('{"access_token": "a", "token_type": "Bearer", "access_token": "b", "more": {"x": 1, "x": 2}}')
    found = {name: flaw for name, flaw in token_answer.members_with_flaws(twice).items() if flaw}
    assert found == {"access_token": "access_token comes more than once"}
    refusal = answer('{"error": "invalid_client", "error": "invalid_client"}', 400)
    assert token_refusal.is_not_an_error_answer(refusal) == "error comes more than once"


def test_a_token_answer_in_a_form_is_told_by_its_type() -> None:
    form = answer("access_token=made-up-token&token_type=Bearer", media_type="application/x-www-form-urlencoded")
    assert "x-www-form-urlencoded, not as JSON" in str(token_answer.is_not_a_token_answer(form))


@pytest.mark.parametrize("change", [{}, {"token_type": "bearer"}, {"scope": ""}, {"token_type": "https://x.example/t"}])
def test_a_usual_member_is_well_formed(change: dict[str, str]) -> None:
    assert set(token_answer.members_with_flaws(answer(GOOD | change)).values()) == {None}


def test_an_answer_without_scope_grants_what_was_asked_for() -> None:
    silent = answer({"access_token": "made-up"})
    assert token_answer.granted_scopes(silent, ["a", "web"]) == {"a", "web"}
    assert "does not say" in str(token_answer.grants(silent, ["a", "web"], ["web"]))
    assert token_answer.grants(answer(GOOD), ["a", "web"], ["web"]) is None
    assert token_answer.lacks_scopes(answer(GOOD), ["a", "c"]) == "the answer does not grant c"


@pytest.mark.parametrize("value", ["no-store", "private, No-Store", "max-age=0,no-store"])
def test_no_store_is_found_among_directives(value: str) -> None:
    assert token_answer.is_cacheable(answer(GOOD, cache_control=value)) is None


@pytest.mark.parametrize("value", ["", "no-cache", "x-no-store-hint"])
def test_other_directives_do_not_forbid_to_keep(value: str) -> None:
    assert token_answer.is_cacheable(answer(GOOD, cache_control=value)) is not None


def test_a_refusal_hands_out_no_token_and_does_not_crash() -> None:
    refused = answer({"error": "invalid_client"}, 401, www_authenticate='Bearer, basic realm="a"')
    assert token_refusal.is_not_refused(refused, ("invalid_client",), (400, 401)) is None
    assert token_refusal.has_no_basic_challenge(refused) is None
    assert "error invalid_client" in str(token_refusal.is_not_refused(refused, ("invalid_request",)))
    assert "hands out a token" in str(token_refusal.is_not_refused(answer(GOOD, 400)))
    assert "failed on the request" in str(token_refusal.is_not_refused(answer("", 500)))
    assert "not a refusal" in str(token_refusal.is_not_refused(answer("", 302)))


@pytest.mark.parametrize("error", ['a"b', "a\\b", "ü", "a\nb", "", 7, None])
def test_an_error_has_the_allowed_characters(error: object) -> None:
    assert token_refusal.is_not_an_error_answer(answer({"error": error}, 400)) is not None


def test_a_refusal_names_every_text_that_is_wrong() -> None:
    said = str(token_refusal.is_not_an_error_answer(answer({"error": "", "error_description": "ü"}, 400)))
    assert said.startswith("the refusal has no error that is text; error_description has characters outside")


def test_two_refusals_are_told_apart_by_what_a_stranger_sees() -> None:
    def differs(second: Response, text: str = "a") -> str:
        first = answer({"error": "invalid_client", "error_description": text}, 401)
        return str(token_refusal.differs(first, second, ("one", "other")))

    assert differs(answer({"error": "invalid_client", "error_description": "a"}, 401)) == "None"
    assert "status" in differs(answer({"error": "invalid_client"}, 400))
    assert "members" in differs(answer({"error": "invalid_client"}, 401))
    assert "error_description a and b" in differs(answer({"error": "invalid_client", "error_description": "b"}, 401))


def test_client_ids_and_what_is_new_each_time_tell_no_refusals_apart() -> None:
    first = answer({"error": "invalid_client", "error_description": "client one, trace 7f3a91cc, 12:04:55Z"}, 401)
    second = answer({"error": "invalid_client", "error_description": "client other, trace 01bd77e2, 12:04:56Z"}, 401)
    assert token_refusal.differs(first, second, ("one", "other")) is None


def test_credentials_for_foreign_origins_are_what_matters() -> None:
    origin = "https://evil.example"
    open_to_all = answer(GOOD, access_control_allow_origin="*", access_control_allow_credentials="true")
    reflected = answer(GOOD, access_control_allow_origin=origin, access_control_allow_credentials="true")
    assert token_refusal.lets_foreign_pages_read(open_to_all, origin) is None  # browsers refuse this pair
    assert token_refusal.lets_foreign_pages_read(reflected, origin) is not None


def test_audiences_are_read_from_a_text_or_a_list() -> None:
    assert access_token.audiences_in(access_token.claims_of(jwt({"aud": "a"}, alg="ES256"))) == {"a"}
    assert access_token.audiences_in(access_token.claims_of(jwt({"aud": ["a", "b", 1]}, alg="ES256"))) == {"a", "b"}
    assert access_token.audiences_in(access_token.claims_of(jwt({}, alg="ES256"))) is None
    assert access_token.is_not_for(frozenset({"a"}), "b") == "the token is meant for a, not for b"


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "00Dxx!a.b.c", "W10.W10.x", f"{'[' * 40}.x.y"])
def test_what_is_no_jwt_has_no_claims(token: str) -> None:
    assert access_token.claims_of(token) == {}


@pytest.mark.parametrize("algorithm", ["none", "NONE", "HS256", 7, None])
def test_no_published_key_proves_such_an_algorithm(algorithm: object) -> None:
    assert "algorithm" in str(access_token.is_not_signed_by(jwt({}, alg=algorithm), {"keys": []}))


def test_a_key_set_that_is_none_proves_nothing() -> None:
    for keys in ({}, {"keys": "x"}, {"keys": [{"kty": "RSA"}]}):
        assert "none of the published keys" in str(access_token.is_not_signed_by(jwt({}, alg="RS256"), keys))


@pytest.mark.parametrize(
    ("times", "lifetime", "said"),
    [
        ({"iat": 1_000, "exp": 4_600}, 3_600, None),
        ({"iat": 1_000, "exp": 4_550}, 3_600, None),
        ({"exp": 90_000}, 3_600, None),
        ({"iat": 1_000}, 3_600, None),
        ({"exp": 4_600}, None, None),
        ({"exp": 4_600}, 86_400, "the token ends in 3600 seconds, and expires_in says 86400"),
        ({"exp": 900}, None, "exp has passed 100 seconds ago"),
        ({"nbf": 1_100}, None, "nbf is 100 seconds ahead"),
        ({"iat": 1_100, "exp": 9_000}, 3_600, "iat is 100 seconds ahead"),
        ({}, 0, "expires_in is 0"),
    ],
)
def test_a_new_token_is_good_now_and_for_as_long_as_was_said(
    times: dict[str, float], lifetime: int | None, said: str | None
) -> None:
    flaw = access_token.does_not_last(times, 1_000, lifetime)
    assert flaw is None if said is None else said in str(flaw)


def test_times_are_numbers() -> None:
    assert access_token.times_in({"iat": 1, "exp": "2", "nbf": True}) == {"iat": 1.0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"active": "true"}, "active is neither true nor false"),
        ({"exp": 1_795_000_000_000}, "exp counts milliseconds"),
        ({"exp": 253_402_300_799}, None),
        ({"aud": ["https://a.example", "https://b.example"]}, None),
        ({"aud": [7]}, "aud is neither text nor a list of texts"),
        ({"client_id": "another"}, "the token is another client's"),
        ({"token_type": "bearer"}, None),
    ],
)
def test_introspection_has_its_types(change: dict[str, object], said: str | None) -> None:
    found = {"active": True, "client_id": "accounts", "exp": 1_795_000_000} | change
    flaws = [flaw for flaw in introspection.members_with_flaws(found, "Bearer", "accounts").values() if flaw]
    assert flaws == [] if said is None else said in flaws[0]


@pytest.mark.parametrize(
    ("active", "meant"), [(True, True), (False, False), ("TRUE", True), ("false", False), ("yes", None), (None, None)]
)
def test_text_says_as_well_whether_a_token_is_active(active: object, meant: bool | None) -> None:
    assert introspection.activity_in({"active": active}) is meant


def test_an_answer_hides_the_scopes_that_it_does_not_name() -> None:
    silent, joined = answer({"access_token": "x"}), answer({"access_token": "x", "scope": "a,b"})
    assert token_answer.hides_scopes(silent, ["a"], {"a"}) is None
    assert token_answer.hides_scopes(joined, ["a"], {"a", "b"}) is None
    assert "also good for b, and the answer names none" in str(token_answer.hides_scopes(silent, ["a"], {"a", "b"}))
    assert "c, and the answer names others" in str(token_answer.hides_scopes(joined, ["a"], {"c"}))


def test_an_answer_promises_the_scopes_that_its_token_lacks() -> None:
    silent, both = answer({"access_token": "x"}), answer({"access_token": "x", "scope": "a b openid other"})
    assert token_answer.promises_scopes(silent, ["a", "b"], {"a"}) is None  # what that grants is another question
    assert token_answer.promises_scopes(both, ["a", "b", "openid"], {"a", "b"}) is None
    assert "names b, and the token" in str(token_answer.promises_scopes(both, ["a", "b"], {"a"}))
