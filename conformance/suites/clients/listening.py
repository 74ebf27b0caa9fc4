"""Traffic of a client, heard as a proxy hears it, with the exchanges by which something was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.rules.outcome import Outcome
from conformance.rules.url_tokens import Detector, Level
from conformance.traffic.observation import Observation
from conformance.traffic.replay import replay

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange
    from conformance.judging.verdict import Case

WELL_KEPT = "credentials in headers and bodies, for the origin that they are meant for"
"""What is expected of traffic that is listened to."""


class Listening:
    """What a proxy would say of some traffic.

    Args:
        exchanges: the traffic.
        origins: the origins that tokens are meant for, where that is known.
    """

    def __init__(self, exchanges: Sequence[Exchange], origins: Sequence[str] = ()) -> None:
        self._observation = Observation(Detector(), origins)
        self._leaking: dict[str, list[Exchange]] = {}
        for one in exchanges:
            leaks = (finding for finding in replay(self._observation, one) if finding.level is Level.LEAK)
            for identifier in {finding.requirement for finding in leaks}:
                self._leaking.setdefault(identifier, []).append(one)

    def case(self, identifier: str) -> Case:
        """What it says on a requirement on observed traffic."""
        return next(case for case in self._observation.cases() if case.requirement == identifier)

    def leaking(self, identifier: str) -> Sequence[Exchange]:
        """The exchanges in which a requirement was broken."""
        return self._leaking.get(identifier, ())


def is_unknown(case: Case) -> bool:
    """Whether the case says nothing of the traffic."""
    return case.outcome in (Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR)
