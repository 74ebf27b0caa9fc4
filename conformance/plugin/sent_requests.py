"""What a test sends: every request is counted, and every exchange is kept if a HAR file was asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypedDict

from conformance.http.exchange import Evidence
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange


class Taken(TypedDict):
    """What a phase of a test sent, in plain JSON types: it travels with the report of the phase."""

    target: str
    requests: int
    exchanges: list[dict[str, object]]


class SentRequests:
    """What one test sends, from any thread.

    Args:
        target: the name of its target.
        keeps: whether exchanges are kept. A target may answer with as much as it likes, so what is kept is the
            redacted, shortened view.
    """

    def __init__(self, target: str, *, keeps: bool) -> None:
        self._target = target
        self._keeps = keeps
        self._lock = threading.Lock()
        self._requests = 0
        self._kept: list[Evidence] = []

    def note(self, exchange: Exchange) -> None:
        """Take note of an exchange."""
        evidence = Evidence.of(exchange) if self._keeps else None
        with self._lock:
            self._requests += 1
            if evidence is not None:
                self._kept.append(evidence)

    def take(self, *, with_exchanges: bool) -> Taken:
        """What was sent since it was last asked, redacted again: a secret may have been learned after the exchange."""
        with self._lock:
            requests, kept, self._requests, self._kept = self._requests, self._kept, 0, []
        exchanges = [evidence.redacted(VAULT).as_json() for evidence in kept if with_exchanges]
        return Taken(target=self._target, requests=requests, exchanges=exchanges)
