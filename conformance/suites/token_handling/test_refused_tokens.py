"""Tokens that are no key: unknown, expired, revoked, foreign, too narrow, missing or misshapen."""

import pytest

from conformance.redaction import Secret
from conformance.rules.single_access import ANY_4XX
from conformance.suites import requirement
from conformance.suites.token_handling.driver import IN_FORM, MALFORMED_REFUSALS, PLACES, TOKEN_REFUSALS


@requirement("SAB-11")
def test_an_unknown_token_is_refused_with_401_or_403(single_access):
    for each in single_access.case.each(PLACES):
        with each as place:
            token, _ = single_access.control_in(place)
            in_another_case = Secret(token.reveal().swapcase())
            for unknown in (single_access.unknown_token(token), in_another_case):
                if unknown != token:
                    single_access.present(unknown, place).is_refused(TOKEN_REFUSALS)


@requirement("SAB-36")
def test_a_post_with_a_token_in_its_header_and_in_its_body_is_refused(single_access):
    token, _ = single_access.control_in(IN_FORM)
    single_access.post(bearer=token, form={"access_token": token.reveal()}).is_refused()


@requirement("SAB-12")
def test_a_token_without_the_web_scope_is_refused(single_access):
    token = single_access.token_without_web()
    for each in single_access.case.each(PLACES):
        with each as place:
            single_access.control_in(place)
            refusal = single_access.present(token, place)
            refusal.is_refused(TOKEN_REFUSALS)
            refusal.is_of_a_living_token(token, place)


@requirement("SAB-13")
def test_the_refusal_of_an_unknown_token_carries_a_bearer_challenge(single_access):
    token = single_access.fresh_token()
    single_access.control(token)
    single_access.get(bearer=single_access.unknown_token(token)).challenges_with_bearer()


@requirement("SAB-18")
@pytest.mark.moves_the_clock
def test_an_expired_token_is_refused_with_401_or_403(single_access):
    token = single_access.expired_token()
    for each in single_access.case.each(PLACES):
        with each as place:
            single_access.control_in(place)
            single_access.present(token, place).is_refused(TOKEN_REFUSALS)


@requirement("SAB-19")
def test_a_revoked_token_is_refused_with_401_or_403(single_access):
    token = single_access.revoked_token()
    for each in single_access.case.each(PLACES):
        with each as place:
            single_access.control_in(place)
            single_access.present(token, place).is_refused(TOKEN_REFUSALS)


@requirement("SAB-20")
def test_a_token_of_another_org_is_refused_with_401_or_403(single_access):
    token = single_access.foreign_token()
    for each in single_access.case.each(PLACES):
        with each as place:
            single_access.control_in(place)
            single_access.present(token, place).is_refused(TOKEN_REFUSALS)


@requirement("SAB-21")
def test_the_challenge_to_a_request_without_credentials_names_no_error(single_access):
    single_access.control(single_access.fresh_token())
    single_access.get().names_no_error()


@requirement("SAB-25")
@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer", id="scheme alone"),
        pytest.param("Bearer {token} {token}", id="two tokens"),
        pytest.param("Basic {token}", id="another scheme"),
        pytest.param("Bearer token={token}", id="a parameter"),
    ],
)
def test_a_malformed_authorization_header_is_refused(single_access, header):
    token = single_access.fresh_token()
    single_access.control(token)
    single_access.get(authorization=header.format(token=token.reveal())).is_refused(MALFORMED_REFUSALS)


@requirement("SAB-26")
def test_an_oversized_authorization_header_is_refused_with_a_4xx(single_access, parameters):
    token = single_access.fresh_token()
    single_access.control(token)
    oversized = f"Bearer {token.reveal()}".ljust(parameters["header_bytes"], "A")
    single_access.get(authorization=oversized).is_refused(ANY_4XX)


@requirement("SAB-28")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_request_without_credentials_is_refused(single_access, method):
    single_access.control(single_access.fresh_token(), against_strangers=False)
    getattr(single_access, method)().is_refused()


@requirement("SAB-33")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_request_without_credentials_is_answered_400_401_or_403(single_access, method):
    single_access.control(single_access.fresh_token(), against_strangers=False)
    getattr(single_access, method)().is_refused(MALFORMED_REFUSALS)
