"""The answers of a single access endpoint, with what a suite can claim about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin

from conformance.config.roles import SingleAccess, TokenRequest
from conformance.http.exchange import Exchange, Response
from conformance.http.whole_answer import answer_to
from conformance.redaction import Secret
from conformance.rules import challenge, single_access
from conformance.rules.flaw import Flaw
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.rules.randomness import is_guessable
from conformance.rules.token_answer import is_cacheable
from conformance.suites.subject import Subject


class Endpoint(Subject[SingleAccess], Protocol):
    """A single access endpoint, as far as its answers have to know it.

    Attributes:
        url: its address.
    """

    url: str

    @property
    def own_hosts(self) -> Sequence[str]:
        """All hosts of the org, without port."""

    def refuses_strangers(self) -> None:
        """A GET without a token opens nothing, or an acceptance would prove nothing."""

    def accepts(self, response: Response) -> bool:
        """Whether the status of an answer accepts the token."""

    def proves_the_token(self) -> None:
        """One documented form accepts the fresh token, or a refusal says nothing about the form."""

    def unknown_token(self, valid: Secret) -> Secret:
        """A token of the right shape that was never issued."""

    def present(self, token: Secret, place: str) -> Answer:
        """Ask for a session with the token in one of the places in which it may stand."""

    def open(self, frontdoor: str, *, to_the_end: bool = False) -> Opening:
        """Open a frontdoor URL as a new browser does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request, with what can be claimed about it. A claim that does not hold raises NonConformant."""

    endpoint: Endpoint
    exchange: Exchange

    @property
    def response(self) -> Response:
        """The whole answer. Raises Inconclusive where none came."""
        return answer_to(self.exchange)

    def opens_a_session(self) -> str:
        """The endpoint hands out a frontdoor URL, as it does not to strangers. Returns the URL."""
        self.endpoint.refuses_strangers()
        flaw = single_access.has_no_session(self.response)
        if flaw is not None and not self.endpoint.accepts(self.response):
            self.endpoint.proves_the_token()
        self._judge(flaw, "status 200 and a frontdoor URL", "opens-a-session")
        return self.frontdoor

    @property
    def frontdoor(self) -> str:
        """The absolute frontdoor URL. Raises Inconclusive where there is none."""
        found = single_access.frontdoor_url(self.response)
        if found is None:
            raise Inconclusive("the answer has no frontdoor URL to look at")
        return urljoin(self.endpoint.url, found)

    def is_refused(self, statuses: Sequence[int] = ()) -> None:
        """The endpoint refuses, and nothing in the refusal opens a session. Its control worked before."""
        self.endpoint.case.needs_its_control()
        flaw = single_access.is_not_refused(self.response, self.endpoint.role.session_cookie, statuses)
        named = f"with {single_access.named(statuses)}" if statuses else "with a 4xx or a login page"
        self._judge(flaw, f"a refusal {named}, without a frontdoor URL and without a session cookie", "refused")

    def is_of_a_living_token(self, token: Secret, place: str) -> None:
        """The refusal is not that of a dead token, in which nobody looks at scopes. One that was fetched is alive.

        Raises:
            Inconclusive: it may be: a token of the target file is refused as one that was never issued.
        """
        if isinstance(self.endpoint.role.token_without_web, TokenRequest):
            return
        unknown = self.endpoint.present(self.endpoint.unknown_token(token), place).response
        if not single_access.is_for_the_scope(self.response, unknown):
            raise Inconclusive(
                "token_without_web is refused as a token that was never issued, so it may have ended",
                "single_access.token_without_web: {url: https://…, form: {…}}, by which a living one is fetched",
            )

    def opens_no_session(self) -> None:
        """Nothing in the answer opens a session, whatever its status. Its control worked before."""
        self.endpoint.case.needs_its_control()
        flaw = single_access.opens_a_session(self.response, self.endpoint.role.session_cookie)
        self._judge(flaw, "neither a frontdoor URL nor a session cookie", "no-session")

    def is_a_frontdoor_answer(self) -> None:
        """The answer is JSON with an absolute URL of the same org under `frontdoor_uri`."""
        flaw = single_access.is_not_a_frontdoor_answer(self.response, self.endpoint.url, self.endpoint.role.hosts)
        self._judge(flaw, "JSON with an absolute https frontdoor_uri on a host of the org", "frontdoor-answer")

    def keeps_out_of_its_frontdoor_url(self, token: Secret) -> None:
        """The frontdoor URL does not hold the token in any encoding."""
        found = single_access.contains(self.frontdoor, token.reveal())
        flaw = "the frontdoor URL contains the access token" if found else None
        self._judge(flaw, "a one-time code in its place", "no-token-in-frontdoor-url")

    def does_not_repeat(self, token: Secret) -> None:
        """The answer is a refusal, and no part of it holds the token in any encoding."""
        self.endpoint.case.needs_its_control()
        response = self.response
        if single_access.has_no_session(response) is None:
            raise Inconclusive("the request was not refused, so there is no refusal to look at")
        found = single_access.contains(single_access.everything_in(response), token.reveal())
        flaw = "the refusal contains the access token" if found else None
        self._judge(flaw, "a refusal without it, raw or encoded", "no-token-in-refusal")

    def sends_nobody_on_with(self, token: Secret) -> None:
        """No address in the headers of the answer holds the token in any encoding. Its control worked before."""
        self.endpoint.case.needs_its_control()
        found = any(
            single_access.contains(address, token.reveal()) for address in single_access.leads_of(self.response)
        )
        flaw = "the answer leads to an address that contains the access token" if found else None
        self._judge(flaw, "an address without it, raw or encoded", "no-token-in-redirect")

    def is_not_cacheable(self) -> None:
        """The answer forbids every cache to keep it."""
        self._judge(is_cacheable(self.response), "Cache-Control with no-store", "no-store")

    def challenges_with_bearer(self) -> None:
        """The answer is a refusal, and carries a Bearer challenge."""
        if single_access.is_not_refused(self.response, self.endpoint.role.session_cookie) is not None:
            raise Inconclusive("the request was not refused, so there is no refusal to look at")
        flaw = challenge.has_no_bearer_challenge(self.response)
        self._judge(flaw, "WWW-Authenticate with the Bearer scheme", "bearer-challenge")

    def names_no_error(self) -> None:
        """The challenge has no error code. Raises NotTested where there is no challenge."""
        if not self.response.headers_named("www-authenticate"):
            raise NotTested("the target sent no challenge, so there is nothing to look at")
        self._judge(challenge.names_an_error(self.response), "a challenge without error attributes", "no-error-named")

    def differs_from(self, other: Answer) -> None:
        """The two answers hand out different frontdoor URLs."""
        same = single_access.one_time_code(self.frontdoor) == single_access.one_time_code(other.frontdoor)
        flaw = "both calls gave the same frontdoor URL" if same else None
        self._judge(flaw, "another one-time code for each call", "another-frontdoor-url", other.exchange)

    def stays_with_the_org(self, redirect_uri: str) -> None:
        """If a frontdoor URL came back at all, neither it nor any redirect behind it leads to a foreign host."""
        if single_access.frontdoor_url(self.response) is None:
            self._judge(None, "", "stays-with-the-org")
            return
        endpoint, shown = self.endpoint, self.exchange
        foreign = single_access.leaves_for(endpoint.url, self.frontdoor, endpoint.role.hosts)
        if foreign is None:
            opening = endpoint.open(self.frontdoor, to_the_end=True)
            foreign, shown = opening.leaves_for()
        flaw = f"the session for redirect_uri={redirect_uri!r} leads to the host {foreign}" if foreign else None
        expected = "a refusal, or a landing on one of the org's own hosts"
        endpoint.case.judge(flaw, expected, "stays-with-the-org", self.exchange, shown)

    def lands_on(self, path: str) -> None:
        """The frontdoor URL, or the answer to opening it, leads to this path."""
        frontdoor = self.frontdoor
        opened = self.endpoint.open(frontdoor).exchange
        found = single_access.lands_on(frontdoor, answer_to(opened), path)
        flaw = None if found else "neither the frontdoor URL nor its opening leads to the redirect_uri"
        self.endpoint.case.judge(flaw, f"a landing on {path}", "lands-on-redirect-uri", self.exchange, opened)

    def _judge(self, flaw: Flaw | None, expected: str, judgement: str, *compared: Exchange) -> None:
        self.endpoint.case.judge(flaw, expected, judgement, *compared, self.exchange)


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of opening a frontdoor URL without any cookie.

    Attributes:
        endpoint: what handed the URL out.
        exchange: the request for the URL itself.
        session: the cookie that means "logged in"; None where none was set.
        steps: the same request, and one for each redirect that was followed.
    """

    endpoint: Endpoint
    exchange: Exchange
    session: Secret | None
    steps: tuple[Exchange, ...]

    def leaves_for(self) -> tuple[str | None, Exchange]:
        """The foreign host to which a redirect leads, and the step that says so; else None, and the last step."""
        answer_to(self.exchange)
        for step in self.steps:
            for place in step.response.headers_named("location") if step.response is not None else ():
                foreign = single_access.leaves_for(step.request.url, place, self.endpoint.own_hosts)
                if foreign is not None:
                    return foreign, step
        return None, self.steps[-1]

    def is_the_control(self) -> None:
        """The URL logs in, so that a later refusal to log in means something."""
        cookie = self.endpoint.role.session_cookie
        flaw = None if self.session else f"opening the frontdoor URL did not set the cookie {cookie}"
        what = f"name the cookie that means 'logged in' as session_cookie if it is not {cookie}"
        if flaw is not None and single_access.goes_on_by_form(answer_to(self.exchange)):
            flaw = "the page behind the frontdoor URL logs in by a form that its script posts; no script is run here"
            what = "opening the frontdoor URL"
        self.endpoint.case.control(flaw, what, self.exchange)

    def does_not_log_in(self, why: str) -> None:
        """The URL gives no session."""
        self.endpoint.case.needs_its_control()
        answer_to(self.exchange)
        flaw = f"the frontdoor URL still logs in {why}" if self.session else None
        self.endpoint.case.judge(flaw, "no session cookie", "logs-in-no-more", self.exchange)


def one_session_at_most(openings: Sequence[Opening]) -> None:
    """Of all that opened a frontdoor URL at once, one at most is logged in. The control worked before."""
    case = openings[0].endpoint.case
    case.needs_its_control()
    if all(opening.exchange.response is None for opening in openings):
        raise Inconclusive("no answer came to any of the requests in parallel")
    logged_in = [opening.exchange for opening in openings if opening.session is not None]
    flaw = f"{len(logged_in)} of {len(openings)} requests at once were logged in" if len(logged_in) > 1 else None
    case.judge(flaw, "one session at most for one frontdoor URL", "one-session", *logged_in[:2])


def codes_vary(answers: Sequence[Answer], bits: int) -> None:
    """The one-time codes of several calls vary by at least so many bits. Raises NotTested where all are the same."""
    case = answers[0].endpoint.case
    codes = {Secret(single_access.one_time_code(answer.frontdoor)) for answer in answers}
    if len(codes) < 2:
        raise NotTested("each call gave the same code, as SAB-17 says, so there is nothing to compare")
    flaw = is_guessable(list(codes), bits, "one-time codes")
    case.judge(flaw, f"codes of at least {bits} random bits", "codes-vary", answers[0].exchange, answers[-1].exchange)
