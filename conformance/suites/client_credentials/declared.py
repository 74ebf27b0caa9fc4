"""What a target file says about a token endpoint, with the line to add where it does not say it."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from conformance.http import credentials
from conformance.judging.applicability import lacking
from conformance.redaction import Secret
from conformance.rules.outcome import NotApplicable, NotTested
from conformance.suites.client_credentials.token_requests import TokenRequest, plain_request

if TYPE_CHECKING:
    from conformance.config.roles import Authentication, ClientPair, TokenEndpoint
    from conformance.config.roles.token_endpoint import SecondClient

_LETTERS = string.ascii_letters + string.digits
NEXT_LETTER = str.maketrans(_LETTERS, _LETTERS[1:] + _LETTERS[0])
"""Turns a value into another one of the same shape."""


@cache
def _unknown_scopes() -> tuple[str, ...]:
    """Made up in each run, so that no server can know them."""
    return tuple(f"zz.{token_hex(8)}" for _ in range(2))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client id and a secret, which need not belong together."""

    client_id: str
    secret: Secret

    @property
    def basic(self) -> Secret:
        """The Authorization header of HTTP Basic, id and secret form-encoded first (RFC 6749, section 2.3.1)."""
        return credentials.basic(quote_plus(self.client_id), quote_plus(self.secret.reveal()))


class Padded(Credentials):
    """Credentials with a blank at one end, which Basic leaves as it is: all read it so, whether or not they decode."""

    @property
    def basic(self) -> Secret:
        return credentials.basic(_encoded_within(self.client_id), _encoded_within(self.secret.reveal()))


def _encoded_within(text: str) -> str:
    within = text.strip(" ")
    return text.replace(within, quote_plus(within), 1)


class Declared:
    """The clients, the scopes and the audiences of a target file. What is missing raises NotTested.

    Args:
        role: what the target file says about the endpoint.
    """

    def __init__(self, role: TokenEndpoint) -> None:
        self.role = role
        self.plain = plain_request(role)

    # --------------------------------------------------------------- clients

    @property
    def secret(self) -> Secret:
        """The client's secret. Raises NotTested where it has none."""
        if self.role.client_secret is None:
            raise lacking(self.role, "client_secret")
        return self.role.client_secret

    @property
    def credentials(self) -> Credentials:
        """The client's own credentials."""
        return Credentials(self.role.client_id, self.secret)

    def wrong_secret(self) -> Credentials:
        """The client's id with a secret of the right shape that is its own nowhere."""
        wrong = f"{self.secret.reveal().translate(NEXT_LETTER)}x"
        return Credentials(self.role.client_id, Secret(wrong, "secret"))

    def unknown_client(self) -> Credentials:
        """An id of the right shape that no client has, with the secret of this one."""
        value = self.role.client_id
        return Credentials(f"{value[:-6]}{value[-6:].translate(NEXT_LETTER)}x", self.secret)

    def near_secrets(self) -> Iterator[tuple[str, Credentials]]:
        """The client's id with what is nearly its secret, by what is wrong with it."""
        value = self.secret.reveal()
        near = {
            "in another case of letters": value.swapcase(),
            "without its last character": value[:-1],
            "with one character more": f"{value}x",
            "with another end": f"{value[:-6]}{value[-6:].translate(NEXT_LETTER)}",
        }
        for why, other in near.items():
            if other not in ("", value):
                yield why, Credentials(self.role.client_id, Secret(other, "secret"))

    def padded(self) -> Iterator[tuple[str, Credentials]]:
        """The client's id and secret with a blank at one end of one of them, by what is wrong with them."""
        client_id, value = self.role.client_id, self.secret.reveal()
        for why, one in (("an id after a blank", f" {client_id}"), ("an id before a blank", f"{client_id} ")):
            yield why, Padded(one, self.secret)
        for why, one in (("a secret after a blank", f" {value}"), ("a secret before a blank", f"{value} ")):
            yield why, Padded(client_id, Secret(one, "secret"))

    def empty_secret(self) -> Credentials:
        """The client's id with an empty secret."""
        return Credentials(self.role.client_id, Secret("", "secret"))

    def user_token(self) -> Secret:
        """A user's access token, to be revoked. Raises NotTested where the target file brings none."""
        if self.role.user_token is None:
            raise lacking(self.role, "user_token")
        return self.role.user_token

    def second_client(self) -> Credentials:
        """Another client. Raises NotTested where the target file names none."""
        return self._pair(self.role.second_client, "second_client")

    @property
    def methods_of_second_client(self) -> tuple[Authentication, ...]:
        """How the second client may send its secret, the likeliest way first; one way where the target file says it."""
        pair = self.role.second_client
        first = self._method(pair)
        both: tuple[Authentication, ...] = ("client_secret_basic", "client_secret_post")
        is_said = pair is not None and pair.authentication is not None
        return (first,) if is_said else (first, *(one for one in both if one != first))

    @property
    def introspecting(self) -> tuple[Authentication, Credentials] | None:
        """How the client that looks tokens up sends its secret, and which; None where each looks up its own."""
        pair = self.role.introspection_client
        return (self._method(pair), Credentials(pair.client_id, pair.client_secret)) if pair is not None else None

    def _method(self, pair: SecondClient | None) -> Authentication:
        own = pair.authentication if pair is not None else None
        usual = next((m for m in self.role.methods if m in ("client_secret_basic", "client_secret_post")), None)
        return own or usual or "client_secret_basic"

    def id_in_another_case(self) -> Credentials:
        """The client's id with upper and lower case swapped, and its secret.

        Raises:
            NotApplicable: the id has no letters.
        """
        other = self.role.client_id.swapcase()
        if other == self.role.client_id:
            raise NotApplicable("the client id has no letters, so there is no other case of them")
        return Credentials(other, self.secret)

    def client_without_user(self) -> Credentials:
        """A client whose app has no run-as user. Raises NotTested where the target file names none."""
        return self._pair(self.role.client_without_user, "run_as_user")

    def reserved_client(self) -> Credentials:
        """A client whose id or secret form encoding changes. Raises NotTested where the target file has none."""
        candidates = [pair for pair in (self.role, self.role.second_client) if pair is not None]
        for pair in candidates:
            if pair.client_secret is not None:
                found = Credentials(pair.client_id, pair.client_secret)
                text = found.client_id + found.secret.reveal()
                if quote_plus(text) != text:
                    return found
        raise lacking(self.role, "reserved_characters")

    @property
    def secret_methods(self) -> tuple[Authentication, ...]:
        """How this client may send its secret, the usual way first: in the header, in the form, or both."""
        found = tuple(m for m in self.role.methods if m in ("client_secret_basic", "client_secret_post"))
        if not found:
            raise NotTested(
                "the client sends no secret by itself",
                "token_endpoint.further_methods: [client_secret_basic], if it may",
            )
        return found

    def signing_method(self) -> Authentication:
        """How this client signs assertions. Raises NotTested where it signs none."""
        for method in self.role.methods:
            if method.endswith("_jwt"):
                return method
        raise lacking(self.role, "assertions")

    def must_use(self, method: Authentication) -> None:
        """Raise NotTested where the client may not prove itself in this way."""
        if method not in self.role.methods:
            raise NotTested(
                f"the client does not use {method}", f"token_endpoint.further_methods: [{method}], if it may"
            )

    def issuer(self) -> str:
        """The issuer. Raises NotTested where the target file names none."""
        if self.role.issuer is None:
            raise lacking(self.role, "metadata")
        return self.role.issuer

    # ------------------------------------------------------ scopes, audiences

    def wanted_scopes(self) -> tuple[str, ...]:
        """The scopes that are asked for. Raises NotTested where the target file names none."""
        if not self.role.scopes:
            raise lacking(self.role, "wanted_scopes")
        return self.role.scopes

    def login_url(self) -> str:
        """The token endpoint of Salesforce's login host. Raises NotTested where the target file names none."""
        if self.role.login_url is None:
            raise lacking(self.role, "login_host")
        return self.role.login_url

    def required_audience_parameter(self) -> str:
        """The parameter without which a request is refused. Raises NotTested where the server needs none."""
        parameter = self.audience_parameter()
        if not self.role.audience_required:
            raise lacking(self.role, "required_audience")
        return parameter

    def misplaced_parameters(self) -> Iterator[tuple[str, TokenRequest]]:
        """Requests that lack one custom parameter in its place, or have it in another place."""
        given = self.role.parameters
        if not given.required or not (given.body or given.header or given.query):
            raise lacking(self.role, "custom_parameters")
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
            raise lacking(self.role, "audiences")
        return self.role.audience

    def audience_parameter(self) -> str:
        """The parameter that chooses the audience. Raises NotTested where there is none."""
        self.expected_audience()
        if self.role.audience_parameter is None:
            raise lacking(self.role, "audience_parameter")
        return self.role.audience_parameter

    def refused_scopes(self) -> tuple[str, ...]:
        """Scopes that are not granted: the target file's, or made-up ones."""
        return self.role.refused_scopes or _unknown_scopes()

    def _pair(self, pair: ClientPair | None, feature: str) -> Credentials:
        if pair is None:
            raise lacking(self.role, feature)
        return Credentials(pair.client_id, pair.client_secret)
