"""What a suite says to an authorization server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote_plus

from conformance.http import credentials
from conformance.http.exchange import Exchange, Request
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules import access_token, token_answer
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.client_credentials.answers import Answer, Batch, Document, Reply
from conformance.suites.client_credentials.asks import ASSERTION_TYPE, FORM, Ask, Value, revealed
from conformance.suites.client_credentials.declared import NEXT_LETTER, Credentials, Declared
from conformance.suites.client_credentials.metadata import Metadata

if TYPE_CHECKING:
    from conformance.config.roles import Authentication, TokenEndpoint
    from conformance.http.client import Client
    from conformance.suites.client_credentials.assertions import Assertions
    from conformance.suites.client_credentials.contract import Contracted
    from conformance.suites.client_credentials.strategies import Repetition

type Method = Authentication | Literal["none"]

MISTAKES: dict[str, Callable[[Ask], Ask]] = {
    "no grant_type": lambda ask: ask.without("grant_type"),
    "an unknown grant_type": lambda ask: ask.setting("grant_type", "urn:example:grant"),
    "a grant_type of other characters": lambda ask: ask.setting("grant_type", 'a"b\\c\n<é>'),
}
"""Requests that no server may grant, beside those of strangers, by what is wrong with them."""


class AuthorizationServer(Declared):
    """A token endpoint with what surrounds it, as a suite sees it: requests in, answers out, all on record.

    Args:
        role: what the target file says about the endpoint.
        client: the recording client.
        case: the case's record.
        guarded: the names of the targets that are known to refuse strangers; asked once a run.
        dialect: whose documented deviations the target declares, and the requirement accepts.
    """

    def __init__(
        self, role: TokenEndpoint, client: Client, case: CaseRecord, guarded: set[str], dialect: str | None = None
    ) -> None:
        self._guarded = guarded
        super().__init__(role, dialect)
        self.case = case
        self.metadata = Metadata(role, self.send)
        self._client = client
        self._works = False
        self._resource_is_guarded = False
        self._minted: list[Secret] = []

    @cached_property
    def url(self) -> str:
        """The address of the token endpoint: the target file's, or the one that the metadata names."""
        return self.role.url or self.metadata.token_endpoint

    @property
    def dialect_of_the_target(self) -> str | None:
        """Whose documented deviations the target declares, whether or not the requirement accepts them."""
        return self._client.target.capabilities.dialect

    @property
    def assertions(self) -> Assertions:
        """Makes the client's signed assertions."""
        from conformance.suites.client_credentials.assertions import Assertions  # loads a library for signatures

        return Assertions(self.role, self.url)

    # -------------------------------------------------------------- requests

    def control(self) -> Answer:
        """The plain token request. Returns its answer, which grants a token.

        Raises:
            Inconclusive: it does not work.
        """
        self.case.begin_example()
        answer = self.ask(self.plain, retry=True)
        self.notes_whether_it_is_let_in(answer)
        self.case.control(token_answer.has_no_token(answer.response), "the plain token request", answer.exchange)
        return answer

    def works(self) -> None:
        """The plain token request gets a token: asked once a case, where no refusal is judged.

        Raises:
            Inconclusive: it does not.
        """
        if not self._works:
            self.control()
            self._works = True

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
        return any(token_answer.has_no_token(self.ask(self.plain, method).response) is None for method in others)

    def ask(
        self, ask: Ask, by: Method | None = None, as_: Credentials | None = None, *, url: str = "", retry: bool = False
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
        exchange = self.send(self._request(self._proved(ask, method, as_), url or self.url), retry=retry)
        return self._noted(exchange)

    def works_in_some_way(self) -> None:
        """One of the ways in which the client proves itself gets a token. Raises Inconclusive where none does."""
        answer = self.ask(self.plain, retry=True)
        self.notes_whether_it_is_let_in(answer)
        flaw = token_answer.has_no_token(answer.response)
        if flaw is not None and self.case.account.refused:
            raise Inconclusive(
                f"the client gets no token in any of its ways: {flaw}, so the credentials themselves may be at fault",
                "the right client id, secret, scope and audience under token_endpoint",
                (answer.exchange,),
            )

    def ask_repeating(self, repetition: Repetition) -> Answer:
        """Send the plain token request with one parameter twice; grant_type where there is none of this name."""
        by_form = "client_secret_post" in self.role.methods and repetition.name in ("client_id", "client_secret")
        method: Method = "client_secret_post" if by_form else self.role.authentication
        ask = self._proved(self.plain, method, None)
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
            if answer.exchange.response is None or token_answer.token_in(answer.exchange.response) is None:
                refused += 1
                yield what, answer
        if not refused:
            raise Inconclusive("no request was refused, so there is no refusal to look at")

    def ask_by_contract(self, body: Mapping[str, str]) -> Contracted:
        """Send the plain token request with these parameters in place of its own grant_type and of its namesakes."""
        from conformance.suites.client_credentials.contract import Contracted  # loads a large library

        ask = self.plain.without("grant_type", *body).adding(*body.items())
        return Contracted(self.case, self.ask(ask).exchange, tuple(body.items()))

    def ask_at_once(self, count: int) -> Batch:
        """Send the plain token request many times in parallel."""
        self.case.account.may_be_shown()
        request = self._request(self._proved(self.plain, self.role.authentication, None), self.url)
        with ThreadPoolExecutor(min(count, 16)) as pool:
            exchanges = list(pool.map(lambda _: self._client.send(request, retry=True), range(count)))
        return Batch(self, tuple(map(self._noted, exchanges)))

    def refuses_strangers(self) -> None:
        """The plain request with a wrong proof gets no token.

        Raises:
            Inconclusive: it gets one, so an acceptance proves nothing.
        """
        if self._client.target.name in self._guarded:
            return
        if self.role.client_secret is None:
            forgery = next(self.assertions.forgeries()).assertion
            answer = self.ask(self.asserting(forgery), "none")
        else:
            method = next((m for m in self.role.methods if not m.endswith("_jwt")), "client_secret_basic")
            answer = self.ask(self.plain, method, self.wrong_secret())  # type: ignore[arg-type] # a Method by its name
        if token_answer.token_in(answer.response) is not None:
            raise Inconclusive("the endpoint hands out a token for a wrong secret, so an acceptance proves nothing")
        self._guarded.add(self._client.target.name)

    def asserting(self, assertion: Secret) -> Ask:
        """The plain request with a signed assertion in it."""
        return self.plain.adding(("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion))

    # ---------------------------------------------------------------- tokens

    def audiences_of(self, token: Secret) -> frozenset[str]:
        """Whom a token is meant for, as it says itself or as introspection says.

        Raises:
            NotTested: it is opaque, and there is no introspection.
            Inconclusive: neither names an audience.
        """
        claims = access_token.claims_of(token.reveal())
        found = access_token.audiences_in(claims)
        if found is None and self.introspection_url is not None:
            found = access_token.audiences_in(token_answer.members(self.introspect(token).response))
        if found is not None:
            return found
        if claims or self.introspection_url is not None:
            raise Inconclusive("neither the token nor introspection names an audience")
        raise lacking(self.role, "introspection", "the token is opaque, so only introspection tells its audience")

    def published_keys(self) -> object:
        """The JWK Set of the server. Raises NotTested where its address is unknown."""
        if self.jwks_url is None:
            raise lacking(self.role, "published_keys")
        exchange = self.send(Request("GET", self.jwks_url, (("Accept", "application/json"),)), retry=True)
        return token_answer.members(answer_to(exchange))

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

    # ----------------------------------------------------------- surroundings

    @property
    def introspection_url(self) -> str | None:
        """Where tokens are looked up."""
        return self.role.introspection_url or self.metadata.address_of("introspection_endpoint")

    @property
    def revocation_url(self) -> str | None:
        """Where tokens are revoked."""
        return self.role.revocation_url or self.metadata.address_of("revocation_endpoint")

    @property
    def jwks_url(self) -> str | None:
        """Where the keys of tokens are published."""
        return self.role.jwks_url or self.metadata.address_of("jwks_uri")

    def introspect(self, token: Secret, by: Method | None = None) -> Reply:
        """Ask what a token is good for (RFC 7662). Raises NotTested where that is not offered."""
        if self.introspection_url is None:
            raise lacking(self.role, "introspection")
        return self._tell(self.introspection_url, token, by)

    def revoke(self, token: Secret, as_: Credentials | None = None) -> Reply:
        """Revoke a token (RFC 7009). Raises NotTested where that is not offered."""
        if self.revocation_url is None:
            raise lacking(self.role, "revocation")
        return self._tell(self.revocation_url, token, "client_secret_basic" if as_ else None, as_)

    def revocation_refuses_strangers(self) -> None:
        """Who does not say who it is cannot revoke. Raises Inconclusive where anybody can, or all is answered alike."""
        token = self.control().token
        if self.revocation_url is None:
            raise lacking(self.role, "revocation")
        if self._tell(self.revocation_url, self.unknown_token(token), "none").response.status == 200:
            raise Inconclusive("the revocation endpoint answers 200 without authentication, so a 200 proves nothing")

    def unknown_token(self, valid: Secret) -> Secret:
        """A token of the right shape that was never issued."""
        value = valid.reveal()
        return Secret(value[:-12] + value[-12:].translate(NEXT_LETTER))

    def introspection_control(self) -> Secret:
        """A new token that introspection knows as active. Raises Inconclusive where it does not."""
        token = self.control().token
        looked_up = self.introspect(token)
        active = token_answer.members(looked_up.response).get("active")
        flaw = None if active is True else "the new token is not active"
        self.case.control(flaw, "introspection of a new token", looked_up.exchange)
        return token

    def call(self, token: Secret | None, *, other: bool = False, in_query: bool = False) -> Reply:
        """GET a protected resource. Raises NotTested where the target file names none.

        Args:
            token: what to show; None for nothing.
            other: ask the resource of another audience.
            in_query: put the token into the query, in place of the header.
        """
        url = self.role.other_resource_url if other else self.role.resource_url
        if url is None:
            raise lacking(self.role, "other_resource" if other else "protected_resource")
        headers = [("Accept", "application/json")]
        if token is not None and in_query:
            url = f"{url}{'&' if '?' in url else '?'}access_token={quote_plus(token.reveal())}"
        elif token is not None:
            headers.append(("Authorization", f"Bearer {token.reveal()}"))
        return Reply(self, self.send(Request("GET", url, tuple(headers)), retry=False))

    def resource_control(self) -> Secret:
        """A token that the protected resource accepts in the header. Raises Inconclusive where it does not."""
        token = self.control().token
        served = self.call(token)
        status = served.response.status
        flaw = None if 200 <= status < 300 else f"the resource answers {status}"
        self.case.control(flaw, "GET of the protected resource with the token in the header", served.exchange)
        return token

    def resource_refuses_strangers(self) -> None:
        """The resource serves nobody without a token. Raises Inconclusive where it does."""
        if not self._resource_is_guarded and 200 <= self.call(None).response.status < 300:
            raise Inconclusive("the resource answers without any token, so it proves no token")
        self._resource_is_guarded = True

    def close(self) -> None:
        """Revoke the tokens that were minted, as far as the target lets us. A disposable one lets them end."""
        if self._client.target.capabilities.disposable:
            return
        for token in dict.fromkeys(self._minted):
            if self.revocation_url is None:
                return
            self._tell(self.revocation_url, token, None, None)

    # --------------------------------------------------------------- details

    def _proved(self, ask: Ask, method: Method, as_: Credentials | None) -> Ask:
        match method:
            case "none":
                return ask
            case "client_secret_basic":
                return ask.with_headers(("Authorization", basic(as_ or self.credentials)))
            case "client_secret_post":
                pair = as_ or self.credentials
                return ask.adding(("client_id", pair.client_id), ("client_secret", pair.secret))
            case _:
                assertion = self.assertions.make(method)
                return ask.adding(("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion))

    def _mistaken(self) -> Iterator[tuple[str, Answer]]:
        for what, mistaken in MISTAKES.items():
            yield what, self.ask(mistaken(self.plain))
        if self.role.client_secret is not None:
            yield "a wrong secret", self.ask(self.plain, self.secret_methods[0], self.wrong_secret())

    def _request(self, ask: Ask, url: str) -> Request:
        headers: list[tuple[str, str]] = [("Accept", "application/json")]
        if ask.method != "GET":
            headers.append(("Content-Type", ask.media_type))
        headers += [(name, revealed(value)) for name, value in ask.headers]
        query = ask.encoded_query()
        address = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        return Request(ask.method, address, tuple(headers), ask.encoded_body())

    def _tell(self, url: str, token: Secret, by: Method | None, as_: Credentials | None = None) -> Reply:
        if as_ is None and by != "none":
            self.case.account.may_be_shown()
        fields: tuple[tuple[str, Value], ...] = (("token", token), ("token_type_hint", "access_token"))
        ask = self._proved(Ask(fields, media_type=FORM), by or self.role.authentication, as_)
        return Reply(self, self.send(self._request(ask, url), retry=False))

    def send(self, request: Request, *, retry: bool) -> Exchange:
        """Send a request and keep the exchange."""
        exchange = self._client.send(request, retry=retry)
        self.case.exchanges.append(exchange)
        return exchange

    def _noted(self, exchange: Exchange) -> Answer:
        if exchange.response is not None and (token := token_answer.token_in(exchange.response)):
            self._minted.append(Secret(token))
        return Answer(self, exchange)


def basic(pair: Credentials) -> Secret:
    """The Authorization header of HTTP Basic, id and secret form-encoded first (RFC 6749, section 2.3.1)."""
    return credentials.basic(quote_plus(pair.client_id), quote_plus(pair.secret.reveal()))
