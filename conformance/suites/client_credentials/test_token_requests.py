"""How the request is read: a form in a POST, each parameter once, and what nobody knows left alone."""

import pytest
from hypothesis import given

from conformance.suites import always, half, requirement
from conformance.suites.client_credentials.answers import INVALID_REQUEST
from conformance.suites.client_credentials.strategies import (
    EMPTY,
    REPETITIONS,
    UNKNOWN,
    repetitions,
    unknown_parameters,
)
from conformance.suites.client_credentials.token_requests import SPELLINGS


@requirement("CCS-08")
@always(pair=UNKNOWN)
@half
@given(pair=unknown_parameters())
def test_unknown_parameters_in_the_body_are_ignored(token_endpoint, pair):
    token_endpoint.works()
    token_endpoint.ask(token_endpoint.plain.adding(pair)).grants_a_token()


@requirement("CCS-09")
@pytest.mark.parametrize("place", ["query", "header"])
def test_unknown_query_parameters_and_headers_are_ignored(token_endpoint, place):
    plain = token_endpoint.plain
    token_endpoint.works()
    asks = {"query": plain.in_the_query(("foo", "a&b=c")), "header": plain.with_headers(("X-Foo", "a&b=c"))}
    token_endpoint.ask(asks[place]).grants_a_token()


@requirement("CCS-10")
@always(repetition=REPETITIONS)
@half
@given(repetition=repetitions())
def test_a_repeated_parameter_is_refused(token_endpoint, repetition):
    token_endpoint.control()
    by_scope = repetition.name == "scope" and repetition.other_value is None and bool(token_endpoint.role.scopes)
    token_endpoint.ask_repeating(repetition).is_refused_as_repeated(by_scope=by_scope)


@requirement("CCS-11")
@pytest.mark.parametrize("name", EMPTY)
def test_a_parameter_without_a_value_counts_as_absent(token_endpoint, name):
    token_endpoint.works()
    token_endpoint.ask(token_endpoint.plain.setting(name, "")).grants_a_token()


@requirement("CCS-11")
def test_an_empty_scope_counts_as_absent(token_endpoint):
    token_endpoint.works()
    absent = token_endpoint.ask(token_endpoint.plain.without("scope"))
    token_endpoint.ask(token_endpoint.plain.setting("scope", "")).comes_to_the_same_as(absent)


@requirement("CCS-12")
def test_a_missing_grant_type_is_refused_as_invalid_request(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.without("grant_type")).is_refused(INVALID_REQUEST)


@requirement("CCS-13")
def test_an_empty_grant_type_is_refused_like_a_missing_one(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.setting("grant_type", "")).is_refused(INVALID_REQUEST)


@requirement("CCS-14")
@pytest.mark.parametrize("grant_type", ["client_credentialsx", "urn:example:grant", "CLIENT_CREDENTIALS"])
def test_an_unknown_grant_type_is_refused_as_unsupported_grant_type(token_endpoint, grant_type):
    token_endpoint.control()
    answer = token_endpoint.ask(token_endpoint.plain.setting("grant_type", grant_type))
    answer.is_refused(("unsupported_grant_type",))


@requirement("CCS-15")
def test_a_json_body_gets_no_token(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.as_json()).gets_no_token()


@requirement("CCS-16")
@pytest.mark.parametrize("parameter", ["; charset=UTF-8", ";charset=utf-8", '; charset="UTF-8"'])
def test_a_charset_parameter_in_the_content_type_of_the_form_changes_nothing(token_endpoint, parameter):
    token_endpoint.works()
    plain = token_endpoint.plain
    token_endpoint.ask(plain.declared_as(plain.media_type + parameter)).grants_a_token()


@requirement("CCS-17")
def test_a_value_means_the_same_in_every_form_encoding(token_endpoint):
    token_endpoint.works_in_some_spelling()
    for each in token_endpoint.case.each(SPELLINGS):
        with each as spelling:
            token_endpoint.ask(token_endpoint.plain.spelled(spelling)).grants_a_token()


@requirement("CCS-18")
def test_a_get_gets_no_token(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.by_get()).gets_no_token()


@requirement("CCS-19")
def test_credentials_in_the_url_get_no_token(token_endpoint):
    token_endpoint.control()
    pair = token_endpoint.credentials
    ask = token_endpoint.plain.in_the_query(("client_id", pair.client_id), ("client_secret", pair.secret))
    token_endpoint.ask(ask, "none").is_refused()


@requirement("CCS-71")
@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data; boundary=form"])
def test_a_form_that_is_declared_as_something_else_gets_no_token(token_endpoint, media_type):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.declared_as(media_type)).gets_no_token()


@requirement("CCS-73")
def test_a_post_with_its_parameters_in_the_query_gets_no_token(token_endpoint):
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.all_in_the_query()).gets_no_token()
