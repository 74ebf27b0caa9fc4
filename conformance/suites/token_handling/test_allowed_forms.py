"""The forms in which a client may present its token, and what it gets for it."""

import pytest

from conformance.suites import requirement
from conformance.suites.token_handling.driver import PLACES
from conformance.suites.token_handling.redirects import LANDING, LANDINGS


@requirement("SAB-04")
def test_a_get_with_the_token_in_the_authorization_header_gives_a_frontdoor_url(single_access):
    token = single_access.fresh_token()
    single_access.get(bearer=token).opens_a_session()


@requirement("SAB-05")
def test_a_redirect_uri_in_the_query_stays_allowed_and_is_where_the_session_lands(single_access):
    for each in single_access.case.each(LANDINGS):
        with each as landing:
            token = single_access.fresh_token()
            answer = single_access.get(bearer=token, query=landing.as_query())
            answer.opens_a_session()
            answer.lands_on(landing.path)


@requirement("SAB-06")
@pytest.mark.parametrize("place", ["header", "body"])
def test_a_post_gives_a_frontdoor_url_with_the_token_in_the_header_and_in_the_form_body(single_access, place):
    token = single_access.fresh_token()
    form = {"redirect_uri": LANDING.path}
    if place == "header":
        answer = single_access.post(bearer=token, form=form)
    else:
        answer = single_access.post(form={"access_token": token.reveal(), **form})
    answer.opens_a_session()
    answer.lands_on(LANDING.path)


@requirement("SAB-37")
def test_the_scheme_bearer_is_read_in_any_case_of_letters(single_access):
    for each in single_access.case.each(("bearer", "BEARER")):
        with each as scheme:
            token = single_access.fresh_token()
            single_access.control(token)
            single_access.get(authorization=f"{scheme} {token.reveal()}").opens_a_session()


@requirement("SAB-08")
def test_the_answer_is_json_with_an_absolute_frontdoor_uri_on_a_host_of_the_same_org(single_access):
    answer = single_access.control(single_access.fresh_token())
    answer.is_a_frontdoor_answer()


@requirement("SAB-15")
def test_an_answer_with_a_frontdoor_url_is_not_cacheable(single_access):
    for each in single_access.case.each(PLACES):
        with each as place:
            _, answer = single_access.control_in(place)
            answer.is_not_cacheable()
