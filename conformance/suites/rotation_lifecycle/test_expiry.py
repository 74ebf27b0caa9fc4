"""Thirty days: so long a staged pair lives, and a former one after its rotation."""

import pytest

from conformance.suites import requirement


@requirement("STG-45")
@pytest.mark.moves_the_clock
def test_a_staged_pair_ends_after_30_days(staged_credentials, parameters):
    staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.works(staged.pair, "the staged pair")
    staged_credentials.advance_clock(parameters["days"] - 1)
    staged_credentials.still_works(staged.pair, "the staged pair on its last day")
    staged_credentials.advance_clock(2)
    staged_credentials.has_ended(staged.pair, "the staged pair after its last day")


@requirement("STG-46")
@pytest.mark.moves_the_clock
def test_the_former_pair_works_for_30_days_after_a_rotation_and_ends_then(staged_credentials, parameters):
    former = staged_credentials.main_pair()
    staged_credentials.rotate(staged_credentials.stage())
    staged_credentials.works(former, "the former pair after the rotation")
    staged_credentials.advance_clock(parameters["days"] - 1)
    staged_credentials.still_works(former, "the former pair on its last day")
    staged_credentials.advance_clock(2)
    staged_credentials.has_ended(former, "the former pair after its last day")


@requirement("STG-47")
@pytest.mark.moves_the_clock
def test_a_staged_pair_that_has_ended_is_not_shown_as_active(staged_credentials, parameters):
    staged_credentials.main_pair()
    staged = staged_credentials.stage()
    staged_credentials.advance_clock(parameters["days"] + 1)
    staged_credentials.is_not_shown_as_active(staged)
