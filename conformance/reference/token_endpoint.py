"""The authorization server of the reference: token endpoint, introspection, revocation, keys and metadata.

It serves the client credentials grant (RFC 6749, section 4.4), and refresh tokens for the single access endpoint.
Variants replace one small step.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.client_authentication import ClientAuthentication, OAuthError
from conformance.reference.known_clients import (
    API_AUDIENCE,
    CLIENT_ID,
    CLIENT_SECRET,
    KEY_ID,
    ORG_AUDIENCE,
    REFRESH_TOKEN,
    RESOURCE,
    SECOND,
    TENANT_HEADER,
    USABLE_SCOPES,
    USER_TOKEN,
    USERLESS,
    VERSION_PARAMETER,
    Client,
    client_key_as_text,
)
from conformance.reference.org import TOKEN_SECONDS, AccessToken, Org, authorization_of
from conformance.reference.role import Role

if TYPE_CHECKING:
    from starlette.requests import Request

TOKEN_PATH = "/services/oauth2/token"
REVOKE_PATH = "/services/oauth2/revoke"
INTROSPECT_PATH = "/services/oauth2/introspect"
KEYS_PATH = "/id/keys"
METADATA_PATH = "/.well-known/oauth-authorization-server"
LOGIN_PATH = "/login/services/oauth2/token"
RESOURCE_PATH = "/services/apexrest/accounts"
OTHER_RESOURCE_PATH = "/services/data"
OTHER_ORG = "/other-org"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted with one access token."""

    client: Client
    audience: str
    scopes: tuple[str, ...]
    end: int = field(default_factory=lambda: int(time.time()) + TOKEN_SECONDS, compare=False)


class TokenEndpoint(ClientAuthentication, Role):
    """Issues tokens to clients that prove who they are."""

    role: ClassVar[str] = "token_endpoint"

    def __init__(self, org: Org, prefix: str = "") -> None:
        super().__init__(org)
        self.prefix = prefix
        org.issue_token(frozenset({"api"}), USER_TOKEN)
        self.grants: dict[str, Grant] = {}
        self.key = ECKey.generate_key("P-256", {"kid": uuid4().hex, "use": "sig", "alg": "ES256"})

    def routes(self) -> list[Route]:
        """The endpoints, and two protected resources of different audiences."""
        served = (
            (TOKEN_PATH, self.token, ["POST"]),
            (REVOKE_PATH, self.revoke, ["POST"]),
            (INTROSPECT_PATH, self.introspect, ["POST"]),
            (LOGIN_PATH, self.login_host, ["POST"]),
            (KEYS_PATH, self.keys, ["GET"]),
            (METADATA_PATH, self.metadata, ["GET"]),
            (RESOURCE_PATH, self.resource, ["GET"]),
            (OTHER_RESOURCE_PATH, self.other_resource, ["GET"]),
        )
        return [Route(self.prefix + path, handler, methods=methods) for path, handler, methods in served]

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        """The role's part of the target file."""
        return {
            "url": base_url + TOKEN_PATH,
            "issuer": base_url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "further_methods": METHODS[1:],
            "private_key": client_key_as_text(),
            "key_id": KEY_ID,
            "signing_algorithm": "ES256",
            "scopes": list(USABLE_SCOPES),
            "refused_scopes": ["web"],
            "audience": API_AUDIENCE,
            "audience_parameter": "audience",
            "audience_required": True,
            "parameters": {
                "header": dict([TENANT_HEADER]),
                "query": dict([VERSION_PARAMETER]),
                "required": True,
            },
            "resource_url": base_url + RESOURCE_PATH,
            "other_resource_url": base_url + OTHER_RESOURCE_PATH,
            "introspection_client": {"client_id": RESOURCE.client_id, "client_secret": RESOURCE.secret},
            "second_client": {"client_id": SECOND.client_id, "client_secret": SECOND.secret},
            "user_token": USER_TOKEN,
            "client_without_user": {"client_id": USERLESS.client_id, "client_secret": USERLESS.secret},
            "login_url": base_url + LOGIN_PATH,
        }

    # -------------------------------------------------------- token endpoint

    async def token(self, request: Request) -> Response:
        """The endpoint itself: the form, the client, the grant, the answer."""
        try:
            fields = self.fields_of(await self.pairs_of(request))
            client = self.authenticate(request, fields)
            match self.grant_type_of(fields):
                case "refresh_token":
                    return self.refreshed(request, fields)
                case "client_credentials":
                    return self.granted(request, fields, client)
                case _:
                    return self.refuse(request, OAuthError("unsupported_grant_type", "grant type not supported"))
        except OAuthError as error:
            return self.refuse(request, error)

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        """The parameters of a form, in order."""
        if not self.is_form(request):
            raise OAuthError("invalid_request", f"the body has to be {FORM}")
        return parse_qsl((await request.body()).decode("latin-1"), keep_blank_values=True)

    def is_form(self, request: Request) -> bool:
        """Whether the body is declared as a form, whatever the parameters of its media type."""
        return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        """The parameters by name. Those without a value count as absent; none may come twice."""
        repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        if repeated:
            raise OAuthError("invalid_request", "a parameter comes more than once")
        return {name: value for name, value in pairs if value}

    def grant_type_of(self, fields: dict[str, str]) -> str:
        """The wanted grant type."""
        if "grant_type" not in fields:
            raise OAuthError("invalid_request", "grant_type is missing")
        return fields["grant_type"]

    def granted(self, request: Request, fields: dict[str, str], client: Client) -> Response:
        """The answer to a client credentials request."""
        audience = self.audience_of(request, fields)
        scopes = self.scopes_of(fields)
        if not client.has_user:
            return self.without_user(request, client, audience, scopes)
        return self.issue(request, Grant(client, audience, scopes))

    def without_user(self, request: Request, client: Client, audience: str, scopes: tuple[str, ...]) -> Response:
        """The answer to a client whose app has no user to run as."""
        raise OAuthError("invalid_grant", "no client credentials user enabled")

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        """The wanted audience, which has to be a known one whose further parameters stand in their places."""
        audience = fields.get("audience", "")
        if audience not in self.audiences():
            raise OAuthError("invalid_target", "the audience is missing or unknown")
        if audience == API_AUDIENCE and not self.is_complete(request, fields):
            raise OAuthError("invalid_request", "the tenant header or the api-version in the query is missing")
        return audience

    def audiences(self) -> tuple[str, ...]:
        """The audiences for which tokens are issued."""
        return (API_AUDIENCE, ORG_AUDIENCE)

    def is_complete(self, request: Request, fields: dict[str, str]) -> bool:
        """Whether the custom parameters stand where they belong."""
        header, parameter = TENANT_HEADER, VERSION_PARAMETER
        return request.headers.get(header[0]) == header[1] and request.query_params.get(parameter[0]) == parameter[1]

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        """What is granted of the wanted scopes: all usable ones if none is named."""
        wanted = fields.get("scope", " ".join(USABLE_SCOPES)).split(" ")
        usable = tuple(scope for scope in USABLE_SCOPES if scope in wanted)
        return usable or self.no_scope()

    def no_scope(self) -> tuple[str, ...]:
        """What is granted where none of the wanted scopes is usable."""
        raise OAuthError("invalid_scope", "no valid scopes defined")

    def issue(self, request: Request, grant: Grant) -> Response:
        """Issue a token and answer with it."""
        value = self.token_value(request, grant)
        self.org.issue_token(frozenset(grant.scopes), value)
        self.grants[value] = grant
        return self.answer(request, self.members(value, grant))

    def token_value(self, request: Request, grant: Grant) -> str:
        """A new JWT access token (RFC 9068)."""
        return jwt.encode({"typ": "at+jwt", "alg": "ES256", "kid": self.key.kid}, self.claims(request, grant), self.key)

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        """What a token says of itself."""
        now = int(time.time())
        return {
            "iss": self.issuer(request),
            "sub": grant.client.client_id,
            "client_id": grant.client.client_id,
            "aud": grant.audience,
            "scope": " ".join(grant.scopes),
            "jti": uuid4().hex,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        """The members of the good answer."""
        return {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(grant.scopes),
        }

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        """The good answer."""
        return JSONResponse(members, headers=NO_STORE)

    def refuse(self, request: Request, error: OAuthError) -> Response:
        """The answer to whatever is wrong (RFC 6749, section 5.2)."""
        return JSONResponse({"error": error.code, "error_description": error.text}, error.status, error.headers)

    def refreshed(self, request: Request, fields: dict[str, str]) -> Response:
        """The answer to a refresh token: an opaque token of a user with web access."""
        if fields.get("refresh_token") != REFRESH_TOKEN:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        token = self.org.issue_token(frozenset({"api", "web"}))
        base = str(request.base_url).rstrip("/")
        answer = {
            "access_token": token.value,
            "instance_url": base,
            "id": f"{base}/id/{self.org.identifier}/005000000000001",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
            "scope": "api web",
        }
        return JSONResponse(answer, headers=NO_STORE)

    async def login_host(self, request: Request) -> Response:
        """The token endpoint of the general login host, on which this grant does not work."""
        return self.refuse(request, OAuthError("invalid_grant", "request not supported on this domain"))

    # ----------------------------------------------- what else a server does

    def issuer(self, request: Request) -> str:
        """The issuer's identifier: where this server is."""
        return str(request.base_url).rstrip("/") + self.prefix

    def token_url(self, request: Request) -> str:
        """The address of the token endpoint."""
        return self.issuer(request) + TOKEN_PATH

    async def metadata(self, request: Request) -> Response:
        """The metadata of the server (RFC 8414)."""
        return JSONResponse(self.metadata_members(request))

    def metadata_members(self, request: Request) -> dict[str, object]:
        """What the metadata says."""
        issuer = self.issuer(request)
        return {
            "issuer": issuer,
            "token_endpoint": issuer + TOKEN_PATH,
            "jwks_uri": issuer + KEYS_PATH,
            "revocation_endpoint": issuer + REVOKE_PATH,
            "introspection_endpoint": issuer + INTROSPECT_PATH,
            "grant_types_supported": ["client_credentials", "refresh_token"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": METHODS,
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        }

    async def keys(self, request: Request) -> Response:
        """The keys by which tokens are checked."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def introspect(self, request: Request) -> Response:
        """What a token is good for (RFC 7662)."""
        try:
            fields = self.fields_of(await self.pairs_of(request))
            client = self.caller(request, fields)
            value = self.looked_up(fields)
        except OAuthError as error:
            return self.refuse(request, error)
        return JSONResponse(self.state_of(value, client), headers=NO_STORE)

    def caller(self, request: Request, fields: dict[str, str]) -> Client:
        """The client that asks for introspection."""
        return self.authenticate(request, fields)

    def looked_up(self, fields: dict[str, str]) -> str:
        """The token that introspection is asked about."""
        return self.named_token(fields)

    def named_token(self, fields: dict[str, str]) -> str:
        """The token that a request names."""
        if "token" not in fields:
            raise OAuthError("invalid_request", "token is missing")
        return fields["token"]

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        """What introspection says about a token."""
        token, grant = self.org.tokens.get(value), self.grants.get(value)
        if token is None or grant is None or not self.org.is_live(token):
            return {"active": False}
        return {
            "active": True,
            "scope": " ".join(grant.scopes),
            "client_id": grant.client.client_id,
            "aud": grant.audience,
            "token_type": "Bearer",
            "exp": grant.end,
        }

    async def revoke(self, request: Request) -> Response:
        """Revoke a token (RFC 7009). A user's token is revoked by whoever holds it, as in Salesforce."""
        try:
            fields = self.fields_of(await self.pairs_of(request))
            value = self.revoked(fields)
            grant = self.grants.get(value)
            if grant is None and self.org.revoke(value):
                return Response(status_code=200)
            client = self.revoker(request, fields)
            if grant is None:
                return self.nothing_to_revoke()
            if self.may_revoke(grant, client):
                self.org.revoke(value)
        except OAuthError as error:
            return self.refuse(request, error)
        return Response(status_code=200)

    def revoked(self, fields: dict[str, str]) -> str:
        """The token that is to be revoked, whatever type the hint names."""
        return self.named_token(fields)

    def revoker(self, request: Request, fields: dict[str, str]) -> Client:
        """The client that asks for a revocation."""
        return self.authenticate(request, fields)

    def nothing_to_revoke(self) -> Response:
        """The answer to the revocation of an unknown token: nothing is left to do."""
        return Response(status_code=200)

    def may_revoke(self, grant: Grant, client: Client) -> bool:
        """Whether a client may revoke a token: its own."""
        return grant.client == client

    # ---------------------------------------------------- protected resource

    async def resource(self, request: Request) -> Response:
        """A resource that takes tokens for `API_AUDIENCE`."""
        return self.guarded(request, API_AUDIENCE)

    async def other_resource(self, request: Request) -> Response:
        """A resource that takes tokens for `ORG_AUDIENCE`."""
        return self.guarded(request, ORG_AUDIENCE)

    def guarded(self, request: Request, audience: str) -> Response:
        """What a resource answers."""
        token = self.bearer_of(request)
        live = self.org.tokens.get(token or "")
        if live is None or not self.org.is_live(live) or not self.is_meant_for(live, audience):
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return JSONResponse({"records": []})

    def bearer_of(self, request: Request) -> str | None:
        """The token that a request to a resource carries."""
        scheme, value = authorization_of(request)
        return value if scheme.lower() == "bearer" else None

    def is_meant_for(self, token: AccessToken, audience: str) -> bool:
        """Whether a token is for this audience."""
        grant = self.grants.get(token.value)
        return grant is not None and grant.audience == audience
