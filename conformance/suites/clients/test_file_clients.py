"""A client of a file service: it keeps bytes as they are, and what is no file it does not keep."""

from conformance.rules.clients import files as rules
from conformance.rules.clients import retries
from conformance.suites import requirement
from conformance.suites.clients import file_scenarios as scenarios
from conformance.suites.clients.certificates import refuses_strangers
from conformance.suites.clients.secrecy import keeps_its_secrets
from conformance.suites.clients.throttling import waits


@requirement("BIN-09")
def test_bytes_are_sent_and_kept_unchanged_with_a_media_type_and_the_token_in_a_header(client):
    seen = client.works()
    seen.needs(rules.uploads(seen.exchanges) or rules.downloads(seen.exchanges), "", "moved no file")
    flaw = rules.sends_other_bytes(seen.exchanges, seen.stage.content)
    seen.judge(flaw, "the bytes of the file, with a Content-Type", "sent")
    seen.judge(seen.keeps_other_bytes(), "the bytes of the answer in SEASONPROOF_DOWNLOAD_FILE", "kept")
    flaw = rules.has_a_token_in_a_file_url(seen.exchanges)
    seen.judge(flaw, "the token in a header", "token-in-header")


@requirement("FIC-01")
def test_a_download_that_breaks_off_is_not_kept_as_a_whole_file(client):
    client.works()
    seen = client.through(scenarios.CUT)
    seen.gave_occasion("cut", "downloaded nothing", "downloads")
    seen.tells_how_it_ended()
    flaw = "half of the file was kept, and the client ended with exit code 0" if seen.ended_well_with_a_file() else None
    seen.judge(flaw, "an error, or a whole file", "whole")


@requirement("FIC-02")
def test_an_error_page_is_not_kept_as_the_file(client):
    client.works()
    seen = client.through(scenarios.MISSING)
    seen.gave_occasion("missing", "downloaded nothing", "downloads")
    flaw = "the page of the 404 was kept as the file" if seen.downloaded() == scenarios.PAGE.encode() else None
    seen.judge(flaw, "no file", "no-page")


@requirement("FIC-03")
def test_a_token_of_a_file_service_does_not_follow_a_redirect_to_another_origin(client):
    client.works()
    seen = [client.through(scenario) for scenario in client.scenarios(scenarios.MOVED)]
    led = [one for one in seen if one.met("moved")]
    seen[-1].needs(led, "", "moved no file")
    for each in client.case.each(led, lambda one: one.name):
        with each as one:
            one.gave_occasion("moved", "moved no file")
            one.judge(rules.carries_its_token_elsewhere(one.elsewhere), "no token there", "stays")


@requirement("FIC-04")
def test_no_token_or_secret_is_in_the_output_the_files_or_the_arguments_of_a_file_client(client):
    client.works()
    for each in client.case.each(scenarios.SCENARIOS, lambda scenario: scenario.name):
        with each as scenario:
            keeps_its_secrets(client.through(scenario))


@requirement("FIC-05")
def test_no_request_of_a_file_client_has_a_credential_in_its_url(client):
    client.works(lambda seen: seen.keeps_by_listening("TIU-01"))
    for each in client.case.each(client.scenarios(scenarios.SCENARIOS), lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).keeps_by_listening("TIU-01")


@requirement("FIC-06")
def test_a_file_client_refuses_the_certificate_of_a_stranger(client):
    client.works()
    refuses_strangers(client)


@requirement("FIC-07")
def test_after_429_and_503_a_file_client_waits_as_retry_after_says(client):
    client.works()
    waits(client, scenarios.THROTTLED, "moved no file")


@requirement("FIC-08")
def test_a_transfer_that_fails_is_repeated_a_few_times_at_most(client, parameters):
    client.works()
    seen = client.through(scenarios.FAILING)
    seen.gave_occasion("failing", "moved no file")
    seen.ends_within_its_time()
    flaw = retries.repeats_without_end(seen.exchanges, parameters["tries"])
    seen.judge(flaw, f"at most {parameters['tries']} tries", "few-tries")
