"""A client that rotates credentials: zero downtime, in the right order, after any failure at any step."""

from conformance.rules.clients import rotations as rules
from conformance.suites import requirement
from conformance.suites.clients import rotation_scenarios as scenarios
from conformance.suites.clients.certificates import refuses_strangers
from conformance.suites.clients.pairs import ends_wrong, is_live, pair_in, stored
from conformance.suites.clients.scenario import PLAIN
from conformance.suites.clients.secrecy import keeps_its_secrets


@requirement("ROC-01")
def test_the_new_pair_has_been_given_a_token_before_the_former_one_is_deleted(client):
    client.rotates()
    deleting = [seen for one in (PLAIN, scenarios.ORDERED) if rules.deletions((seen := client.through(one)).exchanges)]
    client.through(PLAIN).needs(deleting, "former_pair_deletion", "deleted no pair")
    for each in client.case.each(deleting, lambda seen: seen.stage.scenario.name):
        with each as seen:
            seen.judge(rules.deletes_before_proof(seen.exchanges), "a token for the new pair first", "proven")


@requirement("ROC-02")
def test_where_a_rotation_fails_the_store_keeps_its_pair_and_nothing_stays_staged(client):
    client.rotates()
    for each in client.case.each([scenarios.PATCH_FAILS, scenarios.STAGED_DEAD], lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.judge(seen.consumers_flaw(), "a pair in the store that works all the time", "works")
            seen.judge(ends_wrong(seen.stage), "the former pair in the store, and an empty slot", "rolled-back")


@requirement("ROC-03")
def test_both_the_key_and_the_secret_are_handed_out(client):
    seen = client.rotates()
    text, main = stored(seen.stage), seen.stage.org.consumer.main
    seen.needs(text != seen.stage.kept, "", "left SEASONPROOF_STORE_FILE as it was")
    flaw = None if pair_in(seen.stage, text) is main else "the store does not hold both halves of the new pair"
    seen.judge(flaw, "the key and the secret of the new pair", "both")


@requirement("ROC-04")
def test_a_rotated_pair_is_not_deleted_without_an_order(client):
    client.rotates()
    for each in client.case.each([PLAIN, scenarios.OCCUPIED], lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            gone = [pair for pair in seen.stage.handed_out if not is_live(seen.stage, pair)]
            flaw = "a pair that consumers were given does not work any more" if gone else None
            seen.judge(flaw, "the former pair, until it ends by itself or somebody orders its deletion", "kept")


@requirement("ROC-05")
def test_the_consumer_is_chosen_by_its_id_and_found_on_any_page(client):
    seen = client.works()
    seen.needs(any(map(rules.is_about_credentials, seen.exchanges)), "", "called no resource for credentials")
    others = [
        one for one in (*rules.stagings(seen.exchanges), *rules.rotations(seen.exchanges)) if not seen.is_own(one)
    ]
    flaw = "the credentials of another consumer were changed" if others else None
    seen.judge(flaw, "changes of the consumer that was named", "own-consumer", *others[:1])
    flaw = None if rules.rotations(seen.exchanges) else f"the consumer was not rotated; {seen.how}"
    seen.judge(flaw, "a rotation of the app on page 12", "found")


@requirement("ROC-06")
def test_a_lost_answer_leads_to_no_second_staged_pair_and_404_counts_as_deleted(client):
    client.rotates()
    for each in client.case.each(scenarios.LOST, lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            flaw = "more than one pair was staged" if seen.stage.staged > 1 else ends_wrong(seen.stage)
            seen.judge(flaw, "one staged pair, which is rotated and handed out", "once")
    gone = client.through(scenarios.DELETE_404)
    if gone.met("gone"):
        gone.judge(None if gone.ended[-1].went_well else gone.how, "404 to count as deleted", "deleted")


@requirement("ROC-07")
def test_the_pair_in_the_store_works_at_every_moment(client):
    client.rotates()
    for each in client.case.each(scenarios.SCENARIOS, lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.judge(seen.consumers_flaw(), "a pair that works, whenever a consumer reads it", "works")


@requirement("ROC-08")
def test_a_rotation_that_is_killed_at_any_call_and_run_again_ends_right(client):
    seen = client.rotates()
    for each in client.case.each(seen.calls_from_the_first_change(), lambda number: f"call {number}"):
        with each as number:
            killed = client.through(scenarios.killed_at(number))
            killed.judge(killed.consumers_flaw(), "a pair in the store that works all the time", "works")
            killed.judge(ends_wrong(killed.stage), "the main pair in the store, and an empty slot", "ends-right")


@requirement("ROC-09")
def test_no_secret_of_a_pair_is_in_the_output_the_files_or_the_arguments_of_a_rotation_client(client):
    client.works()
    for each in client.case.each(scenarios.SCENARIOS, lambda scenario: scenario.name):
        with each as scenario:
            keeps_its_secrets(client.through(scenario))


@requirement("ROC-10")
def test_no_request_of_a_rotation_client_has_a_credential_in_its_url(client):
    client.works(lambda seen: seen.keeps_by_listening("TIU-01"))
    for each in client.case.each(client.scenarios(scenarios.SCENARIOS), lambda scenario: scenario.name):
        with each as scenario:
            client.through(scenario).keeps_by_listening("TIU-01")


@requirement("ROC-11")
def test_a_rotation_client_refuses_the_certificate_of_a_stranger(client):
    client.works()
    refuses_strangers(client)
