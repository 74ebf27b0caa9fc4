"""All of it together: writes and polls in any order."""

from conformance.suites import requirement
from conformance.suites.change_triggers.history import BOUNDS, History
from conformance.suites.change_triggers.known_histories import known_histories
from conformance.suites.stateful import explore


@requirement("POL-17")
def test_every_change_is_delivered_at_least_once_in_a_repeatable_order(business_system, run):
    examples, steps = BOUNDS[run.options.depth]
    explore(
        lambda: History(business_system),
        examples=examples,
        steps=steps,
        shrinks=run.options.depth != "quick",
        known=known_histories(business_system),
    )
