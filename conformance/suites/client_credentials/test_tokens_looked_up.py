"""The endpoints around: introspection and revocation as their specifications have them."""

import pytest

from conformance.suites import requirement

HINTS = ("refresh_token", "urn:example:unknown")


@requirement("CCS-63")
def test_the_members_of_introspection_have_their_defined_types(token_endpoint):
    answer = token_endpoint.control()
    token_endpoint.look_up(answer.token).has_well_formed_members(answer.token_type)


@requirement("CCS-64")
@pytest.mark.parametrize("hint", HINTS)
def test_a_token_is_found_whatever_type_the_hint_names(token_endpoint, hint):
    token = token_endpoint.introspection_control()
    token_endpoint.introspect(token, hint=hint).is_active_whatever_the_hint(hint)


@requirement("CCS-64")
@pytest.mark.needs("revocation")
@pytest.mark.parametrize("hint", HINTS)
def test_a_token_is_revoked_whatever_type_the_hint_names(token_endpoint, hint):
    token = token_endpoint.introspection_control()
    token_endpoint.revoke(token, hint=hint).is_done_whatever_the_hint(hint, token)
    unknown = token_endpoint.introspect(token_endpoint.unknown_token(token))
    token_endpoint.introspect(token).is_revoked(f"for a token revoked with the hint {hint}", unknown)


@requirement("CCS-65")
def test_a_revocation_without_a_token_is_refused(token_endpoint):
    token_endpoint.control()
    token_endpoint.revoke(None).is_refused()


@requirement("CCS-66")
def test_an_introspection_without_a_token_is_refused(token_endpoint):
    token_endpoint.introspection_control()
    token_endpoint.introspect(None).is_refused()


@requirement("CCS-67")
def test_a_401_of_introspection_or_revocation_has_a_challenge(token_endpoint):
    for each in token_endpoint.case.each(token_endpoint.refusals_around()):
        with each as (_, refusal):
            refusal.has_a_challenge()


@requirement("CCS-68")
def test_introspection_refuses_a_wrong_secret_with_401(token_endpoint):
    token = token_endpoint.introspection_control()
    token_endpoint.introspect(token, "client_secret_basic", as_=token_endpoint.wrong_secret()).is_refused(401)


@requirement("CCS-72")
def test_introspection_by_get_is_refused(token_endpoint):
    token = token_endpoint.introspection_control()
    token_endpoint.introspect(token, "client_secret_basic", method="GET").is_refused()


@requirement("CCS-78")
def test_a_revocation_by_a_stranger_is_refused(token_endpoint):
    token = token_endpoint.control().token
    token_endpoint.revoke(token_endpoint.unknown_token(token), "none").is_refused()
