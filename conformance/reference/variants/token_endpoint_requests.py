"""Defects of a token endpoint in how it reads a request and finds out who asks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from joserfc.jwk import OctKey
from starlette.routing import Route

from conformance.reference.client_authentication import OAuthError
from conformance.reference.known_clients import CLIENTS, MAIN, VERSION_PARAMETER, Client
from conformance.reference.token_endpoint import FORM, TOKEN_PATH, TokenEndpoint
from conformance.reference.variants import fault
from conformance.rules.access_token import claims_of, header_of

if TYPE_CHECKING:
    from starlette.requests import Request

_KNOWN = {"grant_type", "scope", "audience", "client_id", "client_secret", "client_assertion", "client_assertion_type"}
_KNOWN |= {"token", "token_type_hint", "refresh_token"}

# ------------------------------------------------------------------- parameters


@fault(kills={"CCS-08"})
class UnknownParameterRefused(TokenEndpoint):
    """Refuses parameters that it does not know."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        fields = super().fields_of(pairs)
        if set(fields) - _KNOWN:
            raise OAuthError("invalid_request", "a parameter is unknown")
        return fields


@fault(kills={"CCS-09"})
class UnknownQueryRefused(TokenEndpoint):
    """Refuses query parameters that it does not know."""

    def authenticate(self, request: Request, fields: dict[str, str]) -> Client:
        if set(request.query_params) - {VERSION_PARAMETER[0]}:
            raise OAuthError("invalid_request", "a query parameter is unknown")
        return super().authenticate(request, fields)


@fault(kills={"CCS-10"})
class FirstValueCounts(TokenEndpoint):
    """Takes the first value of a parameter that comes twice."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        return {name: value for name, value in reversed(pairs) if value}


@fault(kills={"CCS-10"})
class LastValueCounts(TokenEndpoint):
    """Takes the last value of a parameter that comes twice."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        return {name: value for name, value in pairs if value}


@fault(kills={"CCS-11"})
class EmptyScopeRefused(TokenEndpoint):
    """Takes an empty scope for an unknown one."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        if ("scope", "") in pairs:
            raise OAuthError("invalid_scope", "the scope is empty")
        return super().fields_of(pairs)


@fault(kills={"CCS-11", "CCS-13"})
class EmptyParametersCount(TokenEndpoint):
    """Keeps parameters without a value."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        super().fields_of(pairs)
        return dict(pairs)


@fault(kills={"CCS-12", "CCS-13"})
class MissingGrantTypeIsUnsupported(TokenEndpoint):
    """Says unsupported_grant_type where none was named."""

    def grant_type_of(self, fields: dict[str, str]) -> str:
        return fields.get("grant_type", "")


@fault(kills={"CCS-12", "CCS-13"})
class MissingGrantTypeIsGuessed(TokenEndpoint):
    """Takes a request without grant_type for client credentials."""

    def grant_type_of(self, fields: dict[str, str]) -> str:
        return fields.get("grant_type", "client_credentials")


@fault(kills={"CCS-14"})
class UnknownGrantTypeIsAnInvalidRequest(TokenEndpoint):
    """Says invalid_request to grant types that it does not offer."""

    def grant_type_of(self, fields: dict[str, str]) -> str:
        found = super().grant_type_of(fields)
        if found not in ("client_credentials", "refresh_token"):
            raise OAuthError("invalid_request", "grant type not supported")
        return found


@fault(kills={"CCS-14"})
class GrantTypeIsComparedWithoutCase(TokenEndpoint):
    """Takes grant types in any case of letters."""

    def grant_type_of(self, fields: dict[str, str]) -> str:
        return super().grant_type_of(fields).lower()


@fault(kills={"CCS-15"})
class JsonAccepted(TokenEndpoint):
    """Takes a JSON object for a form."""

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        if request.headers.get("content-type") == "application/json":
            return [(name, str(value)) for name, value in json.loads(await request.body()).items()]
        return await super().pairs_of(request)


@fault(kills={"CCS-16"})
class CharsetRefused(TokenEndpoint):
    """Compares the whole Content-Type."""

    def is_form(self, request: Request) -> bool:
        return request.headers.get("content-type") == FORM


@fault(kills={"CCS-17", "CCS-77"})
class LowerCaseDigitsAreNotDecoded(TokenEndpoint):
    """Decodes the form by itself, and knows hexadecimal digits in upper case alone."""

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        protected = re.sub(r"%(?=[0-9]?[a-f])", "%25", (await request.body()).decode())
        await super().pairs_of(request)
        return parse_qsl(protected, keep_blank_values=True)


@fault(kills={"CCS-17"}, blinds=True)
class PlusStaysAPlus(TokenEndpoint):
    """Decodes the form as a path is decoded, where a plus is no space."""

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        await super().pairs_of(request)
        return parse_qsl((await request.body()).decode().replace("+", "%2B"), keep_blank_values=True)


@fault(kills={"CCS-18"})
class GetAccepted(TokenEndpoint):
    """Serves GET as it serves POST."""

    def routes(self) -> list[Route]:
        return [*super().routes(), Route(self.prefix + TOKEN_PATH, self.token, methods=["GET"])]

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        return list(request.query_params.multi_items()) if request.method == "GET" else await super().pairs_of(request)


# ---------------------------------------------------------------- who is asking


@fault(kills={"CCS-19"})
class CredentialsInTheUrlAccepted(TokenEndpoint):
    """Merges the query into the form, as some frameworks do."""

    def by_form(self, request: Request, fields: dict[str, str]) -> Client:
        return super().by_form(request, dict(request.query_params) | fields)


@fault(kills={"CCS-20"}, blinds=True)
class BasicIsNotDecoded(TokenEndpoint):
    """Takes id and secret of Basic as they stand."""

    def decoded(self, name: str, secret: str) -> tuple[str, str]:
        return name, secret


@fault(kills={"CCS-23"}, blinds=True)
class EmptySecretInTheHeaderAccepted(TokenEndpoint):
    """Does not compare a secret of the header that is empty."""

    def pair_of(self, header: str) -> tuple[str, str] | None:
        pair = super().pair_of(header)
        client = CLIENTS.get(pair[0]) if pair else None
        return (client.client_id, client.secret) if pair and client and not pair[1] else pair


@fault(kills={"CCS-23", "CCS-24"}, blinds=True)
class ClientIdIsEnough(TokenEndpoint):
    """Takes a client without a secret for a public one."""

    def by_form(self, request: Request, fields: dict[str, str]) -> Client:
        client = CLIENTS.get(fields.get("client_id", ""))
        return client if client and "client_secret" not in fields else super().by_form(request, fields)


@fault(kills={"CCS-19", "CCS-26", "CCS-53", "CCS-78"}, blinds=True)
class StrangersAreLetIn(TokenEndpoint):
    """Takes whoever does not say who it is for its own client."""

    def by_form(self, request: Request, fields: dict[str, str]) -> Client:
        return super().by_form(request, fields) if "client_id" in fields else MAIN


@fault(kills={"CCS-21", "CCS-23", "CCS-24", "CCS-68", "CCS-82", "CCS-86"}, blinds=True)
class SecretIsNotChecked(TokenEndpoint):
    """Lets in whoever knows the id of a client."""

    def is_secret_of(self, client: Client, secret: str) -> bool:
        return True


@fault(kills={"CCS-27"})
class TwoMethodsAccepted(TokenEndpoint):
    """Looks at the Authorization header, and does not mind the credentials in the form."""

    def authenticated_twice(self, request: Request, fields: dict[str, str]) -> Client:
        return self.by_header(request)


# ------------------------------------------------------------------- assertions


@fault(kills={"CCS-30", "CCS-34"})
class SignatureIsNotChecked(TokenEndpoint):
    """Reads the claims of an assertion and leaves the signature alone."""

    def claims_signed_by(self, client: Client, assertion: str) -> dict[str, Any] | None:
        return claims_of(assertion)


@fault(kills={"CCS-30"})
class UnsignedAssertionAccepted(TokenEndpoint):
    """Takes the algorithm from the assertion, none included."""

    def claims_signed_by(self, client: Client, assertion: str) -> dict[str, Any] | None:
        unsigned = header_of(assertion).get("alg") == "none"
        return claims_of(assertion) if unsigned else super().claims_signed_by(client, assertion)


@fault(kills={"CCS-30"})
class LateAssertionAccepted(TokenEndpoint):
    """Does not look at exp."""

    def is_in_time(self, claims: dict[str, Any]) -> bool:
        return True


@fault(kills={"CCS-30"})
class AssertionForAnotherServerAccepted(TokenEndpoint):
    """Does not look at aud."""

    def is_for(self, claims: dict[str, Any], audiences: frozenset[str]) -> bool:
        return True


@fault(kills={"CCS-79"})
class AssertionForTheIssuerRefused(TokenEndpoint):
    """Takes assertions for the address of its token endpoint alone."""

    def audiences_of_assertions(self, request: Request) -> frozenset[str]:
        return frozenset({self.token_url(request)})


@fault(kills={"CCS-33"}, blinds=True)
class AdvertisedMethodRefused(TokenEndpoint):
    """Advertises private_key_jwt and has no keys of clients."""

    def keys_of(self, client: Client) -> list[tuple[Any, str]]:
        return []


@fault(kills={"CCS-34"})
class SecretsSignUnadvertised(TokenEndpoint):
    """Takes assertions that are signed with the secret, and does not say so."""

    def keys_of(self, client: Client) -> list[tuple[Any, str]]:
        return [*super().keys_of(client), (OctKey.import_key(client.secret), "HS256")]
