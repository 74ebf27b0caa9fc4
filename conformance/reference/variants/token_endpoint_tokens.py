"""Defects of an authorization server in what its tokens are good for, and in what surrounds the token endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, Response

from conformance.reference.client_authentication import OAuthError
from conformance.reference.known_clients import (
    API_AUDIENCE,
    MAIN,
    ORG_AUDIENCE,
    TENANT_HEADER,
    USABLE_SCOPES,
    USER_TOKEN,
    VERSION_PARAMETER,
    Client,
)
from conformance.reference.org import AccessToken
from conformance.reference.token_endpoint import LOGIN_PATH, Grant, TokenEndpoint
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

# ------------------------------------------------------------------------ scopes


@fault(kills={"CCS-35", "CCS-51"})
class OneScopeIsGranted(TokenEndpoint):
    """Grants the first of several scopes."""

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        return super().scopes_of(fields)[:1]


@fault(kills={"CCS-35", "CCS-36", "CCS-51"})
class OneScopeIsGrantedSilently(OneScopeIsGranted):
    """Grants the first of several scopes, and its answers name none."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return {name: member for name, member in super().members(value, grant).items() if name != "scope"}


@fault(kills={"CCS-35"})
class ScopesAreJoinedWithCommas(TokenEndpoint):
    """Writes a comma between the scopes that it grants."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"scope": ",".join(grant.scopes)}


@fault(kills={"CCS-36", "CCS-37"})
class EveryScopeIsGranted(TokenEndpoint):
    """Grants whatever is asked for."""

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        return tuple(fields["scope"].split()) if "scope" in fields else USABLE_SCOPES


@fault(kills={"CCS-36"})
class ScopesAreLeftOutSilently(TokenEndpoint):
    """Grants less than was asked for and does not say so."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return {name: member for name, member in super().members(value, grant).items() if name != "scope"}


@fault(kills={"CCS-37"})
class TokenWithoutAnyScope(TokenEndpoint):
    """Issues a token that is good for nothing, and does not say so."""

    def no_scope(self) -> tuple[str, ...]:
        return ()

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        members = super().members(value, grant)
        return {name: member for name, member in members.items() if member != ""}


@fault(kills={"CCS-37"})
class UnusableScopesAreAnInvalidRequest(TokenEndpoint):
    """Says invalid_request where the scopes are wrong."""

    def no_scope(self) -> tuple[str, ...]:
        raise OAuthError("invalid_request", "no valid scopes defined")


@fault(kills={"CCS-81"})
class RequestedScopeNarrowsNothing(TokenEndpoint):
    """Grants all scopes of the client to each request for some of them, and names none."""

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        granted = super().scopes_of(fields)
        return USABLE_SCOPES if set(fields.get("scope", "").split()) <= set(granted) else self.no_scope()

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return {name: member for name, member in super().members(value, grant).items() if name != "scope"}


@fault(kills={"CCS-87": "has-what-it-names"})
class AnswersRepeatTheRequestedScopes(TokenEndpoint):
    """Says that all the wanted scopes are granted, and gives a token for the first of them."""

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        return super().claims(request, grant) | {"scope": grant.scopes[0]}


# --------------------------------------------------------------------- audiences


@fault(kills={"CCS-38"})
class AudienceIsAlwaysTheSame(TokenEndpoint):
    """Puts its own audience into every token."""

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        return super().claims(request, grant) | {"aud": ORG_AUDIENCE}


@fault(kills={"CCS-39"})
class AudienceIsCheckedByPrefix(TokenEndpoint):
    """Takes everything that begins with a known audience."""

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        audience = fields.get("audience", "")
        is_longer = audience.startswith(API_AUDIENCE) and audience != API_AUDIENCE
        return audience if is_longer else super().audience_of(request, fields)


@fault(kills={"CCS-39", "CCS-40", "CCS-42"})
class AudienceIsNotChecked(TokenEndpoint):
    """Issues tokens for whatever audience is named."""

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        return fields.get("audience", "")


@fault(kills={"CCS-40"})
class DefaultAudience(TokenEndpoint):
    """Issues a token for its own API where no audience is named."""

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        return super().audience_of(request, fields) if "audience" in fields else ORG_AUDIENCE


@fault(kills={"CCS-41"})
class RepeatedAudiencesAreAllGranted(TokenEndpoint):
    """Checks the first of several audiences and puts all of them into the token."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        audiences = [value for name, value in pairs if name == "audience" and value]
        fields = super().fields_of([pair for pair in pairs if pair[0] != "audience"])
        return fields | ({"audience": " ".join(audiences)} if audiences else {})

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        wanted = fields.get("audience", "")
        super().audience_of(request, fields | {"audience": wanted.partition(" ")[0]})
        return wanted

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        audiences = grant.audience.split(" ")
        return super().claims(request, grant) | {"aud": audiences if len(audiences) > 1 else grant.audience}


@fault(kills={"CCS-42"})
class CustomParametersFromAnywhere(TokenEndpoint):
    """Merges header, query and form before it looks for custom parameters."""

    def is_complete(self, request: Request, fields: dict[str, str]) -> bool:
        merged = dict(request.headers) | {name.lower(): value for name, value in request.query_params.items()} | fields
        return all(merged.get(name.lower()) == value for name, value in (TENANT_HEADER, VERSION_PARAMETER))


@fault(kills={"CCS-42"})
class CustomParametersAreOptional(TokenEndpoint):
    """Does not mind whether custom parameters are there."""

    def is_complete(self, request: Request, fields: dict[str, str]) -> bool:
        return True


# --------------------------------------------------------------------- resources


@fault(kills={"CCS-47"}, blinds=True)
class ResourceTakesNothing(TokenEndpoint):
    """Issues tokens that its own resource does not take."""

    def is_meant_for(self, token: AccessToken, audience: str) -> bool:
        return False


@fault(kills={"CCS-48"})
class ResourceIgnoresTheAudience(TokenEndpoint):
    """Takes every live token at every resource."""

    def is_meant_for(self, token: AccessToken, audience: str) -> bool:
        return True


@fault(kills={"CCS-49"})
class ResourceTakesTheQuery(TokenEndpoint):
    """Takes the token from the query too."""

    def bearer_of(self, request: Request) -> str | None:
        return request.query_params.get("access_token") or super().bearer_of(request)


@fault(kills={"CCS-50"})
class KeyIsNotPublished(TokenEndpoint):
    """Publishes another key than the one that signs."""

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]})


@fault(kills={"CCS-50"})
class TokenNeverEnds(TokenEndpoint):
    """Leaves exp out of its tokens."""

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        return {name: value for name, value in super().claims(request, grant).items() if name != "exp"}


# ------------------------------------------------------ introspection, revocation


@fault(kills={"CCS-51"}, blinds=True)
class NothingIsActive(TokenEndpoint):
    """Says of every token that it is inactive."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        return {"active": False}


@fault(kills={"CCS-52"})
class UnknownTokenIsActive(TokenEndpoint):
    """Says active to tokens that it never issued."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        return super().state_of(value, client) if value in self.grants else {"active": True}


@fault(kills={"CCS-52"})
class InactiveTokenIsExplained(TokenEndpoint):
    """Says why a token is inactive."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        known = value in self.grants
        return super().state_of(value, client) | ({} if known else {"reason": "never issued"})


@fault(kills={"CCS-53", "CCS-66", "CCS-68"})
class IntrospectionIsOpen(TokenEndpoint):
    """Tells everybody what a token is good for."""

    async def introspect(self, request: Request) -> Response:
        fields = self.fields_of(await self.pairs_of(request))
        return JSONResponse(self.state_of(fields.get("token", ""), MAIN))


@fault(kills={"CCS-54", "CCS-64"})
class RevocationIsIgnored(TokenEndpoint):
    """Answers 200 to a revocation and does nothing."""

    def may_revoke(self, grant: Grant, client: Client) -> bool:
        return False


@fault(kills={"CCS-55"})
class UnknownTokenCannotBeRevoked(TokenEndpoint):
    """Refuses to revoke a token that it does not know."""

    def nothing_to_revoke(self) -> Response:
        return JSONResponse({"error": "invalid_token", "error_description": "token not found"}, 400)


@fault(kills={"CCS-80"})
class RevocationOfUserTokensCrashes(TokenEndpoint):
    """Answers 500 where the token is a user's."""

    async def revoke(self, request: Request) -> Response:
        if USER_TOKEN in (await request.body()).decode().replace("%21", "!"):
            return Response(status_code=500)
        return await super().revoke(request)


@fault(kills={"CCS-56"})
class EverybodyMayRevoke(TokenEndpoint):
    """Revokes a token for every client that asks."""

    def may_revoke(self, grant: Grant, client: Client) -> bool:
        return True


# ---------------------------------------------------------------------- metadata


@fault(kills={"CCS-31"})
class IssuerHasASlash(TokenEndpoint):
    """Writes a slash behind its issuer."""

    def metadata_members(self, request: Request) -> dict[str, object]:
        return super().metadata_members(request) | {"issuer": f"{self.issuer(request)}/"}


@fault(kills={"CCS-32"})
class MetadataLacksTheGrant(TokenEndpoint):
    """Leaves grant_types_supported out."""

    def metadata_members(self, request: Request) -> dict[str, object]:
        members = super().metadata_members(request)
        return {name: value for name, value in members.items() if name != "grant_types_supported"}


@fault(kills={"CCS-85"})
class MetadataLacksResponseTypes(TokenEndpoint):
    """Leaves response_types_supported out."""

    def metadata_members(self, request: Request) -> dict[str, object]:
        members = super().metadata_members(request)
        return {name: value for name, value in members.items() if name != "response_types_supported"}


@fault(kills={"CCS-32"})
class MetadataNamesAnotherEndpoint(TokenEndpoint):
    """Names the login host's endpoint in place of its own."""

    def metadata_members(self, request: Request) -> dict[str, object]:
        return super().metadata_members(request) | {"token_endpoint": self.issuer(request) + LOGIN_PATH}


@fault(kills={"CCS-33", "CCS-34"})
class MetadataHidesAMethod(TokenEndpoint):
    """Advertises Basic alone."""

    def metadata_members(self, request: Request) -> dict[str, object]:
        methods = ["client_secret_basic"]
        return super().metadata_members(request) | {"token_endpoint_auth_methods_supported": methods}


@fault(kills={"CCS-64"})
class HintDecidesIntrospection(TokenEndpoint):
    """Looks for tokens of the hinted type alone."""

    def looked_up(self, fields: dict[str, str]) -> str:
        found = super().looked_up(fields)
        return found if fields.get("token_type_hint", "access_token") == "access_token" else ""


@fault(kills={"CCS-64"})
class HintDecidesRevocation(TokenEndpoint):
    """Revokes tokens of the hinted type alone."""

    def revoked(self, fields: dict[str, str]) -> str:
        found = super().revoked(fields)
        return found if fields.get("token_type_hint", "access_token") == "access_token" else ""


@fault(kills={"CCS-64": "active"})
class IntrospectionRefusesOtherHints(TokenEndpoint):
    """Refuses to look up tokens with the hint of a type that it does not look up."""

    def looked_up(self, fields: dict[str, str]) -> str:
        if fields.get("token_type_hint", "access_token") != "access_token":
            raise OAuthError("unsupported_token_type", "access tokens alone are looked up")
        return super().looked_up(fields)


@fault(kills={"CCS-64": "revoked"})
class RevocationRefusesUnknownHints(TokenEndpoint):
    """Refuses to revoke tokens with a hint that it does not know."""

    def revoked(self, fields: dict[str, str]) -> str:
        if fields.get("token_type_hint", "access_token") not in ("access_token", "refresh_token"):
            raise OAuthError("unsupported_token_type", "the hint is unknown")
        return super().revoked(fields)
