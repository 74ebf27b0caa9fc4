"""What a suite says to an authorization server."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote_plus

from conformance.exchange import Exchange, Request
from conformance.expect import Trial, answer_to
from conformance.redaction import Secret
from conformance.rules import access_token, token_answer
from conformance.suites.client_credentials.answers import Answer, Batch, Document, Reply, not_declared
from conformance.suites.client_credentials.asks import FORM, Ask, Value, plain_ask, revealed
from conformance.suites.client_credentials.assertions import TYPE, Assertions
from conformance.suites.client_credentials.metadata import Metadata
from conformance.verdict import Inconclusive, NotTested

if TYPE_CHECKING:
    from conformance.client import Client
    from conformance.roles import Authentication, ClientPair, TokenEndpoint
    from conformance.suites.client_credentials.strategies import Repetition

type Method = Authentication | Literal["none"]

SALESFORCE = "salesforce"
UNKNOWN_SCOPE = "seasonproof.unknown"

MISTAKES: dict[str, Callable[[Ask], Ask]] = {
    "wrong secret": lambda ask: ask,
    "missing grant_type": lambda ask: ask.without("grant_type"),
    "unknown grant_type": lambda ask: ask.setting("grant_type", "urn:example:grant"),
    "grant_type with quotes": lambda ask: ask.setting("grant_type", 'a"b\\c\n<é>'),
}
"""Requests that no server may grant."""

_LETTERS = string.ascii_letters + string.digits
_NEXT_LETTER = str.maketrans(_LETTERS, _LETTERS[1:] + _LETTERS[0])


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client id and a secret, which need not belong together."""

    client_id: str
    secret: Secret


class AuthorizationServer:
    """A token endpoint with what surrounds it, as a suite sees it: requests in, answers out, all on record.

    Args:
        role: what the target file says about the endpoint.
        client: the recording client.
        trial: the case's record.
        dialect: whose documented deviations the target declares, and the requirement accepts.
    """

    def __init__(self, role: TokenEndpoint, client: Client, trial: Trial, dialect: str | None = None) -> None:
        self.role = role
        self.trial = trial
        self.plain = plain_ask(role)
        self.speaks_salesforce = dialect == SALESFORCE
        self.metadata = Metadata(role, self._send)
        self._client = client
        self._strangers_are_refused = False
        self._resource_is_guarded = False
        self._minted: list[Secret] = []

    @cached_property
    def url(self) -> str:
        """The address of the token endpoint: the target file's, or the one that the metadata names."""
        return self.role.url or self.metadata.token_endpoint

    # ----------------------------------------------------------- credentials

    @property
    def secret(self) -> Secret:
        """The client's secret. Raises NotTested where it has none."""
        if self.role.client_secret is None:
            raise not_declared("client_secret", "${CLIENT_SECRET}")
        return self.role.client_secret

    @property
    def credentials(self) -> Credentials:
        """The client's own credentials."""
        return Credentials(self.role.client_id, self.secret)

    def wrong_secret(self) -> Credentials:
        """The client's id with a secret of the right shape that is not its own."""
        value = self.secret.reveal()
        return Credentials(self.role.client_id, Secret(f"{value[:-6]}{value[-6:].translate(_NEXT_LETTER)}x", "secret"))

    def unknown_client(self) -> Credentials:
        """An id of the right shape that no client has, with the secret of this one."""
        value = self.role.client_id
        return Credentials(f"{value[:-6]}{value[-6:].translate(_NEXT_LETTER)}x", self.secret)

    def empty_secret(self) -> Credentials:
        """The client's id with an empty secret."""
        return Credentials(self.role.client_id, Secret("", "secret"))

    def second_client(self) -> Credentials:
        """Another client. Raises NotTested where the target file names none."""
        return self._pair(self.role.second_client, "second_client")

    def client_without_user(self) -> Credentials:
        """A client whose app has no run-as user. Raises NotTested where the target file names none."""
        return self._pair(self.role.client_without_user, "client_without_user")

    def reserved_client(self) -> Credentials:
        """A client whose id or secret form encoding changes. Raises NotTested where the target file has none."""
        candidates = [pair for pair in (self.role, self.role.second_client) if pair is not None]
        for pair in candidates:
            if pair.client_secret is not None:
                found = Credentials(pair.client_id, pair.client_secret)
                text = found.client_id + found.secret.reveal()
                if quote_plus(text) != text:
                    return found
        raise NotTested(
            "no client has reserved characters in its id or its secret",
            "token_endpoint.second_client: {client_id: …, client_secret: ${OTHER_SECRET}}",
        )

    @property
    def secret_methods(self) -> tuple[Authentication, ...]:
        """How this client may send its secret, the usual way first: in the header, in the form, or both."""
        found = tuple(m for m in self.role.methods if m in ("client_secret_basic", "client_secret_post"))
        if not found:
            raise NotTested("the client sends no secret", "token_endpoint.further_methods: [client_secret_basic]")
        return found

    def must_use(self, method: Authentication) -> None:
        """Raise NotTested where the client may not prove itself in this way."""
        if method not in self.role.methods:
            raise NotTested(
                f"the client does not use {method}", f"token_endpoint.further_methods: [{method}], if it may"
            )

    @property
    def assertions(self) -> Assertions:
        """Makes the client's signed assertions."""
        return Assertions(self.role, self.url)

    # -------------------------------------------------------------- requests

    def control(self) -> Answer:
        """The plain token request. Returns its answer, which grants a token.

        Raises:
            Inconclusive: it does not work.
        """
        self.trial.begin_example()
        answer = self.ask(self.plain, retry=True)
        self.trial.control(token_answer.has_no_token(answer.response), "the plain token request")
        return answer

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
        exchange = self._send(self._request(self._proved(ask, method, as_), url or self.url), retry=retry)
        return self._noted(exchange)

    def ask_repeating(self, repetition: Repetition) -> Answer:
        """Send the plain token request with one parameter twice; grant_type where there is none of this name."""
        by_form = "client_secret_post" in self.role.methods and repetition.name in ("client_id", "client_secret")
        method: Method = "client_secret_post" if by_form else self.role.authentication
        ask = self._proved(self.plain, method, None)
        name = repetition.name if ask.value_of(repetition.name) else "grant_type"
        pair = (name, repetition.other_value or ask.value_of(name) or "")
        twice = replace(ask, body=(pair, *ask.body)) if repetition.first else ask.adding(pair)
        return self.ask(twice, "none")

    def ask_by_mistake(self, mistake: str) -> Answer:
        """Send a token request that has to be refused, by its name in `MISTAKES`."""
        if mistake == "wrong secret":
            return self.ask(self.plain, self.secret_methods[0], self.wrong_secret())
        return self.ask(MISTAKES[mistake](self.plain))

    def ask_at_once(self, count: int) -> Batch:
        """Send the plain token request many times in parallel."""
        request = self._request(self._proved(self.plain, self.role.authentication, None), self.url)
        with ThreadPoolExecutor(min(count, 16)) as pool:
            exchanges = list(pool.map(lambda _: self._client.send(request, retry=True), range(count)))
        return Batch(self, tuple(map(self._noted, exchanges)))

    def refuses_strangers(self) -> None:
        """The plain request with a wrong proof gets no token.

        Raises:
            Inconclusive: it gets one, so an acceptance proves nothing.
        """
        if self._strangers_are_refused:
            return
        if self.role.client_secret is None:
            forgery = next(self.assertions.forgeries()).assertion
            answer = self.ask(self.asserting(forgery), "none")
        else:
            method = next((m for m in self.role.methods if not m.endswith("_jwt")), "client_secret_basic")
            answer = self.ask(self.plain, method, self.wrong_secret())  # type: ignore[arg-type] # a Method by its name
        self._strangers_are_refused = token_answer.token_in(answer.response) is None
        if not self._strangers_are_refused:
            raise Inconclusive("the endpoint hands out a token for a wrong secret, so an acceptance proves nothing")

    def asserting(self, assertion: Secret) -> Ask:
        """The plain request with a signed assertion in it."""
        return self.plain.adding(("client_assertion_type", TYPE), ("client_assertion", assertion))

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
        raise NotTested("the token is opaque", "token_endpoint.introspection_url: https://…")

    def published_keys(self) -> object:
        """The JWK Set of the server. Raises NotTested where its address is unknown."""
        if self.jwks_url is None:
            raise not_declared("jwks_url", "https://…")
        exchange = self._send(Request("GET", self.jwks_url, (("Accept", "application/json"),)), retry=True)
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

    def wanted_scopes(self) -> tuple[str, ...]:
        """The scopes that are asked for. Raises NotTested where the target file names none."""
        if not self.role.scopes:
            raise not_declared("scopes", "[accounts.read]")
        return self.role.scopes

    def or_in_salesforce(self, error: str, errors: tuple[str, ...]) -> tuple[str, ...]:
        """The allowed errors, with Salesforce's own one where its dialect is declared and accepted."""
        return (*errors, error) if self.speaks_salesforce else errors

    def login_url(self) -> str:
        """The token endpoint of Salesforce's login host. Raises NotTested where the target file names none."""
        if self.role.login_url is None:
            raise not_declared("login_url", "https://login.salesforce.com/services/oauth2/token")
        return self.role.login_url

    def required_audience_parameter(self) -> str:
        """The parameter without which a request is refused. Raises NotTested where the server needs none."""
        parameter = self.audience_parameter()
        if not self.role.audience_required:
            raise not_declared("audience_required", "true, if it is")
        return parameter

    def misplaced_parameters(self) -> Iterator[tuple[str, Ask]]:
        """Requests that lack one custom parameter in its place, or have it in another place."""
        given = self.role.parameters
        if not given.required or not (given.body or given.header or given.query):
            raise not_declared("parameters", "{query: {api-version: '1'}, required: true}, if there are such")
        for name, value in given.query.items():
            ask = replace(self.plain, query=tuple(pair for pair in self.plain.query if pair[0] != name))
            yield f"left out of the query ({name})", ask
            yield f"moved from the query into the form ({name})", ask.adding((name, value))
        for name, value in given.header.items():
            ask = replace(self.plain, headers=tuple(pair for pair in self.plain.headers if pair[0] != name))
            yield f"left out of the headers ({name})", ask
            yield f"moved from the headers into the query ({name})", ask.in_the_query((name, value))
        for name, value in given.body.items():
            ask = self.plain.without(name)
            yield f"left out of the form ({name})", ask
            yield f"moved from the form into the query ({name})", ask.in_the_query((name, value))

    def expected_audience(self) -> str:
        """Whom tokens are meant for. Raises NotTested where the target file does not say."""
        if self.role.audience is None:
            raise not_declared("audience", "https://api.example.com")
        return self.role.audience

    def audience_parameter(self) -> str:
        """The parameter that chooses the audience. Raises NotTested where there is none."""
        self.expected_audience()
        if self.role.audience_parameter is None:
            raise not_declared("audience_parameter", "audience")
        return self.role.audience_parameter

    def refused_scopes(self) -> tuple[str, ...]:
        """Scopes that are not granted: the target file's, or a made-up one."""
        return self.role.refused_scopes or (UNKNOWN_SCOPE,)

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
            raise not_declared("introspection_url", "https://…")
        return self._tell(self.introspection_url, token, by)

    def revoke(self, token: Secret, as_: Credentials | None = None) -> Reply:
        """Revoke a token (RFC 7009). Raises NotTested where that is not offered."""
        if self.revocation_url is None:
            raise not_declared("revocation_url", "https://…")
        return self._tell(self.revocation_url, token, "client_secret_basic" if as_ else None, as_)

    def unknown_token(self, valid: Secret) -> Secret:
        """A token of the right shape that was never issued."""
        value = valid.reveal()
        return Secret(value[:-12] + value[-12:].translate(_NEXT_LETTER))

    def introspection_control(self) -> Secret:
        """A new token that introspection knows as active. Raises Inconclusive where it does not."""
        token = self.control().token
        active = token_answer.members(self.introspect(token).response).get("active")
        self.trial.control(None if active is True else "the new token is not active", "introspection of a new token")
        return token

    def call(self, token: Secret | None, *, other: bool = False, in_query: bool = False) -> Reply:
        """GET a protected resource. Raises NotTested where the target file names none.

        Args:
            token: what to show; None for nothing.
            other: ask the resource of another audience.
            in_query: put the token into the query, in place of the header.
        """
        name = "other_resource_url" if other else "resource_url"
        url = self.role.other_resource_url if other else self.role.resource_url
        if url is None:
            raise not_declared(name, "https://…")
        headers = [("Accept", "application/json")]
        if token is not None and in_query:
            url = f"{url}{'&' if '?' in url else '?'}access_token={quote_plus(token.reveal())}"
        elif token is not None:
            headers.append(("Authorization", f"Bearer {token.reveal()}"))
        return Reply(self, self._send(Request("GET", url, tuple(headers)), retry=False))

    def resource_control(self) -> Secret:
        """A token that the protected resource accepts in the header. Raises Inconclusive where it does not."""
        token = self.control().token
        status = self.call(token).response.status
        flaw = None if 200 <= status < 300 else f"the resource answers {status}"
        self.trial.control(flaw, "GET of the protected resource with the token in the header")
        return token

    def resource_refuses_strangers(self) -> None:
        """The resource serves nobody without a token. Raises Inconclusive where it does."""
        if not self._resource_is_guarded and 200 <= self.call(None).response.status < 300:
            raise Inconclusive("the resource answers without any token, so it proves no token")
        self._resource_is_guarded = True

    def close(self) -> None:
        """Revoke the tokens that were minted, as far as the target lets us. A disposable one lets them end."""
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
                return ask.adding(("client_assertion_type", TYPE), ("client_assertion", assertion))

    def _request(self, ask: Ask, url: str) -> Request:
        headers: list[tuple[str, str]] = [("Accept", "application/json")]
        if ask.method != "GET":
            headers.append(("Content-Type", ask.media_type))
        headers += [(name, revealed(value)) for name, value in ask.headers]
        query = ask.encoded_query()
        address = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        return Request(ask.method, address, tuple(headers), ask.encoded_body())

    def _tell(self, url: str, token: Secret, by: Method | None, as_: Credentials | None = None) -> Reply:
        fields: tuple[tuple[str, Value], ...] = (("token", token), ("token_type_hint", "access_token"))
        ask = self._proved(Ask(fields, media_type=FORM), by or self.role.authentication, as_)
        return Reply(self, self._send(self._request(ask, url), retry=False))

    def _send(self, request: Request, *, retry: bool) -> Exchange:
        exchange = self._client.send(request, retry=retry)
        self.trial.exchanges.append(exchange)
        return exchange

    def _noted(self, exchange: Exchange) -> Answer:
        if exchange.response is not None and (token := token_answer.token_in(exchange.response)):
            self._minted.append(Secret(token))
        return Answer(self, exchange)

    def _pair(self, pair: ClientPair | None, name: str) -> Credentials:
        if pair is None:
            raise not_declared(name, "{client_id: …, client_secret: ${OTHER_SECRET}}")
        return Credentials(pair.client_id, pair.client_secret)


def basic(pair: Credentials) -> Secret:
    """The Authorization header of HTTP Basic, id and secret form-encoded first (RFC 6749, section 2.3.1)."""
    text = f"{quote_plus(pair.client_id)}:{quote_plus(pair.secret.reveal())}"
    return Secret("Basic " + base64.b64encode(text.encode()).decode(), "basic")
