"""What a test came to: the exception that it raised, and its record, become a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import hypothesis
import pytest

from conformance.http.exchange import Evidence
from conformance.judging.matchers import CaseRecord
from conformance.judging.verdict import Case, Part, outcome_of_deviation
from conformance.plugin.keys import CASE_RECORD
from conformance.redaction import VAULT
from conformance.rules.outcome import FoundPart, NonConformant, Outcome, Stopped

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.http.exchange import Exchange
    from conformance.judging.run import Run

_TOLD = 5  # parts of a case whose messages are in its own


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
    callspec = item.callspec  # type: ignore[attr-defined] # every item of the suites has a target
    target = callspec.params["target"]
    record = item.stash.get(CASE_RECORD, CaseRecord())
    if record.exchanges:
        run.heard(target, answered=record.exchanges[-1].response is not None)
    requirement, error = run.profile.requirement(identifier), call.excinfo.value if call.excinfo else None
    parts = _parts(error, requirement)
    outcome, message, advice = _judgement(error, report, requirement, parts)
    exchanges = record.shown_for(error) if error is not None else tuple(record.exchanges)
    is_shown = outcome is not Outcome.PASSED or shows_passes
    return Case(
        requirement=identifier,
        target=target,
        case=callspec.id.removeprefix(target).removeprefix("-"),
        outcome=outcome,
        message=VAULT.redact(message),
        advice=VAULT.redact(advice),
        tried=record.tried,
        missed=record.missed,
        exchanges=parts[0].exchanges if parts else _evidence(exchanges) if is_shown else (),
        seconds=call.duration,
        notes=tuple(map(VAULT.redact, record.notes)),
        judgement=parts[0].judgement if parts else getattr(error, "judgement", ""),
        parts=tuple(parts),
        values=getattr(error, "values", 0),
    )


def _judgement(
    error: BaseException | None, report: pytest.TestReport, requirement: Requirement, parts: Sequence[Part]
) -> tuple[Outcome, str, str]:
    """The outcome of a case, why, and the way out."""
    if parts:
        return parts[0].outcome, _told(parts, getattr(error, "values", 0)), parts[0].advice
    match error:
        case None:
            return Outcome.PASSED, "", ""
        case NonConformant() | Stopped():
            return _outcome(error, requirement), str(error), getattr(error, "advice", "")
        case pytest.skip.Exception():
            return Outcome.NOT_TESTED, str(error), ""
        case hypothesis.errors.Flaky(__context__=Stopped() as stopped):  # it ended while values were drawn
            return stopped.outcome, str(stopped), stopped.advice
        case hypothesis.errors.Flaky():
            return Outcome.INCONCLUSIVE, "the target answered the same request in different ways", ""
        case _:
            return Outcome.HARNESS_ERROR, str(report.longrepr), ""


def _outcome(error: NonConformant | Stopped, requirement: Requirement) -> Outcome:
    return error.outcome if isinstance(error, Stopped) else outcome_of_deviation(requirement)


def _parts(error: BaseException | None, requirement: Requirement) -> list[Part]:
    """The parts of a case where something was found, the gravest first."""
    found: Sequence[FoundPart] = error.parts if isinstance(error, NonConformant | Stopped) else ()
    parts = [
        Part(
            name=VAULT.redact(one.name),
            outcome=_outcome(one.error, requirement),
            message=VAULT.redact(str(one.error)),
            advice=VAULT.redact(getattr(one.error, "advice", "")),
            judgement=getattr(one.error, "judgement", ""),
            exchanges=_evidence(one.exchanges),
        )
        for one in found
    ]
    return sorted(parts, key=lambda part: -part.outcome.gravity)


def _told(parts: Sequence[Part], values: int) -> str:
    """What was found at which of how many values, one line each."""
    deviating = [part.name for part in parts if part.outcome.is_deviation]
    others = [part.name for part in parts if not part.outcome.is_deviation]
    counts = [f"{len(deviating)} of {values} deviate: {', '.join(deviating)}"] if deviating else []
    if others:
        counts.append(f"{len(others)} of {values} could not be judged: {', '.join(others)}")
    lines = [f"{part.name}: {part.message}" for part in parts[:_TOLD]]
    more = [f"and {len(parts) - _TOLD} more"] if len(parts) > _TOLD else []
    return "\n".join(["; ".join(counts), *lines, *more])


def _evidence(exchanges: Iterable[Exchange]) -> tuple[dict[str, object], ...]:
    return tuple(Evidence.of(exchange, VAULT).as_json() for exchange in exchanges)
