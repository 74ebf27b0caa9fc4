"""The steps of an Allure result: what was sent and what came back, in sentences, with the exchanges attached."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from allure_commons.model2 import Attachment, Status, StatusDetails, TestStepResult

from conformance.http.exchange import Evidence
from conformance.reporting import http_exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.judging.verdict import Case


def exchanges_of(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Those of them that hold an exchange."""
    return [one for one in attachments if one.type == http_exchange.MEDIA_TYPE]


def steps_of(case: Case, attached: Sequence[Attachment], status: str) -> list[TestStepResult]:
    """The steps of a case, and below each value that it tried those of the value.

    Args:
        case: what was judged.
        attached: its exchanges, in their order.
        status: that of the result; its last exchange has it too, because that one decided.
    """
    evidence = [Evidence.from_json(exchange) for exchange in case.evidence]
    # A case that was tried again has attached those of its first try too.
    steps = [_step(one, its) for one, its in zip(evidence, attached[-len(evidence) :], strict=False)]
    if not any(part.exchanges for part in case.parts):
        _decided(steps, status)
        return steps
    return list(_by_part(case, steps, status))


def _by_part(case: Case, steps: list[TestStepResult], status: str) -> Iterator[TestStepResult]:
    place = 0
    for part in case.parts:
        inside = steps[place : place + len(part.exchanges)]
        place += len(part.exchanges)
        its_status = status if part.outcome is case.outcome else Status.UNKNOWN
        _decided(inside, its_status)
        step = TestStepResult(name=f"With {part.name}: {part.outcome}", status=its_status, steps=inside)
        step.statusDetails = StatusDetails(message=part.message) if part.message else None
        if inside:
            step.start, step.stop = inside[0].start, inside[-1].stop
        yield step


def _decided(steps: list[TestStepResult], status: str) -> None:
    if steps:
        steps[-1].status = status


def _step(evidence: Evidence, attachment: Attachment) -> TestStepResult:
    start = int(datetime.fromisoformat(evidence.started).timestamp() * 1000)
    step = TestStepResult(name=http_exchange.sentence(evidence), status=Status.PASSED, attachments=[attachment])
    step.start, step.stop = start, start + max(1, round(evidence.seconds * 1000))
    return step
