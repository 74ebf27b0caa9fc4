"""A client that polls: it hands over every change at least once, whatever goes wrong, and never loses its place."""

import hypothesis.strategies as st
from hypothesis import Phase, given, settings

from conformance.rules.clients import polling as rules
from conformance.suites import requirement
from conformance.suites.clients import polling_scenarios as scenarios
from conformance.suites.clients.secrecy import shows_secrets

EXAMPLES = 8
"""How many sequences are tried: each of them runs the client four to six times."""

CALLS = 3
"""So many calls a poll has at least, in the scenario in which it is killed: two pages, and the hand-over."""

turns = st.builds(
    scenarios.Turn,
    new=st.integers(0, 3),
    changed=st.integers(0, 1),
    trouble=st.sampled_from(scenarios.TROUBLES),
    call=st.integers(1, CALLS),
    is_tied=st.booleans(),
)


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


@requirement("PCX-05")
@settings(max_examples=EXAMPLES, phases=[Phase.generate])
@given(several=st.lists(turns, min_size=2, max_size=3))
def test_every_change_is_handed_over_at_least_once_whatever_goes_wrong_and_when(client, several):
    client.polls()
    client.through(scenarios.any_turns(several)).loses_nothing()


@requirement("PCX-06")
def test_where_nothing_goes_wrong_no_change_is_handed_over_twice(client):
    seen = client.polls()
    seen.judge(rules.repeats(seen.exchanges), "each change once, found again by its id and its time", "once")


@requirement("PCX-07")
def test_a_poll_that_is_killed_at_any_call_and_run_again_loses_nothing(client):
    client.polls()
    for each in client.case.each(range(1, CALLS + 1), lambda call: f"call {call}"):
        with each as call:
            client.through(scenarios.killed_at(call)).loses_nothing()


@requirement("PCX-08")
def test_no_token_or_secret_is_in_the_output_or_the_files_of_a_polling_client(client):
    seen = client.polls()
    seen.judge(shows_secrets(seen), "messages without them", "no-secret-shown")
