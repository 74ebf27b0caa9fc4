"""The record of a case: what is counted, what needs a control, and what a failure says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.http.exchange import Exchange, Request, Response
from conformance.http.whole_answer import answer_to
from conformance.judging.matchers import RECENT, CaseRecord
from conformance.rules.outcome import Inconclusive, NonConformant


def exchange(response: Response | None = None, problem: str = "") -> Exchange:
    return Exchange(Request("GET", "https://acme.example.com/"), response, problem, datetime.now(UTC), 0.1)


def test_every_judgement_counts_and_a_flaw_raises_with_what_was_expected() -> None:
    """How often it failed of how many tries is part of the evidence."""
    case = CaseRecord()
    case.judge(None, "a refusal", "refused")
    with pytest.raises(NonConformant, match=r"^the answer has status 200; expected: a refusal$"):
        case.judge("the answer has status 200", "a refusal", "refused")
    assert (case.tried, case.missed) == (2, 1)


def test_a_control_that_does_not_work_proves_nothing_about_the_target() -> None:
    """It is inconclusive, and nothing is counted."""
    case = CaseRecord()
    with pytest.raises(Inconclusive, match=r"the control did not work \(GET\): the answer has status 401, so what"):
        case.control("the answer has status 401", "GET")
    assert (case.tried, case.missed, case.controlled) == (0, 0, False)


def test_a_refusal_without_a_control_is_a_defect_of_the_suite() -> None:
    """It is never a judgement of the target."""
    case = CaseRecord()
    with pytest.raises(RuntimeError, match="without a control"):
        case.needs_its_control()
    case.control(None, "GET")
    case.needs_its_control()


def test_each_example_needs_a_control_of_its_own() -> None:
    """Counts go on, controls and exchanges do not."""
    case = CaseRecord()
    case.control(None, "GET")
    case.judge(None, "a refusal", "refused")
    case.exchanges.append(exchange())
    case.begin_example()
    assert (case.tried, case.controlled, list(case.exchanges)) == (1, False, [])


def test_the_last_exchanges_are_kept_as_evidence() -> None:
    """A control and what followed it; not thousands."""
    case = CaseRecord()
    sent = [exchange(Response(status, ())) for status in range(200, 210)]
    case.exchanges.extend(sent)
    assert list(case.exchanges) == sent[-RECENT:]


def test_an_answer_is_judged_only_where_it_came_whole() -> None:
    """Silence is neither a refusal nor an acceptance."""
    whole = Response(403, ())
    assert answer_to(exchange(whole)) is whole
    with pytest.raises(Inconclusive, match="no whole answer came: the connection was closed"):
        answer_to(exchange())
    with pytest.raises(Inconclusive, match="no whole answer came: connection reset"):
        answer_to(exchange(Response(200, (), complete=False), "connection reset"))
