"""Whether credentials may be shown again: twice refused is enough, and a success takes everything back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.http.exchange import Exchange, Request, Response
from conformance.judging.account import Account
from conformance.judging.matchers import CaseRecord
from conformance.rules.outcome import Inconclusive


def answered(status: int, method: str = "PUT") -> Exchange:
    request = Request(method, "https://acme.example.com/")
    return Exchange(request, Response(status, ()) if status else None, "", datetime.now(UTC), 0.1)


@pytest.fixture(params=["one process", "several processes"])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Account, Account]:
    """The account as two cases see it, which may run in two processes."""
    if request.param == "one process":
        one = Account("file_service")
        return one, one
    return Account("file_service", tmp_path / "ledger"), Account("file_service", tmp_path / "ledger")


def test_after_the_second_refusal_in_a_row_nothing_is_shown(accounts: tuple[Account, Account]) -> None:
    """The first may be a passing one. The message names the role and the way out."""
    one, other = accounts
    one.was_answered(answered(401))
    other.may_be_shown()
    other.was_answered(answered(401))
    with pytest.raises(Inconclusive, match=r"refused the credentials of file_service 2 times in a row") as caught:
        one.may_be_shown()
    assert caught.value.advice == "the right credentials under file_service"


def test_a_success_shows_that_refusals_have_other_reasons(accounts: tuple[Account, Account]) -> None:
    """What is neither 401 nor 2xx says nothing about the credentials, nor does silence, nor what everybody may read."""
    one, other = accounts
    for status in (401, 200, 401, 403, 404, 500, 0):
        one.was_answered(answered(status))
    other.was_answered(answered(200, "GET"))
    assert other.refused == 1
    other.may_be_shown()


@pytest.mark.parametrize(("status", "counts"), [(400, True), (401, True), (500, False), (0, False)])
def test_a_token_endpoint_that_refuses_the_credentials_counts(status: int, counts: bool) -> None:
    """A 4xx is a refusal; a breakdown is none."""
    account = Account("business_system")
    with pytest.raises(Inconclusive, match="no token"), account.fetching():
        raise Inconclusive("no token", exchanges=(answered(status),))
    assert account.refused == counts


def test_a_loop_over_values_ends_where_the_credentials_are_refused() -> None:
    """Each further value would show them again."""
    case = CaseRecord(account=Account("file_service"))
    tried = []

    def try_each() -> None:
        for each in case.each("abcd"):
            with each as value:
                tried.append(value)
                case.account.was_answered(answered(401))
                case.account.may_be_shown()

    with pytest.raises(Inconclusive, match="refused the credentials") as caught:
        try_each()
    assert tried == ["a", "b"]
    assert [part.name for part in caught.value.parts] == ["b"]
