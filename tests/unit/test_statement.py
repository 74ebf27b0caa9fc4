"""The statement on a target: what it says of cases that try several values, and of those that were tried again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from conformance.judging.run import Choices, Run
from conformance.judging.verdict import Case, Part
from conformance.reference.embedded import EmbeddedTargets
from conformance.reporting.statement import statement
from conformance.rules.outcome import Outcome


def entry(*cases: Case) -> dict[str, Any]:
    """What a statement says of SAB-28."""
    run = Run(Choices("winter26"), EmbeddedTargets)
    run.cases += cases
    run.selected |= {("reference", "SAB-28")}
    now = datetime.now(UTC)
    said: Any = statement(run, "reference", "embedded", now, now)
    [found] = said["requirements"]
    return found  # type: ignore[no-any-return] # JSON


def test_it_says_at_which_of_how_many_values_something_was_found() -> None:
    """With the judgement and the reason of each."""
    parts = (Part("day", Outcome.FAILED, "it moved", judgement="carried"), Part("stage", Outcome.INCONCLUSIVE, "why"))
    cases = Case("SAB-28", "reference", "get", Outcome.FAILED, parts=parts, values=7)
    found = entry(cases, Case("SAB-28", "reference", "post", Outcome.PASSED))
    assert (found["outcome"], found["values"]) == ("failed", 8)
    assert found["findings"] == [
        {"at": "get / day", "outcome": "failed", "judgement": "carried", "message": "it moved"},
        {"at": "get / stage", "outcome": "inconclusive", "judgement": "", "message": "why"},
    ]


def test_it_says_what_was_unstable() -> None:
    """Whatever came of it in the end."""
    found = entry(Case("SAB-28", "reference", "", Outcome.PASSED, unstable="inconclusive at first"))
    assert (found["outcome"], found["unstable"]) == ("passed", ["inconclusive at first"])


def test_it_says_no_more_where_there_is_no_more() -> None:
    assert not {"values", "findings", "unstable"} & entry(Case("SAB-28", "reference", "", Outcome.FAILED)).keys()
