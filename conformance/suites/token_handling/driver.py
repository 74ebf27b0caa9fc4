"""What a suite says to a single access endpoint."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from conformance.config.roles import TokenRequest
from conformance.http.credentials import FORM, obtain
from conformance.http.exchange import Exchange, Request
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules import single_access
from conformance.rules.outcome import Inconclusive, Stopped
from conformance.suites.subject import note_of_another_org
from conformance.suites.token_handling.answers import Answer, Opening

if TYPE_CHECKING:
    from httpx2 import Cookies

    from conformance.config.roles import SingleAccess, TokenSource
    from conformance.http.client import Client
    from conformance.http.exchange import Response
    from conformance.judging.journal import Entry, Journal

JSON = ("Content-Type", "application/json")
LONGEST_SESSION = timedelta(hours=24)
"""So long a session of an org lasts at most without being used."""

TOKEN_REFUSALS = (401, 403)
"""How a bad token is refused: RFC 6750 says 401, Salesforce answers 403."""

MALFORMED_REFUSALS = (400, *TOKEN_REFUSALS)
"""How a request without a token, or with a misshapen one, is refused (RFC 6750, section 3.1)."""

IN_GET, IN_POST, IN_FORM = PLACES = ("header of a GET", "header of a POST", "form body")
"""Where a token is allowed to stand."""

_LETTERS = string.ascii_letters + string.digits
_NEXT_LETTER = str.maketrans(_LETTERS, _LETTERS[1:] + _LETTERS[0])


@dataclass(slots=True)
class Memory:
    """What was found out about a target in this run, so that it is asked once.

    Attributes:
        keeps_strangers_out: whether the endpoint is known to open nothing for a request without a token.
        accepts_strangers: whether such a request is answered 2xx all the same, with a page for people.
    """

    keeps_strangers_out: bool = False
    accepts_strangers: bool = True


class SingleAccessEndpoint:
    """A single access endpoint as a suite sees it: requests in, answers out, every exchange on record.

    Args:
        role: what the target file says about the endpoint.
        client: the recording client.
        case: the case's record.
        memory: what is known about the target.
        journal: where sessions are noted before they are opened.
        clock: the address of the target's test clock, if it has one.
    """

    def __init__(
        self,
        role: SingleAccess,
        client: Client,
        case: CaseRecord,
        memory: Memory,
        journal: Journal,
        clock: str | None,
    ) -> None:
        self.role = role
        self.case = case
        self.url = urljoin(role.base_url.rstrip("/") + "/", role.path.lstrip("/"))
        self._client = client
        self._journal = journal
        self._clock = clock
        self._memory = memory
        self._fresh: Secret | None = None
        self._minted: list[Secret] = []
        self._sessions: list[tuple[Secret, Entry]] = []

    @property
    def host(self) -> str:
        """The org's own host, without port."""
        return urlsplit(self.url).hostname or ""

    @property
    def own_hosts(self) -> Sequence[str]:
        """All hosts of the org, without port."""
        return (self.host, *self.role.hosts)

    # ---------------------------------------------------------------- tokens

    def fresh_token(self) -> Secret:
        """A valid token of a user of the org, with web access; a new one where the target says how to get one."""
        self.case.begin_example()
        self._fresh = self._token(self.role.token)
        return self._fresh

    def unknown_token(self, valid: Secret) -> Secret:
        """A token of the right shape that was never issued."""
        value = valid.reveal()
        swapped = value[-12:].translate(_NEXT_LETTER)
        return Secret(value[:-12] + swapped)

    def expired_token(self) -> Secret:
        """A token past its lifetime: the target file's, or one that the test clock has outlived."""
        if self.role.expired_token is not None:
            return self._token(self.role.expired_token)
        token = self._token(self.role.token)
        self.advance_clock(self.role.token_lifetime_seconds + 1)
        return token

    def revoked_token(self) -> Secret:
        """A token that was valid and has just been revoked (RFC 7009)."""
        if self.role.revocation_url is None or not isinstance(self.role.token, TokenRequest):
            raise lacking(self.role, "revocation")
        token = self._token(self.role.token)
        self.control(token)
        if not self._revoke(token, self.role.revocation_url):
            raise Inconclusive("the revocation endpoint did not answer 200")
        return token

    def foreign_token(self) -> Secret:
        """A valid token of another org."""
        note_of_another_org(self.case, self.role.foreign_token)
        return self._declared(self.role.foreign_token, "other_orgs")

    def token_without_web(self) -> Secret:
        """A valid token whose scopes do not include `web`."""
        return self._declared(self.role.token_without_web, "scopes")

    # -------------------------------------------------------------- requests

    def get(self, bearer: Secret | None = None, query: str = "", authorization: str | None = None) -> Answer:
        """GET the endpoint. `query` is sent as it stands; `authorization` is a header value, in place of `bearer`."""
        return self._ask("GET", bearer, query, authorization=authorization)

    def head(self, query: str = "") -> Answer:
        """HEAD the endpoint."""
        return self._ask("HEAD", None, query)

    def post(self, bearer: Secret | None = None, query: str = "", form: Mapping[str, str] | None = None) -> Answer:
        """POST a form to the endpoint."""
        return self._ask("POST", bearer, query, form=form or {})

    def present(self, token: Secret, place: str) -> Answer:
        """Ask for a session with the token in one of the places in which it may stand."""
        return Answer(self, self.send(self._presenting(token, place), retry=False))

    def control_in(self, place: str = IN_GET) -> tuple[Secret, Answer]:
        """A token, and the answer to an allowed request with it in this place, sent just now.

        The token is that of the last control, as long as it is still let in: one that was seen in a URL may be revoked.

        Raises:
            Inconclusive: the request does not work with a fresh token either, or it works for everybody.
        """
        what = f"a valid token in the {place}"
        if self._fresh is not None:
            self.case.begin_example()
            self.refuses_strangers()
            answer = Answer(self, self.send(self._presenting(self._fresh, place), retry=True))
            if single_access.has_no_session(answer.response) is None:
                self.case.account.is_let_in()
                self.case.control(None, what, answer.exchange)
                return self._fresh, answer
        token = self.fresh_token()
        self.refuses_strangers()
        return token, self._control(self._presenting(token, place), what)

    def control(self, bearer: Secret, *, against_strangers: bool = True) -> Answer:
        """The allowed form of a GET, with the same token. Returns its answer, which hands out a frontdoor URL.

        Raises:
            Inconclusive: it does not work, or it works for everybody.
        """
        if against_strangers:
            self.refuses_strangers()
        return self._control(self._request("GET", bearer), "GET with the token in the header")

    def refuses_strangers(self) -> None:
        """A GET without a token opens nothing.

        Raises:
            Inconclusive: it opens a session, so an acceptance would prove nothing.
        """
        if self._memory.keeps_strangers_out:
            return
        answer = answer_to(self.send(self._request("GET", None), retry=True))
        is_refused = single_access.has_no_session(answer) is not None
        self._memory.accepts_strangers = 200 <= answer.status < 300
        self._memory.keeps_strangers_out = is_refused and answer.status < 500  # a breakdown is asked again
        if not is_refused:
            raise Inconclusive(
                "the endpoint hands out a frontdoor URL without any token, so an acceptance proves nothing"
            )

    def accepts(self, response: Response) -> bool:
        """Whether the status of an answer accepts the token, as it accepts no stranger."""
        return 200 <= response.status < 300 and not self._memory.accepts_strangers

    def proves_the_token(self) -> None:
        """One documented form, whichever, accepts the fresh token; else a refusal says nothing about the form.

        Raises:
            Inconclusive: none does, so the token itself may be bad.
        """
        if not self._is_accepted_somehow():
            self.case.account.is_refused()
            raise Inconclusive(
                "no documented form accepts the token, so the token itself may be at fault",
                "a token that has not expired, of a user, with the scope web",
            )

    def _is_accepted_somehow(self) -> bool:
        token = self._fresh
        if token is None:
            return False
        forms = (self._presenting(token, place) for place in PLACES)
        answers = (answer_to(self._client.send(form, retry=True)) for form in forms)
        return any(single_access.has_no_session(answer) is None for answer in answers)

    def open(self, frontdoor: str, *, to_the_end: bool = False) -> Opening:
        """Open a frontdoor URL as a new browser does, and follow redirects inside the org.

        Args:
            frontdoor: the URL.
            to_the_end: whether to go on after there is a session, to the page on which it lands.
        """
        entry = self._note_a_session(frontdoor)
        from conformance.http.client import fresh_jar  # with the HTTP library

        jar = fresh_jar() if to_the_end else None
        try:
            exchange = self.send(Request("GET", frontdoor), retry=False, cookies=jar)
        except Stopped:  # an overload, or nothing was sent
            self._journal.refused(entry)
            self._journal.undone(entry)
            raise
        return self._opened(exchange, entry, jar)

    def open_at_once(self, frontdoor: str, count: int) -> Sequence[Opening]:
        """Open a frontdoor URL by several requests in parallel, each as a browser without cookies does."""
        entries = [self._note_a_session(frontdoor) for _ in range(count)]
        with ThreadPoolExecutor(count) as pool:
            sent = [pool.submit(partial(self.send, Request("GET", frontdoor), retry=False)) for _ in entries]
        return [self._opened(one.result(), entry) for one, entry in zip(sent, entries, strict=True)]

    def _note_a_session(self, frontdoor: str) -> Entry:
        foreign = single_access.leaves_for(self.url, frontdoor, self.role.hosts)
        if foreign is not None:
            raise Inconclusive(
                f"the frontdoor URL leads to {foreign}, which is not a host of the org, and was not opened"
            )
        return self._journal.will_create(
            self._client.requirement,
            self._client.target,
            "a web session opened by a frontdoor URL",
            ends="by the org's session timeout",
            lasts=LONGEST_SESSION,
        )

    def _opened(self, exchange: Exchange, entry: Entry, jar: Cookies | None = None) -> Opening:
        if exchange.response is not None:
            self._journal.heard(entry, 200)
        steps, session = [exchange], self._session_of(exchange)
        for _ in range(self._client.target.limits.redirects):
            goes_on = session is None or jar is not None
            step = self._client.follow(steps[-1], cookies=jar, hosts=self.role.hosts) if goes_on else None
            if step is None:
                break
            steps.append(step)
            session = session or self._session_of(step)
        if session is not None:
            self._sessions.append((session, entry))
        else:
            self._journal.undone(entry)  # not believed where the answer was lost, and a session may have been opened
        return Opening(self, exchange, session, tuple(steps))

    def advance_clock(self, seconds: int) -> None:
        """Move the target's test clock by so many seconds. Raises NotTested where it has none."""
        if self._clock is None:
            raise lacking(self.role, "clock")
        body = json.dumps({"advance_seconds": seconds}).encode()
        answer = answer_to(self._client.send(Request("POST", self._clock, (JSON,), body), retry=True))
        if answer.status >= 300:
            raise Inconclusive(f"the test clock answered {answer.status}")

    def close(self) -> None:
        """End the sessions that were opened and revoke the tokens that were minted, as far as the target lets us.

        What cannot be ended stays in the journal, and nothing is said against the requirement.
        """
        for session, entry in self._sessions:
            logout = Request(
                "GET",
                urljoin(self.url, self.role.logout_path),
                (("Cookie", f"{self.role.session_cookie}={session.reveal()}"),),
            )
            with suppress(Stopped):
                answer = self._client.send(logout, retry=False).response
                if answer is not None and answer.status < 500:
                    self._journal.undone(entry)
        if self.role.revocation_url is not None:
            for token in self._minted:
                with suppress(Stopped):
                    self._revoke(token, self.role.revocation_url)

    # --------------------------------------------------------------- details

    def _ask(
        self,
        method: str,
        bearer: Secret | None,
        query: str,
        authorization: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        return Answer(self, self.send(self._request(method, bearer, query, authorization, form), retry=False))

    def _presenting(self, token: Secret, place: str) -> Request:
        if place == IN_FORM:
            return self._request("POST", None, form={"access_token": token.reveal()})
        return self._request("GET", token) if place == IN_GET else self._request("POST", token, form={})

    def _request(
        self,
        method: str,
        bearer: Secret | None,
        query: str = "",
        authorization: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Request:
        headers = [("Accept", "application/json")]
        if bearer is not None:
            authorization = f"Bearer {bearer.reveal()}"
        if authorization is not None:
            headers.append(("Authorization", authorization))
        body = b""
        if form is not None:
            headers.append(FORM)
            body = urlencode(form).encode()
        return Request(method, f"{self.url}?{query}" if query else self.url, tuple(headers), body)

    def send(self, request: Request, *, retry: bool, cookies: Cookies | None = None) -> Exchange:
        """Send a request and keep the exchange."""
        exchange = self._client.send(request, retry=retry, cookies=cookies)
        self.case.exchanges.append(exchange)
        return exchange

    def _control(self, request: Request, what: str) -> Answer:
        answer = Answer(self, self.send(request, retry=True))
        flaw = single_access.has_no_session(answer.response)
        if flaw is None:
            self.case.account.is_let_in()
        elif answer.response.status in TOKEN_REFUSALS and not self._is_accepted_somehow():
            self.case.account.is_refused()
        self.case.control(flaw, what, answer.exchange, self.role.name)
        return answer

    def _token(self, source: TokenSource) -> Secret:
        with self.case.account.fetching() if source is self.role.token else nullcontext():
            token = obtain(self.send, source)
        if isinstance(source, TokenRequest):
            self._minted.append(token)
        return token

    def _declared(self, source: TokenSource | None, feature: str) -> Secret:
        if source is None:
            raise lacking(self.role, feature)
        return self._token(source)

    def _revoke(self, token: Secret, url: str) -> bool:
        body = urlencode({"token": token.reveal()}).encode()
        exchange = self._client.send(Request("POST", url, (FORM,), body), retry=False)
        return exchange.response is not None and exchange.response.status == 200

    def _session_of(self, exchange: Exchange) -> Secret | None:
        if exchange.response is None:
            return None
        value = single_access.cookie(exchange.response, self.role.session_cookie)
        return Secret(value, "session") if value else None
