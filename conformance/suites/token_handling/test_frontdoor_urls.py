"""A frontdoor URL is a key for one door and one turn."""

import pytest
from hypothesis import given

from conformance.rules.single_access import with_another_landing
from conformance.suites import always, requirement
from conformance.suites.token_handling.answers import codes_vary, one_session_at_most
from conformance.suites.token_handling.redirects import FOREIGN, foreign_redirects


@requirement("SAB-09")
def test_the_frontdoor_url_does_not_contain_the_access_token(single_access):
    token = single_access.fresh_token()
    answer = single_access.control(token)
    answer.keeps_out_of_its_frontdoor_url(token)


@requirement("SAB-10")
def test_a_frontdoor_url_works_once(single_access):
    token = single_access.fresh_token()
    frontdoor = single_access.control(token).frontdoor
    single_access.open(frontdoor).is_the_control()
    again = {"unchanged": frontdoor, "with another page to land on": with_another_landing(frontdoor)}
    for each in single_access.case.each(again.items()):
        with each as (how, url):
            single_access.open(url).does_not_log_in(f"at its second use, {how}")


@requirement("SAB-32")
def test_a_frontdoor_url_that_is_opened_four_times_at_once_gives_one_session(single_access):
    token = single_access.fresh_token()
    single_access.open(single_access.control(token).frontdoor).is_the_control()
    one_session_at_most(single_access.open_at_once(single_access.control(token).frontdoor, 4))


@requirement("SAB-14")
@always(redirect_uri=FOREIGN)
@given(redirect_uri=foreign_redirects())
def test_a_redirect_uri_does_not_lead_out_of_the_orgs_own_hosts(single_access, redirect_uri):
    token, _ = single_access.control_in()
    redirect_uri = redirect_uri.at(single_access.host)
    single_access.get(bearer=token, query=redirect_uri.as_query()).stays_with_the_org(redirect_uri.path)


@requirement("SAB-16")
@pytest.mark.moves_the_clock
def test_a_frontdoor_url_expires_when_it_is_not_used(single_access, parameters):
    token = single_access.fresh_token()
    single_access.open(single_access.control(token).frontdoor).is_the_control()
    unused = single_access.control(token).frontdoor
    single_access.advance_clock(parameters["lifetime_seconds"])
    single_access.open(unused).does_not_log_in(f"{parameters['lifetime_seconds']} seconds after it was made")


@requirement("SAB-35")
def test_one_time_codes_are_too_varied_to_be_guessed(single_access, parameters):
    token = single_access.fresh_token()
    answers = [single_access.control(token)]
    while len(answers) < parameters["codes"]:
        single_access.open(answers[-1].frontdoor)  # an unused one may be handed out again, which SAB-17 judges
        answers.append(single_access.control(token))
    codes_vary(answers, parameters["bits"])


@requirement("SAB-17")
def test_two_calls_give_two_different_frontdoor_urls(single_access):
    token = single_access.fresh_token()
    first = single_access.control(token)
    second = single_access.control(token)
    second.differs_from(first)
