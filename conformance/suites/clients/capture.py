"""A client of which a capture tells: judged by the same rules, on what it was seen to do and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.rules.clients import api
from conformance.rules.clients.calls import basic_of, ended, form_of
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive, NonConformant, NotTested, Outcome
from conformance.rules.url_tokens import Detector, Level
from conformance.suites.clients.answers import WELL_KEPT
from conformance.suites.clients.scenario import Scenario
from conformance.suites.clients.timeline import told
from conformance.traffic.captures import captured
from conformance.traffic.evidence import redacted_text, register, without_credentials
from conformance.traffic.observation import Observation
from conformance.traffic.replay import replay

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import Client
    from conformance.http.exchange import Exchange
    from conformance.judging.matchers import CaseRecord
    from conformance.traffic.captures import Capture

JUDGED = frozenset({"TIU-01", "TIU-02", "TIU-06", "TIU-07", "TIU-10", "CCC-02"})
"""What exchanges alone decide, wherever they come from."""

WAY_OUT = "judge the client itself: --client='COMMAND', with --client-role"
CAPTURED = Scenario("captured", "a capture shows what happened")

_BESIDE = frozenset({"TIU-05", "TIU-08", "TIU-09", "CCC-08", "FIC-04", "PCX-08"})
_SECRETS = frozenset(
    {"client_secret", "client_assertion", "assertion", "refresh_token", "password", "access_token", "token", "code"}
)


def _is_over(exchanges: Sequence[Exchange]) -> bool:
    """Whether a time that Retry-After named is over before the capture ends, or was cut short."""
    last = max((one.started.timestamp() for one in exchanges), default=0.0)
    waits_over = any(last >= ended(one) + seconds for one, seconds in api.waits(exchanges))
    return waits_over or api.comes_back_too_early(exchanges) is not None


_OCCASIONS: Mapping[str, tuple[Callable[[Sequence[Exchange]], bool], str]] = {
    "throttled": (_is_over, "holds no 429 or 503 with a Retry-After in seconds, and traffic until these are over")
}
"""What has to have happened, by the fault that brings it about in a scenario, and what is missing else."""


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
        if requirement.id in _BESIDE:
            why = "a capture shows neither output nor files nor the arguments of processes"
            raise NotTested(why, WAY_OUT)
        if requirement.id not in JUDGED:
            raise NotTested("it takes scenarios in which things go wrong, and what the client makes of them", WAY_OUT)
        self._seen = Captured(captured(role.capture), case)

    def close(self) -> None:
        """Nothing: a capture was read, and nobody called."""

    def scenarios(self, several: Sequence[Scenario]) -> Sequence[Scenario]:
        """The one thing that happened, in place of all that could."""
        return (CAPTURED,)

    def works(self) -> Captured:
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

    def __init__(self, capture: Capture, case: CaseRecord) -> None:
        self.capture = capture
        self.case = case
        self.exchanges = [one for one in capture.exchanges if one.request.method != "OPTIONS"]
        self._leaking: dict[str, list[Exchange]] = {}  # by requirement, in lower case
        _register_secrets(capture.exchanges)

    def met(self, fault: str) -> bool:
        """Whether a fault may have happened to it: what is listened for says so itself."""
        return True

    def gave_occasion(self, fault: str, what: str, feature: str = "") -> None:
        """Whether the capture has an occasion. Raises NotTested."""
        happened, missing = _OCCASIONS[fault]
        if not happened(self.exchanges):
            raise self._untold(f"the capture {missing}")

    def needs(self, found: object, feature: str, what: str) -> None:
        """End the case where nothing was found to judge."""
        if not found:
            raise self._untold(f"in the capture the client {what}")

    def judge(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        """Judge what a rule says; a damaged capture can show that something is wrong, and never that nothing is."""
        shown = [without_credentials(one) for one in self._shown(judgement)]
        if flaw is None and self.capture.damage:
            raise self._untold("")
        try:
            self.case.judge(_redacted(flaw), expected, judgement, *shown[-2:])
        except NonConformant as deviation:
            raise deviation.saying(f"{deviation}\nin the capture:\n{told(shown)}") from None

    def keeps_by_listening(self, identifier: str) -> None:
        """What a proxy would say of its traffic, on a requirement on observed traffic."""
        case = next(case for case in self.observed.cases() if case.requirement == identifier)
        if case.outcome in (Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR):
            raise Inconclusive(case.message)
        if case.outcome is Outcome.NOT_TESTED:
            raise self._untold(case.message)
        self.judge(case.message if case.outcome.is_deviation else None, WELL_KEPT, identifier.lower())

    @cached_property
    def observed(self) -> Observation:
        """Its traffic, heard as a proxy hears it."""
        observation = Observation(Detector())
        for one in self.capture.exchanges:
            leaks = (finding for finding in replay(observation, one) if finding.level is Level.LEAK)
            for identifier in {finding.requirement.lower() for finding in leaks}:
                self._leaking.setdefault(identifier, []).append(one)
        return observation

    # --------------------------------------------------------------- details

    def _shown(self, judgement: str) -> list[Exchange]:
        """The exchanges that show a flaw, as far as that is known; else all."""
        self.observed  # noqa: B018 - what it hears is registered, and masked from here on
        return self._leaking.get(judgement) or self.exchanges

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
