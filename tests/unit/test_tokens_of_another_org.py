"""A token of another org that may have ended is refused like one that is good there, and the report says so."""

import pytest

from conformance.config.roles import TokenRequest, TokenSource
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.suites.subject import note_of_another_org

FETCHED = TokenRequest(url="https://other.example.com/token", form={"grant_type": "client_credentials"})


@pytest.mark.parametrize(("token", "notes"), [(Secret("a-made-up-token"), 1), (FETCHED, 0), (None, 0)])
def test_only_a_token_that_is_given_may_have_ended(token: TokenSource | None, notes: int) -> None:
    case = CaseRecord()
    note_of_another_org(case, token)
    assert len(case.notes) == notes
