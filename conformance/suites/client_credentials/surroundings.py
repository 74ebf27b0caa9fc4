"""What surrounds a token endpoint: introspection, revocation, published keys and protected resources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack
from urllib.parse import quote_plus

from conformance.http.exchange import Exchange, Request
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.redaction import Secret
from conformance.rules import access_token, introspection, token_answer
from conformance.rules.outcome import Inconclusive, NotApplicable
from conformance.suites.client_credentials.declared import NEXT_LETTER, Credentials, Declared
from conformance.suites.client_credentials.replies import Reply
from conformance.suites.client_credentials.token_requests import TokenRequest, Value

if TYPE_CHECKING:
    from conformance.config.roles import Authentication
    from conformance.judging.matchers import CaseRecord
    from conformance.suites.client_credentials.answers import Answer
    from conformance.suites.client_credentials.memory import Memory
    from conformance.suites.client_credentials.metadata import Metadata

type Method = Authentication | Literal["none"]


_MAY_NOT_LOOK = (
    "introspection says that a new token is not active, as RFC 7662 has it where the caller may not look that token up"
)
_WHO_LOOKS = "token_endpoint.introspection_client: {client_id: …, client_secret: ${OTHER_SECRET}}"


class Telling(TypedDict, total=False):
    """How introspection or revocation is asked, where it is not the usual way.

    Attributes:
        as_: the credentials; the client's own if left out.
        hint: the token_type_hint; none where it is empty.
        method: the HTTP method; a GET has its parameters in the query.
    """

    as_: Credentials
    hint: str
    method: str


class Surroundings(Declared, ABC):
    """The part of an authorization server that is asked about tokens, and not for them."""

    case: CaseRecord
    metadata: Metadata
    _memory: Memory
    _resource_is_guarded = False

    @abstractmethod
    def control(self) -> Answer:
        """The plain token request, which works."""

    @abstractmethod
    def ask(self, ask: TokenRequest, by: Method | None = None, as_: Credentials | None = None) -> Answer:
        """Send a token request."""

    @abstractmethod
    def proved(self, ask: TokenRequest, method: Method, as_: Credentials | None) -> TokenRequest:
        """A request with the client's proof in it."""

    @abstractmethod
    def request(self, ask: TokenRequest, url: str) -> Request:
        """What is sent."""

    @abstractmethod
    def send(self, request: Request, *, retry: bool) -> Exchange:
        """Send a request and keep the exchange."""

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

    def introspect(self, token: Secret | None, by: Method | None = None, **how: Unpack[Telling]) -> Reply:
        """Ask what a token is good for (RFC 7662). Raises NotTested where that is not offered."""
        if self.introspection_url is None:
            raise lacking(self.role, "introspection")
        if self.introspecting is not None and by != "none" and "as_" not in how:
            method, how["as_"] = self.introspecting
            by = by or method
        return self.tell(self.introspection_url, token, by, **how)

    def look_up(self, token: Secret) -> Reply:
        """Ask what a new token is good for.

        Raises:
            Inconclusive: it is not active. RFC 7662, section 2.2, has that also where the caller may not look it up.
        """
        looked_up = self.introspect(token)
        activity = introspection.activity_in(token_answer.members(looked_up.response))
        if activity is False and self.introspecting is None:
            raise Inconclusive(_MAY_NOT_LOOK, _WHO_LOOKS, (looked_up.exchange,))
        self._memory.looks_up = self._memory.looks_up or activity is True
        return looked_up

    def revoke(self, token: Secret | None, by: Method | None = None, **how: Unpack[Telling]) -> Reply:
        """Revoke a token (RFC 7009). Raises NotTested where that is not offered."""
        if self.revocation_url is None:
            raise lacking(self.role, "revocation")
        return self.tell(self.revocation_url, token, by, **how)

    def refusals_around(self) -> Iterator[tuple[str, Reply]]:
        """What introspection and revocation answer to strangers, by the endpoint and what they lack.

        Raises:
            NotTested, NotApplicable: there is neither.
        """
        token = self.unknown_token(self.control().token)
        urls = {"introspection": self.introspection_url, "revocation": self.revocation_url}
        if not any(urls.values()):
            raise lacking(self.role, "introspection")
        for name, url in urls.items():
            if url is not None:
                yield f"{name} without credentials", self.tell(url, token, "none")
                if self.role.client_secret is not None:
                    wrong = self.wrong_secret()
                    yield f"{name} with a wrong secret", self.tell(url, token, "client_secret_basic", as_=wrong)

    def let_in(self, client: Credentials, name: str) -> Authentication:
        """Another client of the target file gets a token, in the way that is declared or in one that works.

        Returns:
            That way.

        Raises:
            Inconclusive: it gets none.
        """
        refused = []
        for method in self.methods_of_second_client:
            answer = self.ask(self.plain, method, client)
            if (flaw := token_answer.has_no_token(answer.response)) is None:
                return method
            refused.append((flaw, answer.exchange))
        flaw, exchange = refused[0]
        advice = f"the right client id and secret and its authentication, under token_endpoint.{name}"
        raise Inconclusive(f"{name} is not let in, so what it cannot do proves nothing: {flaw}", advice, (exchange,))

    def unknown_token(self, valid: Secret) -> Secret:
        """A token of the right shape that was never issued."""
        value = valid.reveal()
        return Secret(value[:-12] + value[-12:].translate(NEXT_LETTER))

    def introspection_control(self) -> Secret:
        """A new token that introspection knows as active. Raises Inconclusive where it does not."""
        token = self.control().token
        self._is_active(token)
        return token

    def knows_new_tokens(self, token: Secret) -> None:
        """Introspection knows new tokens as active; this one is looked up where none was. Raises Inconclusive."""
        if not self._memory.looks_up:
            self._is_active(token)

    def _is_active(self, token: Secret) -> None:
        looked_up = self.look_up(token)
        active = introspection.activity_in(token_answer.members(looked_up.response))
        flaw = None if active else "the new token is not active"
        self.case.control(flaw, "introspection of a new token", looked_up.exchange)

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
            header = self.role.resource_header
            scheme = "Bearer " if header.lower() == "authorization" else ""
            headers.append((header, f"{scheme}{token.reveal()}"))
        return Reply(self, self.send(Request("GET", url, tuple(headers)), retry=False))

    def resource_control(self) -> Secret:
        """A token that the protected resource accepts in the header. Raises Inconclusive where it does not."""
        token = self.control().token
        served = self.call(token)
        status = served.response.status
        flaw = None if 200 <= status < 300 else f"the resource answers {status}"
        self.case.control(flaw, "GET of the protected resource with the token in the header", served.exchange)
        return token

    def takes_bearer_tokens(self) -> None:
        """The resource takes tokens as RFC 6750 says. Raises NotApplicable where it takes them in another header."""
        header = self.role.resource_header
        if header.lower() != "authorization":
            raise NotApplicable(f"the resource takes the token in {header}, of which RFC 6750 says nothing")

    def resource_refuses_strangers(self) -> None:
        """The resource serves nobody without a token. Raises Inconclusive where it does."""
        if not self._resource_is_guarded and 200 <= self.call(None).response.status < 300:
            raise Inconclusive("the resource answers without any token, so it proves no token")
        self._resource_is_guarded = True

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

    def scopes_of(self, token: Secret) -> frozenset[str] | None:
        """What a token is good for, as it says itself or as introspection says; None where neither does."""
        found = access_token.scopes_in(access_token.claims_of(token.reveal()))
        if found is None and self.introspection_url is not None:
            found = access_token.scopes_in(token_answer.members(self.introspect(token).response))
        return found

    def times_of(self, answer: Answer) -> tuple[dict[str, float], Exchange]:
        """From when to when a new token is good, and what said so: introspection, else the token itself."""
        if self.introspection_url is not None:
            told = self.introspect(answer.token)
            if found := access_token.times_in(token_answer.members(told.response)):
                return found, told.exchange
        return access_token.times_in(access_token.claims_of(answer.token.reveal())), answer.exchange

    def published_keys(self) -> object:
        """The JWK Set of the server. Raises NotTested where its address is unknown."""
        if self.jwks_url is None:
            raise lacking(self.role, "published_keys")
        exchange = self.send(Request("GET", self.jwks_url, (("Accept", "application/json"),)), retry=True)
        return token_answer.members(answer_to(exchange))

    def tell(self, url: str, token: Secret | None, by: Method | None, **how: Unpack[Telling]) -> Reply:
        """Send a token to one of the endpoints around."""
        as_, hint = how.get("as_"), how.get("hint", "access_token")
        if as_ is None and by != "none":
            self.case.account.may_be_shown()
        fields: tuple[tuple[str, Value], ...] = () if token is None else (("token", token),)
        ask = TokenRequest((*fields, ("token_type_hint", hint)) if hint else fields)
        ask = self.proved(ask.by_get() if how.get("method") == "GET" else ask, by or self.role.authentication, as_)
        return Reply(self, self.send(self.request(ask, url), retry=False))
