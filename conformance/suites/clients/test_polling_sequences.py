"""A client that polls, through sequences of troubles: whatever happens and when, each change is handed over."""

import hypothesis.strategies as st
from hypothesis import Phase, given, settings

from conformance.suites import requirement
from conformance.suites.clients import polling_scenarios as scenarios

EXAMPLES = 8
"""How many sequences are tried: each of them runs the client two to five times."""

CALLS = 3
"""So many calls a poll of three records has at least: two pages, and the hand-over."""

turns = st.builds(
    scenarios.Turn,
    new=st.integers(0, 3),
    changed=st.integers(0, 1),
    trouble=st.sampled_from(scenarios.TROUBLES),
    call=st.integers(1, CALLS),
    is_tied=st.booleans(),
    apart=st.sampled_from([True, True, False]),
)


@requirement("PCX-05")
@settings(max_examples=EXAMPLES, phases=[Phase.generate])
@given(several=st.lists(turns, min_size=2, max_size=3))
def test_every_change_is_handed_over_at_least_once_whatever_goes_wrong_and_when(client, several):
    client.polls()
    client.through(scenarios.any_turns(several)).loses_nothing()


@requirement("PCX-07")
def test_a_poll_that_is_killed_at_any_call_and_run_again_loses_nothing(client):
    client.polls()
    for each in client.case.each(client.calls_of(scenarios.ONE_POLL), lambda call: f"call {call}"):
        with each as call:
            client.through(scenarios.killed_at(call)).loses_nothing()
