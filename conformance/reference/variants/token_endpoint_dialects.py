"""Authorization servers that answer as well-known products do, and say so in their target files.

What is known of a product is waived, never passed: the requirements of each are those of its preset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from starlette.responses import JSONResponse, Response

from conformance.reference.client_authentication import OAuthError
from conformance.reference.known_clients import CLIENTS, Client
from conformance.reference.token_endpoint import TokenEndpoint
from conformance.reference.variants import oddity_without

if TYPE_CHECKING:
    from starlette.requests import Request


@oddity_without("CCS-21", "CCS-25")
class SpeaksAuth0(TokenEndpoint):
    """Says access_denied to whoever is not let in."""

    capabilities: ClassVar[dict[str, object]] = {"dialect": "auth0"}

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        refused = super().not_let_in(client_id, secret, challenge)
        return OAuthError("access_denied", "Unauthorized", refused.status, challenge)


@oddity_without("CCS-25", "CCS-29", "CCS-43", "CCS-60")
class SpeaksEntra(TokenEndpoint):
    """Ends its error texts with lines for support, and says unauthorized_client to unknown clients."""

    capabilities: ClassVar[dict[str, object]] = {"dialect": "entra"}

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        refused = super().not_let_in(client_id, secret, challenge)
        if client_id not in CLIENTS:
            refused.code = "unauthorized_client"
        return refused

    def refuse(self, request: Request, error: OAuthError) -> Response:
        error.text = f"{error.text}.\r\nTimestamp: 2026-01-09 02:02:12Z"
        return super().refuse(request, error)


@oddity_without("CCS-11", "CCS-21", "CCS-22", "CCS-29", "CCS-60", "CCS-67", "CCS-69")
class SpeaksKeycloak(TokenEndpoint):
    """Says unauthorized_client to wrong secrets, without a challenge, and refuses an empty scope."""

    capabilities: ClassVar[dict[str, object]] = {"dialect": "keycloak"}

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        if client_id not in CLIENTS:
            return super().not_let_in(client_id, secret, challenge)
        return OAuthError("unauthorized_client", "invalid client credentials", 401)

    def malformed(self, request: Request) -> Client:
        raise OAuthError("unreadable", "", 401)

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        if ("scope", "") in pairs:
            raise OAuthError("invalid_scope", "invalid scopes")
        return super().fields_of(pairs)

    def refuse(self, request: Request, error: OAuthError) -> Response:
        if error.code != "unreadable":
            return super().refuse(request, error)
        return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="acme"'})


@oddity_without("CCS-25", "CCS-29")
class SpeaksOkta(TokenEndpoint):
    """Refuses unknown clients in the words of its other interfaces."""

    capabilities: ClassVar[dict[str, object]] = {"dialect": "okta"}

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        refused = super().not_let_in(client_id, secret, challenge)
        if client_id not in CLIENTS:
            refused.code = "unknown"
        return refused

    def refuse(self, request: Request, error: OAuthError) -> Response:
        if error.code != "unknown":
            return super().refuse(request, error)
        members = {"errorCode": "invalid_client", "errorSummary": "Invalid value for 'client_id' parameter."}
        return JSONResponse(members, error.status, error.headers)


@oddity_without("CCS-22", "CCS-25", "CCS-29", "CCS-37", "CCS-60", "CCS-68")
class SpeaksSalesforce(TokenEndpoint):
    """Refuses with 400, and has codes of its own for unknown clients and unusable scopes."""

    capabilities: ClassVar[dict[str, object]] = {"dialect": "salesforce"}

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        if client_id in CLIENTS:
            return OAuthError("invalid_client", "invalid client credentials")
        return OAuthError("invalid_client_id", "client identifier invalid")

    def no_scope(self) -> tuple[str, ...]:
        raise OAuthError("invalid_grant", "no valid scopes defined")
