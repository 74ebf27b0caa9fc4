"""Any order: pipelines stop in the middle, start again and repeat themselves, and nobody notices."""

import pytest

from conformance.suites import requirement
from conformance.suites.rotation_lifecycle.machine import BOUNDS, LifeCycle, tours
from conformance.suites.stateful import explore


@requirement("STG-48")
@pytest.mark.moves_the_clock
def test_in_any_order_of_calls_a_handed_out_pair_works_and_no_deleted_one_does(staged_credentials, run):
    known = tours(staged_credentials)
    explore(lambda: LifeCycle(staged_credentials), **BOUNDS[run.options.depth], known=known)
