"""How the reference finds out which client asks: HTTP Basic, the form, or a signed assertion (RFC 6749, 7523)."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.errors import JoseError

from conformance.reference.known_clients import CLIENTS, Client, client_key

if TYPE_CHECKING:
    from starlette.requests import Request

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="org"'}
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, section 5.2."""

    def __init__(self, code: str, text: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = status
        self.headers = _NO_STORE | (headers or {})


class ClientAuthentication:
    """The steps by which a client proves who it is."""

    def token_url(self, request: Request) -> str:
        """The address of the token endpoint."""
        raise NotImplementedError

    def issuer(self, request: Request) -> str:
        """The issuer's identifier."""
        raise NotImplementedError

    def audiences_of_assertions(self, request: Request) -> frozenset[str]:
        """Whom assertions may name as their audience: the issuer, or the address of the token endpoint."""
        return frozenset({self.issuer(request), self.token_url(request)})

    def authenticate(self, request: Request, fields: dict[str, str]) -> Client:
        """The client that asks.

        Raises:
            OAuthError: it did not prove who it is, or did it in two ways at once.
        """
        by_header = "authorization" in request.headers
        by_assertion = "client_assertion" in fields
        if sum((by_header, by_assertion, "client_secret" in fields)) > 1:
            return self.authenticated_twice(request, fields)
        if by_assertion:
            return self.signer(request, fields)
        return self.of_header(request, fields) if by_header else self.by_form(request, fields)

    def of_header(self, request: Request, fields: dict[str, str]) -> Client:
        """The client of the Authorization header, which the form may name too."""
        client = self.by_header(request)
        if fields.get("client_id", client.client_id) != client.client_id:
            raise OAuthError("invalid_request", "client_id is not that of the client in the Authorization header")
        return client

    def authenticated_twice(self, request: Request, fields: dict[str, str]) -> Client:
        """The client that shows its credentials in two places."""
        raise OAuthError("invalid_request", "more than one mechanism is used for authenticating the client")

    def by_header(self, request: Request) -> Client:
        """The client of the Authorization header."""
        pair = self.pair_of(request.headers["authorization"])
        if pair is None:
            return self.malformed(request)
        client = self.client_with(*pair)
        if client is None:
            raise self.not_let_in(*pair, CHALLENGE)
        return client

    def by_form(self, request: Request, fields: dict[str, str]) -> Client:
        """The client of the form."""
        pair = fields.get("client_id", ""), fields.get("client_secret", "")
        client = self.client_with(*pair)
        if client is None:
            raise self.not_let_in(*pair, None)
        return client

    def pair_of(self, header: str) -> tuple[str, str] | None:
        """Id and secret of a Basic header, each form-encoded (RFC 6749, section 2.3.1); None where it is malformed."""
        scheme, _, value = header.partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        name, colon, secret = text.partition(":")
        return self.decoded(name, secret) if self.is_basic(scheme) and colon else None

    def is_basic(self, scheme: str) -> bool:
        """Whether an authentication scheme is Basic, in any case of letters."""
        return scheme.lower() == "basic"

    def decoded(self, name: str, secret: str) -> tuple[str, str]:
        """The id and the secret without their form encoding."""
        return unquote_plus(name), unquote_plus(secret)

    def malformed(self, request: Request) -> Client:
        """The client of an Authorization header that cannot be read."""
        raise OAuthError("invalid_client", "the Authorization header cannot be read", 401, CHALLENGE)

    def client_with(self, client_id: str, secret: str) -> Client | None:
        """The client with this id and this secret."""
        client = self.client_of(client_id)
        return client if client is not None and self.is_secret_of(client, secret) else None

    def client_of(self, client_id: str) -> Client | None:
        """The client with this id."""
        return CLIENTS.get(client_id)

    def is_secret_of(self, client: Client, secret: str) -> bool:
        """Whether a secret is the client's."""
        return secrets.compare_digest(client.secret.encode(), secret.encode())

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        """The refusal of credentials that are wrong. `challenge` is there where they came in the header."""
        return OAuthError("invalid_client", "invalid client credentials", 401 if challenge else 400, challenge)

    # ------------------------------------------------------------ assertions

    def signer(self, request: Request, fields: dict[str, str]) -> Client:
        """The client that signed the assertion (RFC 7523, section 3)."""
        assertion = fields["client_assertion"]
        if fields.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthError("invalid_client", "the type of the assertion is unknown")
        for client in CLIENTS.values():
            claims = self.claims_signed_by(client, assertion)
            if claims is not None and self.is_valid(claims, client, self.audiences_of_assertions(request)):
                return client
        raise OAuthError("invalid_client", "the assertion proves nothing")

    def claims_signed_by(self, client: Client, assertion: str) -> dict[str, Any] | None:
        """The claims of an assertion that this client signed."""
        for key, algorithm in self.keys_of(client):
            try:
                return jwt.decode(assertion, key, algorithms=[algorithm]).claims
            except (JoseError, ValueError):
                continue
        return None

    def keys_of(self, client: Client) -> list[tuple[Any, str]]:
        """The keys with which a client may sign, each with its algorithm. A secret is none."""
        return [(client_key(), "ES256")] if client.has_key else []

    def is_valid(self, claims: dict[str, Any], client: Client, audiences: frozenset[str]) -> bool:
        """Whether the claims are about this client, for this server, and in time."""
        about = claims.get("iss") == claims.get("sub") == client.client_id
        return about and self.is_for(claims, audiences) and self.is_in_time(claims)

    def is_for(self, claims: dict[str, Any], audiences: frozenset[str]) -> bool:
        """Whether the assertion is meant for this server."""
        found = claims.get("aud")
        return not audiences.isdisjoint(map(str, found if isinstance(found, list) else [found]))

    def is_in_time(self, claims: dict[str, Any]) -> bool:
        """Whether the assertion has not ended."""
        try:
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
        except JoseError:
            return False
        return True
