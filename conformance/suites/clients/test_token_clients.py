"""A client that asks for tokens: its requests, what it makes of the answers, and when it asks again."""

from functools import partial

from conformance.rules.clients import token_requests as rules
from conformance.suites import requirement
from conformance.suites.clients import token_scenarios as scenarios
from conformance.suites.clients.answers import Seen
from conformance.suites.clients.certificates import refuses_strangers
from conformance.suites.clients.scenario import PLAIN
from conformance.suites.clients.secrecy import keeps_its_secrets
from conformance.suites.clients.throttling import waits


@requirement("CCC-01")
def test_each_custom_parameter_is_where_it_was_configured_body_header_or_query(client):
    seen = client.works()
    judged = seen.judged_parameters()
    flaw = rules.misplaces_parameters(seen.exchanges, judged)
    seen.judge(flaw, "each of them in its own place, and there alone", "in-place")
    seen.sent_all_of_a_place(judged)


@requirement("CCC-02")
def test_a_client_proves_who_it_is_in_one_way_and_never_in_the_address(client):
    client.works(_in_one_way)
    for each in client.case.each(client.scenarios([PLAIN, scenarios.BY_FORM]), lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.needs(rules.proofs(seen.exchanges), "", "asked for no token with credentials of its own")
            _in_one_way(seen)


@requirement("CCC-03")
def test_a_token_request_is_a_post_of_a_form_whose_values_arrive_whole(client):
    is_well_formed = partial(_by_form, client.parameters)
    seen = client.works(is_well_formed)
    seen.needs(rules.token_requests(seen.exchanges), "", "asked for no token")
    is_well_formed(seen)


@requirement("CCC-04")
def test_a_401_of_the_api_leads_to_one_new_token_and_one_retry_403_and_500_do_not(client):
    client.works()
    once = client.through(scenarios.API_401_ONCE)
    once.gave_occasion("refused", "called no data API")
    once.judge(rules.does_not_renew_on_401(once.exchanges), "a new token, and the call again with it", "renews")
    for scenario, status in ((scenarios.API_403, 403), (scenarios.API_500, 500)):
        other = client.through(scenario)
        other.judge(rules.renews_for(other.exchanges, status), "the error of the API", "keeps-its-token")


@requirement("CCC-05")
def test_custom_parameters_are_sent_again_when_a_token_is_renewed(client):
    client.works().judged_parameters()
    seen = client.through(scenarios.API_401_ONCE)
    seen.needs(len(rules.token_requests(seen.exchanges)) > 1, "", "renewed no token")
    seen.judge(rules.changes_on_renewal(seen.exchanges, client.parameters), "the same parameters each time", "again")


@requirement("CCC-06")
def test_any_correct_token_answer_is_understood(client):
    client.understands(scenarios.FULL_ANSWER)
    for each in client.case.each(scenarios.USUAL_ANSWERS, lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.gave_occasion("answer", "asked for no token")
            seen.judge(seen.fails_at_nothing(), "calls of the API with that token, and a good end", "understood")


@requirement("CCC-07")
def test_a_refusal_of_the_token_endpoint_ends_the_work_and_is_shown_by_its_error_code(client):
    client.works()
    seen = client.through(scenarios.TOKEN_REFUSED)
    seen.gave_occasion("refused", "asked for no token")
    seen.judge(rules.calls_without_a_token(seen.exchanges), "no call without a token", "no-call")
    seen.judge_beside(seen.says_nothing_of("invalid_client"), "a message with invalid_client", "error-shown")


@requirement("CCC-08")
def test_no_token_or_secret_is_in_the_output_the_files_or_the_arguments_of_a_token_client(client):
    client.works()
    for each in client.case.each(scenarios.SCENARIOS, lambda scenario: scenario.name):
        with each as scenario:
            keeps_its_secrets(client.through(scenario))


@requirement("CCC-09")
def test_a_lifetime_that_is_given_as_text_does_no_harm(client):
    client.works()
    seen = client.through(scenarios.EXPIRY_AS_TEXT)
    seen.gave_occasion("answer", "asked for no token")
    seen.judge(seen.fails_at_nothing(), "calls of the API with that token, and a good end", "understood")


@requirement("CCC-10")
def test_a_token_endpoint_that_is_down_is_asked_a_few_times_at_most(client, parameters):
    client.works()
    seen = client.through(scenarios.TOKEN_DOWN)
    seen.gave_occasion("down", "asked for no token")
    seen.ends_within_its_time()
    flaw = rules.renews_without_end(seen.exchanges, parameters["tries"])
    seen.judge(flaw, f"at most {parameters['tries']} tries", "few-tries")


@requirement("CCC-11")
def test_where_no_new_token_helps_against_a_401_a_few_are_asked_for_at_most(client, parameters):
    client.works()
    seen = client.through(scenarios.API_401)
    seen.gave_occasion("refused", "called no data API")
    seen.ends_within_its_time()
    flaw = rules.renews_without_end(seen.exchanges, parameters["tries"])
    seen.judge(flaw, f"at most {parameters['tries']} tokens", "few-tokens")


@requirement("CCC-12")
def test_the_id_and_the_secret_of_a_client_are_form_encoded_before_they_go_into_basic(client):
    client.works()
    seen = client.through(scenarios.RESERVED)
    seen.needs(rules.proofs_by_basic(seen.exchanges), "", "asked for no token with HTTP Basic")
    flaw = rules.encodes_no_credentials(seen.exchanges, seen.pair)
    seen.judge(flaw, "both encoded as a form, and then as Basic", "encoded")


@requirement("CCC-13")
def test_no_request_of_a_token_client_has_a_credential_in_its_url(client):
    client.works(lambda seen: seen.keeps_by_listening("TIU-01"))
    for each in client.case.each(client.scenarios(scenarios.SCENARIOS), lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).keeps_by_listening("TIU-01")


@requirement("CCC-14")
def test_the_credentials_of_a_client_do_not_follow_a_redirect_to_another_origin(client):
    client.works()
    for each in client.case.each(client.scenarios(scenarios.MOVED), lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.gave_occasion("moved", "asked for no token")
            flaw = rules.carries_its_credentials_elsewhere(seen.exchanges)
            seen.judge(flaw, "no credentials there", "stays")


@requirement("CCC-15")
def test_a_token_client_refuses_the_certificate_of_a_stranger(client):
    client.works()
    refuses_strangers(client)


@requirement("CCC-16")
def test_after_429_and_503_of_the_token_endpoint_a_client_waits_as_retry_after_says(client):
    client.works()
    waits(client, scenarios.THROTTLED, "asked for no token", rules.token_requests)


@requirement("CCC-17")
def test_a_token_request_that_is_refused_is_repeated_a_few_times_at_most(client, parameters):
    client.works()
    seen = client.through(scenarios.TOKEN_REFUSED)
    seen.gave_occasion("refused", "asked for no token")
    seen.ends_within_its_time()
    flaw = rules.renews_without_end(seen.exchanges, parameters["tries"])
    seen.judge(flaw, f"at most {parameters['tries']} tries", "few-tries")


def _in_one_way(seen: Seen) -> None:
    flaw = rules.authenticates_wrongly(seen.exchanges)
    seen.judge(flaw, "HTTP Basic, the form, or an assertion", "one-way")


def _by_form(parameters: rules.Places, seen: Seen) -> None:
    flaw = rules.asks_in_another_form(seen.exchanges, parameters)
    seen.judge(flaw, "POST, application/x-www-form-urlencoded, values percent-encoded", "form")
