"""What a client did in one scenario, with what a suite can claim about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from conformance.config.roles import Client
from conformance.judging.applicability import lacking
from conformance.judging.tried_values import IN_SCENARIO
from conformance.redaction import Vault
from conformance.reference.counterpart.org import is_unserved
from conformance.rules.clients import polling
from conformance.rules.clients.calls import basic_of, bearer_of, form_of, path_of, query_of
from conformance.rules.clients.rotations import stagings
from conformance.rules.clients.token_requests import sent_parameters
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive, NonConformant, NotTested
from conformance.suites.clients.listening import WELL_KEPT, Listening, is_unknown
from conformance.suites.clients.pairs import down
from conformance.suites.clients.secrecy import keeps_a_code
from conformance.suites.clients.timeline import told
from conformance.suites.subject import Subject

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange
    from conformance.rules.clients.token_requests import Places
    from conformance.suites.clients.finished_run import FinishedRun
    from conformance.suites.clients.stage import Stage


class UnderTest(Subject[Client], Protocol):
    """A client, as far as what it did has to know it."""

    @property
    def parameters(self) -> Places:
        """The custom parameters of token requests that it was told of."""


@dataclass(repr=False)
class Seen:
    """What a client did in one scenario. A claim that does not hold raises NonConformant."""

    client: UnderTest
    stage: Stage
    ended: Sequence[FinishedRun]

    @cached_property
    def exchanges(self) -> list[Exchange]:
        """All its calls, in the order of their beginnings."""
        return self.stage.exchanges

    @property
    def elsewhere(self) -> list[Exchange]:
        """Its calls to the other origin, to which answers may lead."""
        return self.stage.elsewhere.exchanges

    @property
    def last(self) -> Exchange | None:
        """Its last call."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return self.stage.scenario.name

    @property
    def how(self) -> str:
        """How its last run ended."""
        return self.ended[-1].how

    # ------------------------------------------------------------- occasions

    def fails_at_nothing(self) -> str | None:
        """Why a run where nothing went wrong is no control; None if it and a call with its credentials ended well."""
        bad = next((one for one in self.ended if not one.went_well), None)
        if bad is not None:
            return f"{bad.how}{self._unserved}"
        if not self.exchanges:
            return f"it made no call to the org of the run, which SEASONPROOF_ORG_URL and the like name; {self.how}"
        if not any(200 <= one.status < 400 and self._shows_credentials(one) for one in self.exchanges):
            return f"no call with the credentials of this run was answered well{self._unserved}"
        return None

    def met(self, fault: str) -> bool:
        """Whether a fault happened to it."""
        return self.stage.world.happened[fault] > 0

    def gave_occasion(self, fault: str, what: str, feature: str = "") -> None:
        """Whether a fault happened at all. Raises NotTested or NotApplicable where the client made no such call."""
        if not self.met(fault):
            why = f"the client {what}; {self.how}"
            raise lacking(self.client.role, feature, why) if feature else NotTested(why, "a command that does so")

    @property
    def pair(self) -> tuple[str, str]:
        """The id and the secret by which the client gets tokens here."""
        client = self.stage.org.client
        return client.client_id, client.secret

    def needs(self, found: object, feature: str, what: str) -> None:
        """End the case where nothing was found to judge."""
        if not found:
            why = f"the client {what}"
            raise lacking(self.client.role, feature, why) if feature else NotTested(why, "a command that does so")

    def judged_parameters(self) -> Places:
        """The custom parameters that are judged: those that the target file names, or that the client sends."""
        if self.client.role.parameters:
            return self.client.parameters
        sent = sent_parameters(self.exchanges, self.client.parameters)
        self.needs(any(sent.values()), "parameters", "sent no custom parameter of SEASONPROOF_PARAMETERS")
        return sent

    def sent_all_of_a_place(self, judged: Places) -> None:
        """Of no place some parameters were sent, and others never.

        Raises:
            NotTested: of some place, and no target file says which the client is asked to send.
        """
        named = [name for names in judged.values() for name in names]
        for place, names in self.client.parameters.items():
            unsent = [name for name in names if name not in named]
            if unsent and not judged[place]:
                self.client.case.note(f"no custom parameter was sent in the {place}, so none was judged there")
            elif unsent:
                why = f"{', '.join(named)} went where they belong, but {' and '.join(unsent)} nowhere"
                raise NotTested(why, f"client.parameters: [{', '.join(named)}], if it can send no other")

    def is_own(self, exchange: Exchange) -> bool:
        """Whether a call is about the consumer that the client was told of."""
        return f"/{self.stage.org.consumer.id}/" in exchange.request.url

    def calls_from_the_first_change(self) -> list[int]:
        """The numbers of its calls, from the one that stages a pair to the last."""
        calls = self.stage.world.exchanges
        first = next((number for number, one in enumerate(calls, 1) if stagings([one])), len(calls) + 1)
        return list(range(first, len(calls) + 1))

    def consumers_flaw(self) -> Flaw | None:
        """What consumers of the store would have met first; None if it worked all the time."""
        found = self.stage.consumers.found
        return found[0] if found is not None else down(self.stage)

    # ---------------------------------------------------------------- claims

    def keeps_no_frontdoor_url(self) -> None:
        """No one-time code is in its output, or in its files."""
        codes = Vault()
        for code in self.stage.org.codes:
            codes.register(code)
        flaw = keeps_a_code(self.ended, codes)
        self.judge_beside(flaw, "a URL that goes to the browser and nowhere else", "not-kept")

    def downloaded(self) -> bytes | None:
        """The file that it keeps; None where it keeps none."""
        try:
            return self.stage.download.read_bytes()
        except OSError:
            return None

    def keeps_other_bytes(self) -> Flaw | None:
        """What it keeps of a download is not what was answered."""
        kept = self.downloaded()
        if kept is None or kept == self.stage.content:
            return None
        return FlawOfKind("bytes", f"{len(kept)} bytes were kept of {len(self.stage.content)}, and not the same ones")

    def ended_well_with_a_file(self) -> bool:
        """Whether it calls a download done that is not the file."""
        return self.keeps_other_bytes() is not None and self.ended[-1].went_well

    def loses_nothing(self) -> None:
        """Every record was handed over, in the version that it has at the end."""
        flaw = polling.loses(self.exchanges, self.stage.org.feed.versions())
        self.judge(flaw, "each change at least once, in the end", "at-least-once")

    def says_nothing_of(self, code: str) -> Flaw | None:
        """An error code is missing from all that it printed and answered, also as the name of a class or as words."""
        printed = (re.sub(rb"[\s_]", b"", one.output + one.answer).lower() for one in self.ended)
        said = any(code.replace("_", "").encode() in text for text in printed)
        return None if said else FlawOfKind("silent", f"the output of the client does not say {code}; {self.how}")

    def judge(self, flaw: Flaw | None, expected: str, judgement: str, *shown: Exchange) -> None:
        """Judge what a rule says, and tell a failure as a time line."""
        exchanges = shown or ((self.last,) if self.last is not None else ())
        try:
            self.client.case.judge(flaw, expected, judgement, *exchanges)
        except NonConformant as deviation:
            raise deviation.saying(f"{deviation}{self._when}:\n{told(self.exchanges)}") from None

    def judge_beside(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        """Judge what no call shows: the output of the client, its files, and the arguments of its processes."""
        try:
            self.client.case.judge(flaw, expected, judgement, None)
        except NonConformant as deviation:
            self.client.case.exchanges.clear()  # none of them shows it
            raise deviation.saying(f"{deviation}{self._when}") from None

    def tells_how_it_ended(self) -> None:
        """Its end tells whether it calls its work done. Raises NotTested."""
        if not self.ended[-1].is_told:
            why = "where the trigger ends before the work, or a person drives the client, nobody says whether it failed"
            raise NotTested(why, "client.quiet_seconds: 0, with a trigger that ends after the work and says so")

    def ends_within_its_time(self) -> None:
        """It ended by itself.

        Raises:
            Inconclusive: it had to be killed.
        """
        for one in self.ended:
            if one.status is None:
                raise Inconclusive(one.how, exchanges=self.exchanges[-1:])

    def keeps_by_listening(self, identifier: str) -> None:
        """What a proxy would say of its traffic, on a requirement on observed traffic."""
        case = self._heard.case(identifier)
        if is_unknown(case):
            raise Inconclusive(case.message)
        flaw = case.message if case.outcome.is_deviation else None
        self.judge(flaw, WELL_KEPT, identifier.lower(), *self._heard.leaking(identifier)[:1])

    # --------------------------------------------------------------- details

    @cached_property
    def _heard(self) -> Listening:
        return Listening(self.exchanges, self.stage.origins)

    @property
    def _unserved(self) -> str:
        """What it asked for that the org does not have, as the end of a sentence; empty for nothing."""
        asked = next((one.request for one in self.exchanges if is_unserved(one)), None)
        return f"; it asked for {asked.method} {path_of(asked)}, which the org of a run does not have" if asked else ""

    @property
    def _when(self) -> str:
        return f"{IN_SCENARIO}{self.stage.scenario.name}, where {self.stage.scenario.says}"

    @cached_property
    def secrets(self) -> Vault:
        """What knows the secrets of this scenario, and no others."""
        return self.stage.register()

    def _shows_credentials(self, exchange: Exchange) -> bool:
        """Whether a call carries a credential that was made for this scenario."""
        org, request = self.stage.org, exchange.request
        shown = {bearer_of(request), *(value for _, value in (*form_of(request), *query_of(request)))}
        basic = basic_of(request)
        known = {*org.org.tokens, org.client.secret, org.refresh_token}
        return bool(shown & known) or (basic is not None and basic[1] in known)
