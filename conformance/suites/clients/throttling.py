"""A counterpart that asks a client to come back later, in both ways of saying when."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Protocol

from conformance.reference.counterpart.world import Fault, Reply, answers
from conformance.rules.clients import retries
from conformance.suites.clients.scenario import Scenario, nothing

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Request
    from conformance.judging.matchers import CaseRecord
    from conformance.suites.clients.answers import Seen
    from conformance.suites.clients.stage import Step

RETRY_AFTER = 1  # second

type Calls = Callable[[Sequence[Exchange]], Sequence[Exchange]]


class Throttled(Protocol):
    """A client, as far as it is asked to wait."""

    case: CaseRecord

    def scenarios(self, several: Sequence[Scenario]) -> Sequence[Scenario]:
        """Those of several scenarios that it can be put through."""

    def through(self, scenario: Scenario) -> Seen:
        """Put it through a scenario."""


def _until_a_date(request: Request) -> Reply:
    """503, with the first whole second that is no sooner than `RETRY_AFTER`."""
    until = datetime.fromtimestamp(math.ceil(datetime.now(UTC).timestamp() + RETRY_AFTER), UTC)
    return answers(503, "[]", retry_after=format_datetime(until, usegmt=True))(request)


def throttled(
    name: str, who: str, where: Callable[[Request], bool], prepare: Step = nothing
) -> tuple[Scenario, Scenario]:
    """The scenarios in which calls are throttled: twice for some seconds, and once until a date.

    RFC 9110, section 10.2.3, has both; each answer asks anew, so a client that heeds the first alone comes back early.
    """
    seconds = answers(429, "[]", retry_after=str(RETRY_AFTER))
    return (
        Scenario(
            name,
            f"{who} answers 429 twice, with Retry-After: {RETRY_AFTER}",
            [Fault("throttled", where, instead=seconds, times=2)],
            prepare,
        ),
        Scenario(
            f"{name}-by-date",
            f"{who} answers 503 once, with a date in Retry-After",
            [Fault("throttled", where, instead=_until_a_date, times=1)],
            prepare,
        ),
    )


def waits(client: Throttled, several: Sequence[Scenario], otherwise: str, calls: Calls = list) -> None:
    """The client comes back no sooner than it was asked to, however that was said.

    Args:
        client: the client.
        several: the scenarios in which it is asked.
        otherwise: what a client does that makes no such call, for the reason of *not tested*.
        calls: those of its calls that are judged; all of them, if left out.
    """
    for each in client.case.each(client.scenarios(several), lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            seen.gave_occasion("throttled", otherwise)
            seen.judge(retries.comes_back_too_early(calls(seen.exchanges)), "no earlier repetition", "waits")
