"""Who asks: the client proves itself in one way, completely, and nobody else gets a token."""

import pytest
from hypothesis import given

from conformance.suites import always, half, requirement
from conformance.suites.client_credentials.answers import INVALID_CLIENT
from conformance.suites.client_credentials.strategies import MALFORMED, UNREADABLE, malformed_headers


@requirement("CCS-20")
def test_basic_credentials_with_reserved_characters_are_decoded(token_endpoint):
    token_endpoint.works_decoded_or_not()
    token_endpoint.must_use("client_secret_basic")
    token_endpoint.ask(token_endpoint.plain, "client_secret_basic", token_endpoint.reserved_client()).grants_a_token()


@requirement("CCS-21")
def test_a_wrong_secret_is_refused_as_invalid_client(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            answer = token_endpoint.ask(token_endpoint.plain, method, token_endpoint.wrong_secret())
            answer.is_refused(INVALID_CLIENT, (400, 401))


@requirement("CCS-22")
def test_the_refusal_of_basic_credentials_is_401_with_a_basic_challenge(token_endpoint):
    token_endpoint.control()
    token_endpoint.must_use("client_secret_basic")
    answer = token_endpoint.ask(token_endpoint.plain, "client_secret_basic", token_endpoint.wrong_secret())
    answer.challenges_with_basic()


@requirement("CCS-23")
def test_an_empty_secret_is_refused(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            token_endpoint.ask(token_endpoint.plain, method, token_endpoint.empty_secret()).is_refused()


@requirement("CCS-24")
def test_a_client_id_without_a_secret_is_refused(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.setting("client_id", token_endpoint.role.client_id), "none").is_refused()


@requirement("CCS-25")
def test_an_unknown_client_is_refused_as_invalid_client(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            answer = token_endpoint.ask(token_endpoint.plain, method, token_endpoint.unknown_client())
            answer.is_refused(INVALID_CLIENT, (400, 401))


@requirement("CCS-26")
def test_a_request_without_a_client_is_refused(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain, "none").is_refused()


@requirement("CCS-27")
def test_two_kinds_of_client_authentication_at_once_are_refused(token_endpoint):
    token_endpoint.control()
    pair = token_endpoint.credentials
    ask = token_endpoint.plain.adding(("client_id", pair.client_id), ("client_secret", pair.secret))
    token_endpoint.ask(ask, "client_secret_basic").is_refused()


@requirement("CCS-28")
@always(header=MALFORMED)
@half
@given(header=malformed_headers())
def test_client_credentials_in_a_malformed_authorization_header_are_refused(token_endpoint, header):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.with_headers(("Authorization", header)), "none").is_refused()


@requirement("CCS-29")
def test_an_unknown_client_and_a_wrong_secret_are_answered_alike(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            wrong = token_endpoint.ask(token_endpoint.plain, method, token_endpoint.wrong_secret())
            token_endpoint.ask(token_endpoint.plain, method, token_endpoint.unknown_client()).is_answered_like(wrong)


@requirement("CCS-30")
def test_a_signed_assertion_that_proves_nothing_is_refused(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.assertions.forgeries()):
        with each as forgery:
            token_endpoint.ask(token_endpoint.asserting(forgery.assertion), "none").is_refused(why=forgery.why)


@requirement("CCS-79")
def test_an_assertion_for_the_issuer_alone_is_accepted(token_endpoint):
    method = token_endpoint.signing_method()
    token_endpoint.works_by(method)
    assertion = token_endpoint.assertions.for_the_issuer(method, token_endpoint.issuer())
    token_endpoint.ask(token_endpoint.asserting(assertion), "none").grants_a_token()


@requirement("CCS-60")
def test_clients_without_a_usable_secret_are_refused_in_the_words_of_the_specification(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(UNREADABLE):
        with each as header:
            answer = token_endpoint.ask(token_endpoint.plain.with_headers(("Authorization", header)), "none")
            answer.is_refused_in_words(in_header=True)
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            answer = token_endpoint.ask(token_endpoint.plain, method, token_endpoint.empty_secret())
            answer.is_refused_in_words(in_header=method == "client_secret_basic")


@requirement("CCS-61")
def test_basic_credentials_beside_the_id_of_another_client_get_no_token(token_endpoint):
    token_endpoint.control()
    ask = token_endpoint.plain.adding(("client_id", token_endpoint.unknown_client().client_id))
    token_endpoint.ask(ask, "client_secret_basic").is_refused()


@requirement("CCS-62")
@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
def test_the_scheme_basic_is_read_in_any_case_of_letters(token_endpoint, scheme):
    token_endpoint.works()
    token_endpoint.must_use("client_secret_basic")
    token_endpoint.ask_with_scheme(scheme).grants_a_token()


@requirement("CCS-69")
def test_a_401_for_credentials_in_the_form_has_a_challenge(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain, "client_secret_post", token_endpoint.wrong_secret()).has_a_challenge()


@requirement("CCS-70")
def test_a_basic_challenge_names_its_realm(token_endpoint):
    token_endpoint.works()
    token_endpoint.ask(token_endpoint.plain, "client_secret_basic", token_endpoint.wrong_secret()).names_its_realm()


@requirement("CCS-82")
def test_nearly_the_right_secret_is_refused(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.near_secrets()):
        with each as (why, near):
            token_endpoint.ask(token_endpoint.plain, token_endpoint.secret_methods[0], near).is_refused(why=why)


@requirement("CCS-86")
def test_an_id_or_a_secret_with_a_blank_at_one_end_is_another_one(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(
        (m, *pair) for m in token_endpoint.secret_methods for pair in token_endpoint.padded()
    ):
        with each as (method, why, padded):
            token_endpoint.ask(token_endpoint.plain, method, padded).is_refused(why=why)


@requirement("CCS-75")
def test_a_client_id_in_another_case_of_letters_is_another_client(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.secret_methods):
        with each as method:
            token_endpoint.ask(token_endpoint.plain, method, token_endpoint.id_in_another_case()).is_refused()
