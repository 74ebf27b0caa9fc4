"""Whether a pair works, as the token endpoint tells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from conformance.http.credentials import FORM
from conformance.http.exchange import Request
from conformance.http.whole_answer import answer_to
from conformance.redaction import Secret
from conformance.rules import staged_credentials as rules
from conformance.rules.outcome import Inconclusive
from conformance.rules.randomness import is_guessable
from conformance.rules.staged_credentials import Pair
from conformance.rules.token_answer import token_in
from conformance.suites.rotation_lifecycle.calls import Calls
from conformance.suites.rotation_lifecycle.staging import main_pair_in

if TYPE_CHECKING:
    from collections.abc import Mapping


class Pairs(Calls):
    """Calls, with what can be claimed about pairs. A claim that does not hold raises NonConformant."""

    _main: Pair | None = None  # the main pair as it was read, until a rotation may have changed it

    def main_pair(self) -> Pair:
        """The main pair of the consumer, which works. Raises Inconclusive where it does not."""
        main = self.read_main_pair()
        if not self.authenticates(main):
            raise Inconclusive(self._why_refused(main), exchanges=[one for one in [self.case.last] if one is not None])
        self.case.control(None, "the main pair")
        return main

    def main_pair_after_deletions(self) -> Pair:
        """The main pair of the consumer, which works. An earlier deletion of this run has not ended it."""
        lost = self._memory.ended_by_deletion
        is_lost = lost is not None and lost == self.read_main_pair() and not self.authenticates(lost)
        flaw = "the token endpoint refuses the main pair since this run has deleted another one" if is_lost else None
        self.case.judge(flaw, "a token for the main pair", "still-works")
        return self.main_pair()

    def _why_refused(self, main: Pair) -> str:
        days = self._memory.day - self._memory.let_in.get(main, self._memory.day)
        if days:
            return f"the main pair has expired: it was let in {days} days ago, by the test clock, and is refused now"
        if main == self._memory.ended_by_deletion:
            return "the main pair has ended with the deletion of another one, which is what STG-32 is about"
        return "the token endpoint refuses the main pair, so what follows would prove nothing"

    def read_main_pair(self) -> Pair:
        """The main pair of the consumer, as it is now. Raises Inconclusive where it cannot be read."""
        self._main = main_pair_in(self.get(self.place.pair_url).exchange)
        return self._main

    def token_for(self, pair: Pair) -> Secret | None:
        """What the token endpoint gives for a pair; None where it refuses.

        Raises:
            Inconclusive: it does neither.
        """
        extra = {n: v.reveal() if isinstance(v, Secret) else v for n, v in self.role.token_form.items()}
        form: Mapping[str, str] = {
            "grant_type": "client_credentials",
            **extra,
            "client_id": pair.key.reveal(),
            "client_secret": pair.secret.reveal(),
        }
        request = Request("POST", self.role.token_address, (FORM, ("Accept", "application/json")), _encoded(form))
        response = answer_to(self._send(request, retry=True))
        token = token_in(response)
        if response.status == 200 and token:
            return Secret(token)
        if 400 <= response.status < 500:
            return None
        raise Inconclusive(f"the token endpoint answered {response.status}, so it says nothing about a pair")

    def authenticates(self, pair: Pair) -> bool:
        """Whether the token endpoint takes a pair, as it takes no other. Raises Inconclusive where it takes any."""
        if not self._memory.keeps_strangers_out:
            stranger = Pair(pair.key, Secret(f"{pair.secret.reveal()[:-4]}none", "secret"))
            if self.token_for(stranger) is not None:
                raise Inconclusive("the token endpoint takes a wrong secret, so it says nothing about a pair")
            self._memory.keeps_strangers_out = True
        is_let_in = self.token_for(pair) is not None
        if is_let_in:
            self._memory.let_in[pair] = self._memory.day
            self._memory.let_in_since.add(pair)
        return is_let_in

    def works(self, pair: Pair, what: str) -> None:
        """A control: a pair authenticates. Raises Inconclusive where it does not."""
        self.case.control(None if self.authenticates(pair) else "the token endpoint refuses it", what)

    def still_works(self, pair: Pair, what: str) -> None:
        """A pair authenticates."""
        flaw = None if self.authenticates(pair) else f"the token endpoint refuses {what}"
        self.case.judge(flaw, f"a token for {what}", "still-works")

    def each_still_works(self, *pairs: tuple[Pair, str]) -> None:
        """Each of some pairs authenticates."""
        for each in self.case.each(pairs, lambda pair: pair[1]):
            with each as (pair, what):
                self.still_works(pair, what)

    def has_ended(self, pair: Pair, what: str) -> None:
        """A pair does not authenticate any more. It did before."""
        self.case.needs_its_control()
        flaw = f"the token endpoint gives a token for {what}" if self.authenticates(pair) else None
        self.case.judge(flaw, f"a refusal of {what}", "has-ended")

    def key_and_secret_belong_together(self, *pairs: tuple[Pair, str]) -> None:
        """No key authenticates with the secret of another pair. Each pair works."""
        for pair, what in pairs:
            self.works(pair, what)
        for each in self.case.each(permutations(pairs, 2), lambda two: f"the key of {two[0][1]}"):
            with each as ((one, what), (other, whose)):
                if one.key == other.key or one.secret == other.secret:
                    raise Inconclusive(f"{what} and {whose} have the same key or secret: STG-05 says so")
                taken = self.token_for(Pair(one.key, other.secret)) is not None
                flaw = f"the key of {what} gets a token with the secret of {whose}" if taken else None
                self.case.judge(flaw, "a refusal", "pairs-are-not-mixed")

    def pairs_differ(self, pairs: Sequence[Pair]) -> None:
        """No key and no secret comes twice."""
        values = {"keys": [pair.key for pair in pairs], "secrets": [pair.secret for pair in pairs]}
        for each in self.case.each(values.items()):
            with each as (what, found):
                self.case.judge(rules.repeats(found, what), f"{what} that all differ", "differ")

    def vary(self, secrets: Sequence[Secret], bits: int) -> None:
        """The secrets vary by at least so many bits."""
        self.case.judge(is_guessable(secrets, bits, "secrets"), f"secrets of at least {bits} random bits", "vary")


def _encoded(form: Mapping[str, str]) -> bytes:
    return urlencode(form).encode()
