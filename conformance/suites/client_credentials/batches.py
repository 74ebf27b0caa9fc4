"""Answers that came at the same time, and what a suite can claim about all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conformance.rules import token_answer
from conformance.rules.outcome import Inconclusive
from conformance.rules.randomness import is_guessable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.judging.matchers import CaseRecord
    from conformance.redaction import Secret
    from conformance.suites.client_credentials.answers import Answer


class Asked(Protocol):
    """An authorization server that can be asked many times at once.

    Attributes:
        case: the record of the case.
    """

    case: CaseRecord

    def ask_at_once(self, count: int) -> Batch:
        """Send the plain token request many times in parallel."""

    def refuses_strangers(self) -> None:
        """The plain request with a wrong proof gets no token."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to the same request, sent many times in parallel."""

    server: Asked
    answers: tuple[Answer, ...]

    def differ(self) -> None:
        """Each answer grants a token, and no token comes twice."""
        case = self.server.case
        answered = [answer for answer in self.answers if answer.exchange.response is not None]
        if (unanswered := len(self.answers) - len(answered)) and answered:
            case.note(f"{unanswered} of {len(self.answers)} parallel requests got no answer; fewer were tried again")
            answered += self.server.ask_at_once(max(2, len(self.answers) // 5)).answers
        answers, count = tuple(answered) or self.answers, len(answered)
        tokens = set()
        for each in case.each((f"request {number}", answer) for number, answer in enumerate(answers, 1)):
            with each as (_, answer):
                flaw = token_answer.has_no_token(answer.response)
                case.judge(flaw, f"a token for each of {count} parallel requests", "token-for-each", answer.exchange)
                tokens.add(token_answer.token_in(answer.response))
        repeated = count - len(tokens)
        flaw = f"{repeated} tokens came more than once" if repeated else None
        case.judge(flaw, "a new token each time", "new-token-each-time")

    def vary(self, bits: int) -> None:
        """The tokens vary by at least so many bits; the signature of a signed one varies too.

        A server may hand out the same token while it lives: then all that is seen is whether it has room for so many.

        Raises:
            Inconclusive: there is no token, or everybody gets one.
        """
        self.server.refuses_strangers()
        found = _tokens_of(self.answers)
        for _ in range(len(self.answers) - len(found)):  # whether it answers many at once is for CCS-07 to judge
            found += _tokens_of(self.server.ask_at_once(1).answers)
        if len(found) < 2:
            raise Inconclusive(f"{len(found) or 'no'} token came, so nothing tells how much tokens vary")
        tokens = set(found)
        if len(tokens) == 1:
            self.server.case.note("the same token came each time, so only its length was looked at")
        flaw = is_guessable(list(tokens), bits, "tokens")
        self.server.case.judge(flaw, f"tokens of at least {bits} random bits", "vary")


def _tokens_of(answers: Sequence[Answer]) -> list[Secret]:
    return [answer.token for answer in answers if token_answer.has_no_token(answer.response) is None]
