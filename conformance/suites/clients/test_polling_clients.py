"""A client that polls: it hands over every change at least once, whatever goes wrong, and never loses its place."""

from conformance.rules.clients import files, retries
from conformance.rules.clients import polling as rules
from conformance.suites import requirement
from conformance.suites.clients import polling_scenarios as scenarios
from conformance.suites.clients.certificates import refuses_strangers
from conformance.suites.clients.secrecy import keeps_its_secrets
from conformance.suites.clients.throttling import waits


@requirement("PCX-01")
def test_the_mark_moves_only_after_a_poll_that_ended_well(client):
    client.polls()
    for each in client.case.each([scenarios.PAGE_FAILS, scenarios.SINK_FAILS], lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).loses_nothing()


@requirement("PCX-02")
def test_records_with_the_time_of_the_mark_are_asked_for_again(client):
    client.polls()
    client.through(scenarios.TIES).loses_nothing()


@requirement("PCX-03")
def test_the_mark_comes_from_the_data_of_the_system_not_from_the_clock_of_the_client(client):
    client.polls()
    client.through(scenarios.SKEWED).loses_nothing()


@requirement("PCX-04")
def test_a_restart_goes_on_where_the_client_stopped(client):
    client.polls()
    client.through(scenarios.RESTARTED).loses_nothing()


@requirement("PCX-06")
def test_where_nothing_goes_wrong_no_change_is_handed_over_twice(client):
    seen = client.polls()
    seen.judge(rules.repeats(seen.exchanges), "each change once, found again by its id and its time", "once")


@requirement("PCX-08")
def test_no_token_or_secret_is_in_the_output_the_files_or_the_arguments_of_a_polling_client(client):
    client.polls()
    for each in client.case.each(scenarios.SCENARIOS, lambda scenario: scenario.name):
        with each as scenario:
            keeps_its_secrets(client.through(scenario))


@requirement("PCX-09")
def test_no_request_of_a_polling_client_has_a_credential_in_its_url(client):
    client.polls(lambda seen: seen.keeps_by_listening("TIU-01"))
    for each in client.case.each(client.scenarios(scenarios.SCENARIOS), lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).keeps_by_listening("TIU-01")


@requirement("PCX-10")
def test_a_polling_client_refuses_the_certificate_of_a_stranger(client):
    client.polls()
    refuses_strangers(client)


@requirement("PCX-11")
def test_after_429_and_503_a_polling_client_waits_as_retry_after_says(client):
    client.polls()
    waits(client, scenarios.THROTTLED, "asked for no changes")


@requirement("PCX-12")
def test_a_poll_that_fails_is_repeated_a_few_times_at_most(client, parameters):
    client.polls()
    seen = client.through(scenarios.FAILING)
    seen.gave_occasion("failing", "asked for no changes")
    seen.ends_within_its_time()
    flaw = retries.repeats_without_end(seen.exchanges, parameters["tries"])
    seen.judge(flaw, f"at most {parameters['tries']} tries", "few-tries")


@requirement("PCX-13")
def test_the_token_of_a_polling_client_does_not_follow_a_redirect_to_another_origin(client):
    client.polls()
    seen = client.through(scenarios.MOVED)
    seen.gave_occasion("moved", "asked for no changes")
    seen.judge(files.carries_its_token_elsewhere(seen.elsewhere), "no token there", "stays")
