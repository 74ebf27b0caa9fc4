"""A client of an org's APIs: what it does with its tokens, its retries and the addresses that it is given."""

from conformance.rules.clients import api, retries, token_requests
from conformance.suites import requirement
from conformance.suites.clients import api_scenarios as scenarios
from conformance.suites.clients.certificates import refuses_strangers
from conformance.suites.clients.secrecy import has_secrets_in_arguments, shows_secrets
from conformance.suites.clients.throttling import waits


@requirement("TIU-01")
def test_no_request_of_a_client_has_a_credential_in_its_url(client):
    client.works(lambda seen: seen.keeps_by_listening("TIU-01"))
    for each in client.case.each(client.scenarios(scenarios.SCENARIOS), lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).keeps_by_listening("TIU-01")


@requirement("TIU-02")
def test_no_credential_is_in_a_referring_a_redirecting_or_a_streaming_address(client):
    client.works()
    for each in client.case.each(client.scenarios(scenarios.SCENARIOS), lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).keeps_by_listening("TIU-02")


@requirement("TIU-03")
def test_after_a_refused_single_access_no_session_id_is_put_into_a_url(client):
    client.works()
    seen = client.through(scenarios.SINGLE_ACCESS_REFUSED)
    seen.gave_occasion("refused", "never called single access", "single_access")
    seen.judge(api.falls_back_to_a_session_id(seen.exchanges), "an error, and no session", "no-fallback")


@requirement("TIU-04")
def test_after_403_bad_oauth_token_the_token_is_renewed_and_the_call_repeated_with_it(client):
    client.works()
    seen = client.through(scenarios.BAD_TOKEN_ONCE)
    seen.gave_occasion("bad-token", "never called single access", "single_access")
    seen.judge(api.does_not_renew(seen.exchanges), "a new token, and the call again with it", "renews")


@requirement("TIU-05")
def test_a_frontdoor_url_is_opened_once_and_neither_printed_nor_stored(client):
    seen = client.works()
    seen.needs(api.single_access_calls(seen.exchanges), "single_access", "never called single access")
    seen.judge(api.opens_a_frontdoor_url_again(seen.exchanges), "a new frontdoor URL for each visit", "opened-once")
    seen.keeps_no_frontdoor_url()


@requirement("TIU-06")
def test_tokens_are_revoked_introspected_and_shown_to_user_info_in_a_body_or_a_header(client):
    seen = client.works()
    seen.needs(api.token_services(seen.exchanges), "revocation", "neither revoked a token nor asked about one")
    flaw = api.shows_a_token_to_them_in_a_url(seen.exchanges)
    seen.judge(flaw, "a POST with the token in its body, and for user info the header", "token-in-body-or-header")


@requirement("TIU-07")
def test_a_bearer_token_goes_only_to_the_origin_that_it_is_meant_for(client):
    client.works()
    seen = [client.through(scenario) for scenario in client.scenarios(scenarios.ELSEWHERE)]
    led = [one for one in seen if one.met(one.name)]
    seen[-1].needs(led, "", "asked for nothing that leads elsewhere")
    for each in client.case.each(led, lambda one: one.name):
        with each as one:
            one.keeps_by_listening("TIU-07")


@requirement("TIU-08")
def test_no_token_or_secret_is_in_the_output_or_the_files_of_an_api_client(client):
    client.works()
    for each in client.case.each(scenarios.SCENARIOS, lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.judge_beside(shows_secrets(seen), "messages without them", "no-secret-shown")


@requirement("TIU-09")
def test_no_token_or_secret_is_in_the_arguments_of_a_process(client):
    seen = client.works()
    seen.judge_beside(
        has_secrets_in_arguments(seen), "secrets in the environment, a file or a pipe", "no-secret-in-arguments"
    )


@requirement("TIU-10")
def test_after_429_and_503_a_client_waits_as_retry_after_says(client):
    client.works()
    waits(client, scenarios.THROTTLED, "called no data API")


@requirement("TIU-11")
def test_a_call_that_fails_is_repeated_a_few_times_at_most(client, parameters):
    client.works()
    for each in client.case.each((scenarios.FAILING, scenarios.FORBIDDEN), lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.gave_occasion("failing", "called no data API")
            seen.ends_within_its_time()
            flaw = retries.repeats_without_end(seen.exchanges, parameters["tries"])
            seen.judge(flaw, f"at most {parameters['tries']} tries", "few-tries")


@requirement("TIU-12")
def test_a_certificate_of_a_stranger_is_refused(client):
    client.works()
    refuses_strangers(client)


@requirement("TIU-13")
def test_where_single_access_always_refuses_it_is_called_a_few_times_at_most(client, parameters):
    client.works()
    seen = client.through(scenarios.BAD_TOKEN_FOR_EVER)
    seen.gave_occasion("bad-token", "never called single access", "single_access")
    seen.ends_within_its_time()
    flaw = api.renews_too_often(seen.exchanges, parameters["tries"])
    seen.judge(flaw, f"an error after at most {parameters['tries']} tries", "renews-a-few-times")


@requirement("TIU-14")
def test_a_creation_whose_answer_is_lost_is_not_simply_repeated(client):
    client.works()
    seen = client.through(scenarios.LOST_ANSWER)
    seen.gave_occasion("lost", "posted no record to an object of the data API")
    seen.ends_within_its_time()
    seen.judge(retries.creates_again(seen.exchanges), "an error, or a look whether the record is there", "once")


@requirement("TIU-15")
def test_a_refresh_token_or_a_client_secret_does_not_follow_a_redirect_to_another_origin(client):
    client.works()
    for each in client.case.each(client.scenarios(scenarios.RENEWAL_MOVED), lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.gave_occasion("moved", "asked for no token, although its own had ended", "renewal")
            flaw = token_requests.carries_its_credentials_elsewhere(seen.exchanges)
            seen.judge(flaw, "neither of them there", "stays")
