"""Matchers: they judge an answer by a rule, keep the count, and write the failure message.

A test says what it expects; what is printed when that is not met is written here, in one way for all requirements.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.judging.verdict import Inconclusive, NonConformant

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Response

EVIDENCE = 4  # exchanges kept for the report: a control and what followed it

UNKNOWN_CA = "tls: {ca: ca.pem}, with the certificate of whoever signed the server's"
"""The line of the target file for a server whose certificate nobody vouches for."""


@dataclass(slots=True)
class Trial:
    """What one case has seen so far.

    Attributes:
        exchanges: the last exchanges, oldest first.
        tried: how many judgements were made.
        missed: how many of them went against the target.
        controlled: whether a control worked since the case (or its current example) began.
        notes: what was seen and is not judged, one line each: the report shows it whatever the outcome.
    """

    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=EVIDENCE))
    tried: int = 0
    missed: int = 0
    controlled: bool = False
    notes: list[str] = field(default_factory=list)

    def begin_example(self) -> None:
        """Forget the control of the example before: each example has its own."""
        self.exchanges.clear()
        self.controlled = False

    def note(self, seen: str) -> None:
        """Have the report show what was seen, once."""
        if seen not in self.notes:
            self.notes.append(seen)

    def judge(self, flaw: str | None, expected: str) -> None:
        """Count one judgement.

        Args:
            flaw: what is wrong, as a rule says it; None if nothing is.
            expected: what was expected instead, as a clause.

        Raises:
            NonConformant: there is a flaw.
        """
        self.tried += 1
        if flaw is not None:
            self.missed += 1
            raise NonConformant(f"{flaw}; expected: {expected}")

    def control(self, flaw: str | None, what: str) -> None:
        """Note whether a control worked.

        Raises:
            Inconclusive: it did not, so whatever is refused after it proves nothing.
        """
        if flaw is not None:
            raise Inconclusive(f"the control did not work ({what}): {flaw}, so what follows it would prove nothing")
        self.controlled = True

    def needs_its_control(self) -> None:
        """Refuse to judge a refusal whose control was never made: that is a defect of the suite.

        Raises:
            RuntimeError: no control worked in this example.
        """
        if not self.controlled:
            msg = "a refusal is judged without a control; make the allowed form of the request first"
            raise RuntimeError(msg)


def answer_to(exchange: Exchange) -> Response:
    """The whole answer of an exchange.

    Raises:
        Inconclusive: none came, or it was cut off, so there is nothing to judge.
    """
    if exchange.response is None or exchange.problem:
        problem = exchange.problem or "the connection was closed"
        unknown_ca = "issuer certificate" in problem or "self-signed certificate" in problem
        raise Inconclusive(f"no whole answer came: {problem}", UNKNOWN_CA if unknown_ca else "")
    return exchange.response
