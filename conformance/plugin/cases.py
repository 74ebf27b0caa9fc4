"""What a test came to: the exception that it raised, and its record, become a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import hypothesis
import pytest

from conformance.http.exchange import Evidence
from conformance.judging.matchers import CaseRecord
from conformance.judging.tried_values import told
from conformance.judging.verdict import Case, Part, by_gravity, outcome_of_deviation
from conformance.plugin.collection import target_and_case_of
from conformance.plugin.keys import CASE_RECORD
from conformance.redaction import VAULT
from conformance.rules.outcome import FoundPart, NonConformant, Outcome, Stopped

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.http.exchange import Exchange
    from conformance.judging.run import Run


def case_of(
    run: Run,
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    identifier: str,
    *,
    shows_passes: bool,
) -> Case:
    """The case that a test stands for, redacted.

    Args:
        run: the run.
        item: the test.
        call: how it ended.
        report: what pytest makes of that.
        identifier: the requirement that it judges.
        shows_passes: whether the exchanges of a plain pass are shown somewhere.
    """
    target, name = target_and_case_of(item)
    record = item.stash.get(CASE_RECORD, CaseRecord())
    if record.exchanges:
        # A drip that never ends is no answer; a file that breaks off after whole answers says nothing of the target.
        answers = [exchange.response for exchange in record.exchanges]
        is_answered = any(answer is not None and answer.complete for answer in answers)
        run.heard(target, answered=is_answered, problem=VAULT.redact(record.exchanges[-1].problem))
    requirement, error = run.profile.requirement(identifier), call.excinfo.value if call.excinfo else None
    parts = _parts(error, requirement)
    outcome, message, advice = _judgement(error, report, requirement, parts)
    exchanges = record.shown_for(error) if error is not None else tuple(record.exchanges)
    is_shown = outcome is not Outcome.PASSED or shows_passes
    return Case(
        requirement=identifier,
        target=target,
        case=name,
        outcome=outcome,
        message=message,
        advice=advice,
        tried=record.tried,
        missed=record.missed,
        exchanges=parts[0].exchanges if parts else _evidence(exchanges) if is_shown else (),
        seconds=call.duration,
        notes=tuple(record.notes),
        claim=getattr(error, "claim", ""),
        claims=tuple(record.claims.items()),
        judgement=parts[0].judgement if parts else getattr(error, "judgement", ""),
        parts=parts,
        values=getattr(error, "values", 0),
    )


def _judgement(
    error: BaseException | None, report: pytest.TestReport, requirement: Requirement, parts: Sequence[Part]
) -> tuple[Outcome, str, str]:
    """The outcome of a case, why, and the way out."""
    if parts:
        return parts[0].outcome, told(parts, getattr(error, "values", 0)), parts[0].advice
    match error:
        case None:
            return Outcome.PASSED, "", ""
        case NonConformant() | Stopped():
            return _outcome(error, requirement), str(error), getattr(error, "advice", "")
        case pytest.skip.Exception():
            return Outcome.NOT_TESTED, str(error), ""
        case hypothesis.errors.Flaky(__context__=Stopped() as stopped):  # it ended while values were drawn
            return stopped.outcome, str(stopped), stopped.advice
        case hypothesis.errors.Unsatisfiable():
            return Outcome.INCONCLUSIVE, "what the OpenAPI document asks for cannot be made: no request fits it", ""
        case hypothesis.errors.Flaky():
            return Outcome.INCONCLUSIVE, "the target answered the same request in different ways", ""
        case _:
            return Outcome.HARNESS_ERROR, str(report.longrepr), ""


def _outcome(error: NonConformant | Stopped, requirement: Requirement) -> Outcome:
    return error.outcome if isinstance(error, Stopped) else outcome_of_deviation(requirement)


def _parts(error: BaseException | None, requirement: Requirement) -> tuple[Part, ...]:
    """The parts of a case where something was found, the gravest first."""
    found: Sequence[FoundPart] = error.parts if isinstance(error, NonConformant | Stopped) else ()
    return by_gravity(
        Part(
            name=one.name,
            outcome=_outcome(one.error, requirement),
            message=str(one.error),
            advice=getattr(one.error, "advice", ""),
            judgement=getattr(one.error, "judgement", ""),
            exchanges=_evidence(one.exchanges),
        )
        for one in found
    )


def _evidence(exchanges: Iterable[Exchange]) -> tuple[dict[str, object], ...]:
    return tuple(Evidence.of(exchange, VAULT).as_json() for exchange in exchanges)
