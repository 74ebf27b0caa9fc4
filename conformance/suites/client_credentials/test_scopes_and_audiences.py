"""What the token is good for: the scopes and the audience that were asked for, and no others."""

import pytest
from hypothesis import given

from conformance.suites import always, half, requirement
from conformance.suites.client_credentials.strategies import DISTORTIONS, distortions


@requirement("CCS-35")
def test_the_wanted_scopes_are_granted(token_endpoint):
    scopes = token_endpoint.wanted_scopes()
    token_endpoint.ask(token_endpoint.plain).grants_the_scopes(scopes)


@requirement("CCS-36")
def test_a_scope_that_is_not_granted_is_refused_or_left_out_visibly(token_endpoint):
    token_endpoint.control()
    refused = token_endpoint.refused_scopes()
    requested = (*token_endpoint.role.scopes, *refused)
    answer = token_endpoint.ask(token_endpoint.plain.setting("scope", " ".join(requested)))
    answer.does_not_grant(refused, requested)


@requirement("CCS-37")
def test_a_request_for_unusable_scopes_alone_gets_no_token_for_them(token_endpoint):
    token_endpoint.control()
    refused = token_endpoint.refused_scopes()
    answer = token_endpoint.ask(token_endpoint.plain.setting("scope", " ".join(refused)))
    answer.grants_nothing_of(refused, ("invalid_scope",))


@requirement("CCS-81")
def test_the_answer_names_every_scope_that_the_token_has(token_endpoint):
    scopes = token_endpoint.wanted_scopes()
    for each in token_endpoint.case.each(dict.fromkeys((scopes, scopes[:1]))):
        with each as requested:
            answer = token_endpoint.ask(token_endpoint.plain.setting("scope", " ".join(requested)))
            answer.names_every_scope(requested)


@requirement("CCS-87")
def test_the_token_has_every_wanted_scope_that_the_answer_names(token_endpoint):
    scopes = token_endpoint.wanted_scopes()
    for each in token_endpoint.case.each(dict.fromkeys((scopes, scopes[:1]))):
        with each as requested:
            answer = token_endpoint.ask(token_endpoint.plain.setting("scope", " ".join(requested)))
            answer.has_the_scopes_that_it_names(scopes)


@requirement("CCS-38")
def test_the_token_is_meant_for_the_expected_audience(token_endpoint):
    audience = token_endpoint.expected_audience()
    token_endpoint.ask(token_endpoint.plain).is_meant_for(audience)


@requirement("CCS-39")
@always(distortion=DISTORTIONS)
@half
@given(distortion=distortions())
def test_an_unknown_audience_leads_to_no_token_for_it(token_endpoint, distortion):
    parameter = token_endpoint.audience_parameter()
    unknown = distortion.of(token_endpoint.expected_audience())
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.setting(parameter, unknown)).leads_to_nothing_for(unknown)


@requirement("CCS-40")
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_a_request_without_the_required_audience_is_refused(token_endpoint, empty):
    parameter = token_endpoint.required_audience_parameter()
    token_endpoint.control()
    plain = token_endpoint.plain
    token_endpoint.ask(plain.setting(parameter, "") if empty else plain.without(parameter)).is_refused()


@requirement("CCS-41")
def test_an_unknown_audience_beside_the_right_one_leads_to_no_token_for_it(token_endpoint):
    parameter = token_endpoint.audience_parameter()
    unknown = "https://unknown.example.com/"
    token_endpoint.control()
    token_endpoint.ask(token_endpoint.plain.adding((parameter, unknown))).leads_to_nothing_for(unknown)


@requirement("CCS-42")
def test_a_required_custom_parameter_counts_in_its_own_place_alone(token_endpoint):
    token_endpoint.control()
    for each in token_endpoint.case.each(token_endpoint.misplaced_parameters()):
        with each as (why, ask):
            token_endpoint.ask(ask).is_refused(why=why)
