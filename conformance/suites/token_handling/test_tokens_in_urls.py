"""Where a token is in a URL, no session opens (Winter '26), and nothing else is refused for looking like it."""

from functools import partial

import pytest
from hypothesis import given

from conformance.suites import always, requirement
from conformance.suites.token_handling.driver import IN_FORM, PLACES
from conformance.suites.token_handling.strategies import (
    LOOK_ALIKES,
    OTHER_NAMES,
    PLAIN,
    RESPELLED,
    SEPARATED,
    Query,
    look_alikes,
    queries_carrying_the_token,
    respelled_queries,
)


@requirement("SAB-01")
@given(query=queries_carrying_the_token())
def test_a_token_in_the_query_of_a_get_is_refused(single_access, query):
    token, _ = single_access.control_in()
    single_access.get(query=query.carrying(token.reveal())).is_refused()


@requirement("SAB-02")
@given(query=queries_carrying_the_token())
def test_a_token_in_the_query_is_refused_although_a_valid_header_stands_beside_it(single_access, query):
    token, _ = single_access.control_in()
    single_access.get(bearer=token, query=query.carrying(token.reveal())).is_refused()


@requirement("SAB-03")
@always(query=RESPELLED)
@given(query=respelled_queries())
def test_the_spelling_of_the_query_does_not_let_a_token_through(single_access, query):
    token, _ = single_access.control_in()
    single_access.get(query=query.carrying(token.reveal())).is_refused()


@requirement("SAB-30")
def test_a_token_behind_a_semicolon_in_the_query_opens_no_session(single_access):
    for each in single_access.case.each(SEPARATED):
        with each as query:
            token, _ = single_access.control_in()
            single_access.get(query=query.carrying(token.reveal())).opens_no_session()


@requirement("SAB-07")
@given(query=queries_carrying_the_token())
def test_a_post_with_the_token_in_its_url_is_refused(single_access, query):
    token, _ = single_access.control_in(IN_FORM)
    single_access.post(query=query.carrying(token.reveal())).is_refused()


@requirement("SAB-22")
def test_a_refusal_does_not_repeat_the_token(single_access):
    token = single_access.fresh_token()
    single_access.control(token)
    unknown = single_access.unknown_token(token)
    refused = {
        "in the query of a GET": (token, partial(single_access.get, query=PLAIN.carrying(token.reveal()))),
        "in the query of a POST": (token, partial(single_access.post, query=PLAIN.carrying(token.reveal()))),
        **{f"unknown, in the {p}": (unknown, partial(single_access.present, unknown, p)) for p in PLACES},
    }
    for each in single_access.case.each(refused.items()):
        with each as (_, (sent, ask)):
            ask().does_not_repeat(sent)


@requirement("SAB-34")
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_redirect_has_the_token_in_its_address(single_access, method):
    token, _ = single_access.control_in()
    ask = getattr(single_access, method)
    ask(query=PLAIN.carrying(token.reveal())).sends_nobody_on_with(token)


@requirement("SAB-23")
def test_a_head_with_the_token_in_its_query_opens_no_session(single_access):
    token = single_access.fresh_token()
    single_access.control(token)
    single_access.head(query=PLAIN.carrying(token.reveal())).opens_no_session()


@requirement("SAB-31")
def test_a_head_with_the_token_in_its_query_is_refused(single_access):
    token = single_access.fresh_token()
    single_access.control(token)
    single_access.head(query=PLAIN.carrying(token.reveal())).is_refused()


@requirement("SAB-24")
def test_a_token_in_the_query_of_a_post_is_refused_although_the_body_carries_one_too(single_access):
    token, _ = single_access.control_in(IN_FORM)
    form = {"access_token": token.reveal()}
    single_access.post(query=PLAIN.carrying(token.reveal()), form=form).is_refused()


@requirement("SAB-27")
@always(query=LOOK_ALIKES)
@given(query=look_alikes())
def test_a_parameter_that_only_resembles_a_token_parameter_is_not_refused(single_access, query):
    token, _ = single_access.control_in()
    single_access.get(bearer=token, query=query).opens_a_session()


@requirement("SAB-29")
def test_a_token_under_another_parameter_name_opens_no_session(single_access):
    for each in single_access.case.each(OTHER_NAMES):
        with each as name:
            token, _ = single_access.control_in()
            single_access.get(query=Query(f"{name}={{token}}").carrying(token.reveal())).opens_no_session()
