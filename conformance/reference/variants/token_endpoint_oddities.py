"""Authorization servers that are unusual and correct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.client_authentication import CHALLENGE, OAuthError
from conformance.reference.known_clients import RESOURCE, USABLE_SCOPES, Client
from conformance.reference.org import Org
from conformance.reference.token_endpoint import METADATA_PATH, NO_STORE, TOKEN_PATH, Grant, TokenEndpoint
from conformance.reference.variants import oddity, oddity_without

if TYPE_CHECKING:
    from starlette.requests import Request


@oddity_without("CCS-50")
class OpaqueTokens(TokenEndpoint):
    """Issues tokens that say nothing about themselves."""

    def token_value(self, request: Request, grant: Grant) -> str:
        return f"{self.org.identifier}!{uuid4().hex}{uuid4().hex}"


@oddity
class NoLifetime(TokenEndpoint):
    """Leaves expires_in out, as Salesforce does."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return {name: member for name, member in super().members(value, grant).items() if name != "expires_in"}


@oddity
class BearerInLowerCase(TokenEndpoint):
    """Writes the type of its tokens in lower case."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"token_type": "bearer"}


@oddity
class ExtraTokenMembers(TokenEndpoint):
    """Answers with more members than clients know, as Salesforce does."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        more: dict[str, object] = {
            "instance_url": "https://acme.example.com",
            "issued_at": "1761955200000",
            "signature": None,
            "sfap": {},
        }
        return super().members(value, grant) | more


@oddity
class ScopeOnlyWhereItDiffers(TokenEndpoint):
    """Leaves scope out where everything that was asked for was granted."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        members = super().members(value, grant)
        if grant.scopes == self._asked:
            del members["scope"]
        return members

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        self._asked = tuple(fields["scope"].split(" ")) if "scope" in fields else ()
        return super().scopes_of(fields)


@oddity
class UnknownScopesAreRefused(TokenEndpoint):
    """Refuses a request that names one scope too many."""

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        if set(fields.get("scope", USABLE_SCOPES[0]).split(" ")) - set(USABLE_SCOPES):
            raise OAuthError("invalid_scope", "a scope is unknown")
        return super().scopes_of(fields)


@oddity
class UnusableScopesGetTheUsualOnes(TokenEndpoint):
    """Grants its usual scopes where none of the wanted ones is usable, and says so."""

    def no_scope(self) -> tuple[str, ...]:
        return USABLE_SCOPES


@oddity
class ResourcesAloneLookTokensUp(TokenEndpoint):
    """Says of every token that it is inactive, except to the client of its resource (RFC 7662, section 2.2)."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        return super().state_of(value, client) if client == RESOURCE else {"active": False}


@oddity
class AudienceIsAList(TokenEndpoint):
    """Writes aud as a list of two."""

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        return super().claims(request, grant) | {"aud": [self.issuer(request), grant.audience]}


@oddity
class RotatingKeys(TokenEndpoint):
    """Signs each token with a new key, and publishes all that are in use."""

    def __init__(self, org: Org, prefix: str = "") -> None:
        super().__init__(org, prefix)
        self.published = [self.key]

    def token_value(self, request: Request, grant: Grant) -> str:
        self.key = ECKey.generate_key("P-256", {"kid": uuid4().hex})
        self.published = [*self.published[-20:], self.key]
        return super().token_value(request, grant)

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})


@oddity
class WrongSecretInTheFormIs401(TokenEndpoint):
    """Answers 401 with a challenge wherever the credentials were."""

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        return super().not_let_in(client_id, secret, CHALLENGE)


@oddity
class SeveralChallenges(TokenEndpoint):
    """Sends another challenge before the one that counts."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        response = super().refuse(request, error)
        if "WWW-Authenticate" in response.headers:
            response.headers["WWW-Authenticate"] = 'Bearer realm="org", basic realm="org", charset="UTF-8"'
        return response


@oddity
class AudienceIsDeniedWith403(TokenEndpoint):
    """Says access_denied with status 403 where the audience is wrong."""

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        if fields.get("audience", "") not in self.audiences():
            raise OAuthError("access_denied", "service not found", 403)
        return super().audience_of(request, fields)


@oddity
class RepeatedAudienceGetsTheRightOne(TokenEndpoint):
    """Lets the audience repeat, as resource may, and issues a token for the known one."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        wanted = [value for name, value in pairs if name == "audience" and value]
        known = [value for value in wanted if value in self.audiences()]
        rest = [pair for pair in pairs if pair[0] != "audience"]
        return super().fields_of([*rest, *(("audience", value) for value in (known or wanted)[:1])])


@oddity
class CharsetInTheAnswer(TokenEndpoint):
    """Declares the charset of its JSON, and writes more directives for caches."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        headers = {"Cache-Control": "no-cache, No-Store, must-revalidate", "Pragma": "no-cache"}
        return JSONResponse(members, headers=headers, media_type="application/json;charset=UTF-8")


@oddity
class ErrorsHaveAnAddress(TokenEndpoint):
    """Adds error_uri and members of its own to refusals."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        more = {"error_uri": "https://example.com/errors#1", "trace_id": "b3f1", "error_codes": [7000215]}
        body = {"error": error.code, "error_description": error.text, **more}
        return JSONResponse(body, error.status, error.headers)


@oddity
class NoDescriptions(TokenEndpoint):
    """Refuses with the error code alone."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        return JSONResponse({"error": error.code}, error.status, error.headers)


@oddity
class GetIsNotFound(TokenEndpoint):
    """Answers 404 to a GET of the token endpoint."""

    def routes(self) -> list[Route]:
        async def nothing(request: Request) -> Response:
            return JSONResponse({"message": "no such page"}, 404)

        return [*super().routes(), Route(self.prefix + TOKEN_PATH, nothing, methods=["GET"])]


@oddity
class FoundByItsIssuer(TokenEndpoint):
    """Is known by its issuer alone, and publishes OpenID's document in place of OAuth's."""

    def routes(self) -> list[Route]:
        path = self.prefix + METADATA_PATH
        kept = [route for route in super().routes() if route.path != path]
        return [*kept, Route(self.prefix + "/.well-known/openid-configuration", self.metadata, methods=["GET"])]

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return {name: value for name, value in super().describe(base_url).items() if name != "url"}


@oddity
class RevocationByOthersIsRefused(TokenEndpoint):
    """Refuses the revocation of another client's token in place of ignoring it."""

    def may_revoke(self, grant: Grant, client: Client) -> bool:
        if not super().may_revoke(grant, client):
            raise OAuthError("unauthorized_client", "the token was issued to another client")
        return True


@oddity
class IntrospectionRefusesUnknownHints(TokenEndpoint):
    """Looks tokens up with the hints of the registry alone."""

    def looked_up(self, fields: dict[str, str]) -> str:
        if fields.get("token_type_hint", "access_token") not in ("access_token", "refresh_token"):
            raise OAuthError("unsupported_token_type", "the hint is unknown")
        return super().looked_up(fields)


@oddity
class IntrospectionSaysMore(TokenEndpoint):
    """Answers introspection with a list of audiences and without scopes."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return {"active": True, "aud": [found["aud"]], "ext": {"a": 1}} if found["active"] else found


@oddity
class CorsWithoutCredentials(TokenEndpoint):
    """Lets pages of every origin ask, without the user's credentials, as RFC 9700 allows."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        return JSONResponse(members, headers=NO_STORE | {"Access-Control-Allow-Origin": "*"})


@oddity
class GetIsAPageForPeople(TokenEndpoint):
    """Answers GET with a page that says what the address is for, and hands out nothing there."""

    def routes(self) -> list[Route]:
        return [*super().routes(), Route(self.prefix + TOKEN_PATH, self.page, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        return Response("<p>Tokens are handed out here, by POST.", media_type="text/html")
