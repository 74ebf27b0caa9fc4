"""A client of which a capture tells: judged by the same rules, on what it was seen to do and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from conformance.rules.clients import files
from conformance.rules.clients.calls import basic_of, form_of, token_of
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive, NonConformant, NotTested, Outcome
from conformance.suites.clients.capture_scope import TOLD, why_untold
from conformance.suites.clients.listening import WELL_KEPT, Listening, is_unknown
from conformance.suites.clients.scenario import Scenario
from conformance.suites.clients.timeline import told
from conformance.traffic.captures import captured
from conformance.traffic.evidence import redacted_text, register, without_credentials

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import Client
    from conformance.http.exchange import Exchange
    from conformance.judging.matchers import CaseRecord
    from conformance.rules.clients.token_requests import Places
    from conformance.traffic.captures import Capture

WAY_OUT = "judge the client itself: --client='COMMAND', with --client-role"
CAPTURED = Scenario("captured", "a capture shows what happened")

_SECRETS = frozenset(
    {"client_secret", "client_assertion", "assertion", "refresh_token", "password", "access_token", "token", "code"}
)


class CapturedClient:
    """A client in a capture, in the name of one requirement. Tests call it as they call `ClientUnderTest`.

    Args:
        role: what is known of it.
        requirement: what is judged.
        case: the record of the case.

    Raises:
        NotTested: a capture cannot tell.
    """

    def __init__(self, role: Client, requirement: Requirement, case: CaseRecord) -> None:
        self.role = role
        self.requirement = requirement
        self.case = case
        if why := why_untold(requirement.id):
            raise NotTested(why, WAY_OUT)
        self._seen = Captured(captured(role.capture), requirement, case)

    parameters: ClassVar[Places] = {}
    """Custom parameters of token requests: a capture does not say which were configured."""

    def close(self) -> None:
        """Nothing: a capture was read, and nobody called."""

    def scenarios(self, several: Sequence[Scenario]) -> Sequence[Scenario]:
        """The one thing that happened, in place of all that could."""
        return (CAPTURED,)

    def works(self, sends_well: Callable[[Captured], None] | None = None) -> Captured:
        """What the capture holds; nothing is a control there, before which `sends_well` would judge."""
        return self._seen

    def polls(self, sends_well: Callable[[Captured], None] | None = None) -> Captured:
        """What the capture holds."""
        return self._seen

    def through(self, scenario: Scenario) -> Captured:
        """What the capture holds; whether it has the occasion, its claims say."""
        return self._seen


class Captured:
    """What a client did, as a capture has it. A claim that does not hold raises NonConformant.

    Attributes:
        exchanges: what the rules judge: all but what a browser asks by itself before a call to another origin.
    """

    name = CAPTURED.name

    def __init__(self, capture: Capture, requirement: Requirement, case: CaseRecord) -> None:
        self.capture = capture
        self.scope = TOLD[requirement.id]
        self.case = case
        self.exchanges = [one for one in capture.exchanges if one.request.method != "OPTIONS"]
        _register_secrets(capture.exchanges)

    def met(self, fault: str) -> bool:
        """Whether a fault may have happened to it: what is listened for says so itself."""
        return True

    def gave_occasion(self, fault: str, what: str, feature: str = "") -> None:
        """Whether the capture has an occasion. Raises NotTested."""
        if self.scope.happened is not None and not self.scope.happened(self.exchanges):
            raise self._untold(f"the capture {self.scope.missing}")
        if self.scope.is_timed and self.capture.is_coarse:
            raise self._untold("the capture has times of whole seconds, which do not tell how long a client waited")

    def needs(self, found: object, feature: str, what: str) -> None:
        """End the case where nothing was found to judge."""
        if not found:
            raise self._untold(f"in the capture the client {what}")

    @property
    def elsewhere(self) -> list[Exchange]:
        """The calls to other origins to which an answer led, but those with a token of their own."""
        return [
            later
            for earlier, later in files.followed(self.exchanges)
            if token_of(later.request) in ("", token_of(earlier.request))
        ]

    def judge(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        """Judge what a rule says; a damaged capture can show that something is wrong, and never that nothing is."""
        shown = [without_credentials(one) for one in self._shown(judgement)]
        if flaw is None and self.capture.damage:
            raise self._untold("")
        if flaw is None and self.scope.unseen:
            raise NotTested(f"nothing of it is wrong in the capture, which does not show {self.scope.unseen}", WAY_OUT)
        try:
            self.case.judge(_redacted(flaw), expected, judgement, *shown[-2:])
        except NonConformant as deviation:
            raise deviation.saying(f"{deviation}\nin the capture:\n{told(shown)}") from None

    def keeps_by_listening(self, identifier: str) -> None:
        """What a proxy would say of its traffic, on a requirement on observed traffic."""
        case = self._heard.case(identifier)
        if is_unknown(case):
            raise Inconclusive(case.message)
        if case.outcome is Outcome.NOT_TESTED:
            raise self._untold(case.message)
        self.judge(case.message if case.outcome.is_deviation else None, WELL_KEPT, identifier.lower())

    # --------------------------------------------------------------- details

    @cached_property
    def _heard(self) -> Listening:
        """Also the exchanges that are not judged; what is found in them is masked from here on."""
        return Listening(self.capture.exchanges)

    def _shown(self, judgement: str) -> Sequence[Exchange]:
        """The exchanges that show a flaw, as far as that is known; else all."""
        return self._heard.leaking(judgement.upper()) or self.exchanges

    def _untold(self, why: str) -> NotTested | Inconclusive:
        """What ends a case that the capture does not decide."""
        if self.capture.damage:
            first, *others = self.capture.damage
            more = f", and {len(others)} more" if others else ""
            return Inconclusive(f"the capture was not read as a whole: {first}{more}", "capture the traffic again")
        way_out = f"a capture with it, exported with its credentials; or {WAY_OUT}"
        return NotTested(why if self.capture.exchanges else "the capture holds no request", way_out)


def _redacted(flaw: Flaw | None) -> Flaw | None:
    if flaw is None:
        return None
    text = redacted_text(flaw)
    return FlawOfKind(flaw.kind, text) if isinstance(flaw, FlawOfKind) else text


def _register_secrets(exchanges: Sequence[Exchange]) -> None:
    """Have every output mask the credentials in forms and in HTTP Basic; those in other headers are heard."""
    for one in exchanges:
        values = [value for name, value in form_of(one.request) if name.lower() in _SECRETS]
        if (basic := basic_of(one.request)) is not None:
            values.append(basic[1])
        register("secret", (value.encode("latin-1", "replace") for value in values))
