"""What a suite says to an authorization server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from conformance.http import credentials
from conformance.http.exchange import Exchange, Request
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules import token_answer, token_refusal
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.client_credentials.answers import Answer
from conformance.suites.client_credentials.batches import Batch
from conformance.suites.client_credentials.declared import Credentials
from conformance.suites.client_credentials.memory import Memory
from conformance.suites.client_credentials.metadata import Document, Metadata
from conformance.suites.client_credentials.surroundings import Method, Surroundings
from conformance.suites.client_credentials.token_requests import ASSERTION_TYPE, SPELLINGS, TokenRequest, revealed

if TYPE_CHECKING:
    from conformance.config.roles import Authentication, TokenEndpoint
    from conformance.http.client import Client
    from conformance.suites.client_credentials.assertions import Assertions
    from conformance.suites.client_credentials.contract import Contracted
    from conformance.suites.client_credentials.strategies import Repetition

MISTAKES: dict[str, Callable[[TokenRequest], TokenRequest]] = {
    "no grant_type": lambda ask: ask.without("grant_type"),
    "an unknown grant_type": lambda ask: ask.setting("grant_type", "urn:example:grant"),
    "a grant_type of other characters": lambda ask: ask.setting("grant_type", 'a"b\\c\n<é>'),
}
"""Requests that no server may grant, beside those of strangers, by what is wrong with them."""

EXAMPLES_OF_A_CONTROL = 10
"""How many examples of a property one control is good for."""


class AuthorizationServer(Surroundings):
    """A token endpoint with what surrounds it, as a suite sees it: requests in, answers out, all on record.

    Args:
        role: what the target file says about the endpoint.
        client: the recording client.
        case: the case's record.
        memory: what earlier cases of the run found out.
    """

    def __init__(self, role: TokenEndpoint, client: Client, case: CaseRecord, memory: Memory) -> None:
        super().__init__(role)
        self.case = case
        self.metadata = Metadata(role, self.send, memory.documents)
        self._client = client
        self._memory = memory
        self._control: Answer | None = None
        self._controlled = 0
        self._is_let_in = False
        self.minted: list[Secret] = []

    @cached_property
    def url(self) -> str:
        """The address of the token endpoint: the target file's, or the one that the metadata names."""
        return self.role.url or self.metadata.token_endpoint

    @property
    def dialect(self) -> str | None:
        """Whose known deviations the target shares."""
        return self._client.target.dialect

    @property
    def assertions(self) -> Assertions:
        """Makes the client's signed assertions."""
        from conformance.suites.client_credentials.assertions import Assertions  # loads a library for signatures

        return Assertions(self.role, self.url)

    # -------------------------------------------------------------- requests

    def control(self) -> Answer:
        """The plain token request. Returns its answer, which grants a token.

        It is sent once for a few examples of a property: each of them would cost a token more.

        Raises:
            Inconclusive: it does not work.
        """
        self.case.begin_example()
        if self._control is None or self._controlled == EXAMPLES_OF_A_CONTROL:
            self._control, self._controlled = self.ask(self.plain, retry=True), 0
            self.notes_whether_it_is_let_in(self._control)
            self.blames_no_right_credentials(self._control)
        answer, self._controlled = self._control, self._controlled + 1
        flaw = token_answer.has_no_token(answer.response)
        self.case.control(flaw, "the plain token request", answer.exchange, self.role.name)
        self._memory.works = self._is_let_in = True
        return answer

    def works(self) -> None:
        """The plain token request got a token once in this run: where no refusal is judged, that will do.

        Raises:
            Inconclusive: it did not, and does not.
        """
        if not self._memory.works:
            self.control()

    def still_works(self) -> None:
        """The client is let in while this case runs, so it is the tried request that got no token.

        Raises:
            Inconclusive: it does not.
        """
        if not self._is_let_in:
            self.control()

    def works_by(self, method: Authentication) -> None:
        """The plain token request gets a token with this kind of proof. Raises Inconclusive where it does not."""
        answer = self.ask(self.plain, method, retry=True)
        self.case.control(token_answer.has_no_token(answer.response), f"the plain request by {method}", answer.exchange)
        self._is_let_in = True

    def notes_whether_it_is_let_in(self, answer: Answer) -> None:
        """Note whether the answer to the plain request lets the client in, or refuses it in every way that it has."""
        if token_answer.has_no_token(answer.response) is None:
            self.case.account.is_let_in()
        elif answer.refuses_the_client and not self._is_let_in_otherwise():
            self.case.account.is_refused()

    def _is_let_in_otherwise(self) -> bool:
        usual = self.role.authentication
        shows_a_secret = usual.startswith("client_secret")  # a key that works says nothing about the secret
        others = [m for m in self.role.methods if m != usual and m.startswith("client_secret") is shows_a_secret]
        return self.takes_basic_undecoded() or any(
            token_answer.has_no_token(self.ask(self.plain, method).response) is None for method in others
        )

    def takes_basic_undecoded(self) -> bool:
        """Whether credentials with reserved characters get a token as they are, without the form encoding of Basic."""
        if self.role.authentication != "client_secret_basic" or self.role.client_secret is None:
            return False
        pair = self.credentials
        raw = credentials.basic(pair.client_id, pair.secret.reveal())
        if raw.reveal() == pair.basic.reveal():
            return False
        return token_answer.has_no_token(self._asked_with(raw).response) is None

    def blames_no_right_credentials(self, answer: Answer) -> None:
        """Raise Inconclusive where the plain request is refused because the server does not decode Basic."""
        if token_answer.has_no_token(answer.response) and self.takes_basic_undecoded():
            told = "the credentials are right, and the server does not decode them in Basic, as CCS-20 says"
            raise Inconclusive(told, exchanges=(answer.exchange,))

    def works_decoded_or_not(self) -> None:
        """The plain token request gets a token, with Basic credentials as they have to be, or as they are.

        Raises:
            Inconclusive: neither does.
        """
        self._is_let_in = not self._memory.works and self.takes_basic_undecoded()
        if not self._is_let_in:
            self.works()

    def works_in_some_spelling(self) -> None:
        """The plain token request gets a token, however the values of its form are encoded.

        Raises:
            Inconclusive: it does not.
        """
        self._is_let_in = not self._memory.works and any(
            token_answer.has_no_token(self.ask(self.plain.spelled(each)).response) is None for each in SPELLINGS
        )
        if not self._is_let_in:
            self.works()

    def _asked_with(self, header: Secret) -> Answer:
        self.case.account.may_be_shown()
        return self.ask(self.plain.with_headers(("Authorization", header)), "none")

    def ask(
        self,
        ask: TokenRequest,
        by: Method | None = None,
        as_: Credentials | None = None,
        *,
        url: str = "",
        retry: bool = False,
    ) -> Answer:
        """Send a token request.

        Args:
            ask: the request without credentials.
            by: how the client proves who it is; the usual way if left out, `none` for not at all.
            as_: the credentials; the client's own if left out.
            url: where to send it; the token endpoint if left out.
            retry: whether 429 is waited for: only where no refusal is expected.
        """
        method = by or self.role.authentication
        if as_ is None and method != "none":
            self.case.account.may_be_shown()
        exchange = self.send(self.request(self.proved(ask, method, as_), url or self.url), retry=retry)
        return self._noted(exchange)

    def works_in_some_way(self) -> None:
        """One of the ways in which the client proves itself gets a token. Raises Inconclusive where none does."""
        answer = self.ask(self.plain, retry=True)
        self.notes_whether_it_is_let_in(answer)
        flaw = token_answer.has_no_token(answer.response)
        if flaw is not None and not answer.refuses_the_client:
            self.control()  # which fails too: it is not the client that is refused
        if flaw is not None and self.case.account.refused:
            raise Inconclusive(
                f"the client gets no token in any of its ways: {flaw}, so the credentials themselves may be at fault",
                "the right client id, secret, scope and audience under token_endpoint",
                (answer.exchange,),
            )
        self._is_let_in = True

    def ask_repeating(self, repetition: Repetition) -> Answer:
        """Send the plain token request with one parameter twice; grant_type where there is none of this name."""
        by_form = "client_secret_post" in self.role.methods and repetition.name in ("client_id", "client_secret")
        method: Method = "client_secret_post" if by_form else self.role.authentication
        ask = self.proved(self.plain, method, None)
        name = repetition.name if ask.value_of(repetition.name) else "grant_type"
        pair = (name, repetition.other_value or ask.value_of(name) or "")
        twice = replace(ask, body=(pair, *ask.body)) if repetition.first else ask.adding(pair)
        return self.ask(twice, "none")

    def refusals(self) -> Iterator[tuple[str, Answer]]:
        """The answers to requests that have to be refused, where they are, by what is wrong with the request.

        Raises:
            Inconclusive: none is refused.
        """
        refused = 0
        for what, answer in self._mistaken():
            response = answer.exchange.response
            if response is not None and token_refusal.is_a_failure(response):
                self.case.note(f"{what}: answered {response.status}, which is not a refusal to look at")
            elif response is None or token_answer.token_in(response) is None:
                refused += 1
                yield what, answer
        if not refused:
            raise Inconclusive("no request was refused, so there is no refusal to look at")

    def refusals_with_codes(self) -> Iterator[tuple[str, Answer]]:
        """The refusals that name an error code with a 4xx, by what is wrong with the request.

        Raises:
            Inconclusive: none does.
        """
        named = 0
        malformed = self.plain.with_headers(("Authorization", "Basic YWJj"))
        unusable = self.plain.setting("scope", " ".join(self.refused_scopes()))
        more = (
            ("a malformed Authorization header", self.ask(malformed, "none")),
            ("scopes that are not granted", self.ask(unusable)),
        )
        for what, answer in (*self.refusals(), *more):
            if 400 <= answer.response.status < 500 and token_refusal.error_of(answer.response):
                named += 1
                yield what, answer
        if not named:
            raise Inconclusive("no refusal names an error code, so there is none to look up")

    def ask_with_scheme(self, scheme: str) -> Answer:
        """Send the plain token request with the client's own credentials after another spelling of `Basic`."""
        return self._asked_with(Secret(scheme + self.credentials.basic.reveal().removeprefix("Basic")))

    def ask_by_contract(self, body: Mapping[str, str]) -> Contracted:
        """Send the plain token request with these parameters in place of its own grant_type and of its namesakes."""
        from conformance.suites.client_credentials.contract import Contracted  # loads a large library

        ask = self.plain.without("grant_type", *body).adding(*body.items())
        return Contracted(self.case, self.ask(ask).exchange, tuple(body.items()))

    @cached_property
    def ordinary_flaws(self) -> frozenset[str]:
        """What breaks the contract in the answers to ordinary requests, which other requirements report."""
        from conformance.suites.client_credentials.contract import Contracted  # loads a large library

        answers = [self.ask(self.plain), *(answer for _, answer in self._mistaken())]
        forms = (tuple((name, revealed(value)) for name, value in self.plain.body) for _ in answers)
        found = (Contracted(self.case, a.exchange, form).flaw() for a, form in zip(answers, forms, strict=True))
        return frozenset(flaw for flaw in found if flaw is not None)

    def ask_at_once(self, count: int) -> Batch:
        """Send the plain token request many times in parallel."""
        self.case.account.may_be_shown()
        request = self.request(self.proved(self.plain, self.role.authentication, None), self.url)
        with ThreadPoolExecutor(min(count, 16)) as pool:
            exchanges = list(pool.map(lambda _: self._client.send(request, retry=True), range(count)))
        return Batch(self, tuple(map(self._noted, exchanges)))

    def refuses_strangers(self) -> None:
        """The plain request with a wrong proof gets no token.

        Raises:
            Inconclusive: it gets one, so an acceptance proves nothing.
        """
        if self._memory.refuses_strangers:
            return
        if self.role.client_secret is None:
            forgery = next(self.assertions.forgeries()).assertion
            answer = self.ask(self.asserting(forgery), "none")
        else:
            method = next((m for m in self.role.methods if not m.endswith("_jwt")), "client_secret_basic")
            answer = self.ask(self.plain, method, self.wrong_secret())  # type: ignore[arg-type] # a Method by its name
        if token_answer.token_in(answer.response) is not None:
            raise Inconclusive("the endpoint hands out a token for a wrong secret, so an acceptance proves nothing")
        self._memory.refuses_strangers = True

    def asserting(self, assertion: Secret) -> TokenRequest:
        """The plain request with a signed assertion in it."""
        return self.plain.adding(("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion))

    # ---------------------------------------------------------------- tokens

    def document(self) -> Document:
        """The metadata, with what can be claimed about it."""
        return Document(self)

    def methods_not_advertised(self) -> tuple[Authentication, ...]:
        """Methods that need nothing but the secret, and which the metadata does not list."""
        self.secret  # noqa: B018 # NotTested where there is none
        of_a_secret: tuple[Authentication, ...] = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
        found = tuple(method for method in of_a_secret if method not in self.metadata.methods)
        if not found:
            raise NotTested("the metadata advertises every method that a secret is good for")
        return found

    def close(self) -> None:
        """Revoke the tokens that were minted, as far as the target lets us. A disposable one lets them end."""
        if self._client.target.capabilities.disposable:
            return
        for token in dict.fromkeys(self.minted):
            if self.revocation_url is None:
                return
            self.tell(self.revocation_url, token, None)

    # --------------------------------------------------------------- details

    def proved(self, ask: TokenRequest, method: Method, as_: Credentials | None) -> TokenRequest:
        match method:
            case "none":
                return ask
            case "client_secret_basic":
                return ask.with_headers(("Authorization", (as_ or self.credentials).basic))
            case "client_secret_post":
                pair = as_ or self.credentials
                return ask.adding(("client_id", pair.client_id), ("client_secret", pair.secret))
            case _:
                assertion = self.assertions.make(method)
                return ask.adding(("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion))

    def _mistaken(self) -> Iterator[tuple[str, Answer]]:
        """The answers to all mistakes; asked once a run, unless the server fails on one of them."""
        if self._memory.refusals:
            yield from ((what, Answer(self, exchange)) for what, exchange in self._memory.refusals)
            return
        seen: list[tuple[str, Exchange]] = []
        for what, make in self._mistakes():
            answer = make()
            seen.append((what, answer.exchange))
            yield what, answer
        if all(exchange.response is not None and exchange.response.status < 500 for _, exchange in seen):
            self._memory.refusals = tuple(seen)

    def _mistakes(self) -> Iterator[tuple[str, Callable[[], Answer]]]:
        for what, mistaken in MISTAKES.items():
            yield what, partial(self.ask, mistaken(self.plain))
        if self.role.client_secret is not None:
            yield "a wrong secret", partial(self.ask, self.plain, self.secret_methods[0], self.wrong_secret())

    def request(self, ask: TokenRequest, url: str) -> Request:
        own = [(name, revealed(value)) for name, value in ask.headers]
        accepts = any(name.lower() == "accept" for name, _ in own)
        headers = [] if accepts else [("Accept", "application/json")]
        if ask.method != "GET":
            headers.append(("Content-Type", ask.media_type))
        headers += own
        query = ask.encoded_query()
        address = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        return Request(ask.method, address, tuple(headers), ask.encoded_body())

    def send(self, request: Request, *, retry: bool) -> Exchange:
        """Send a request and keep the exchange."""
        exchange = self._client.send(request, retry=retry)
        self.case.exchanges.append(exchange)
        return exchange

    def _noted(self, exchange: Exchange) -> Answer:
        if exchange.response is not None and (token := token_answer.token_in(exchange.response)):
            self.minted.append(Secret(token))
        return Answer(self, exchange)
