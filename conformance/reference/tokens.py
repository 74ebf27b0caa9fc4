"""The token endpoint that a single access endpoint needs: tokens for a user, tokens for the API alone, revocation."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.org import Org

if TYPE_CHECKING:
    from starlette.requests import Request

TOKEN_PATH = "/services/oauth2/token"
REVOKE_PATH = "/services/oauth2/revoke"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _made_up(label: str, length: int) -> str:
    digits = "".join(hashlib.sha256(f"seasonproof {label} {n}".encode()).hexdigest() for n in range(4))
    return digits[:length]


# Made-up credentials with the shape of real ones. They open nothing but a reference target on loopback.
CLIENT_ID = "3MVG9" + _made_up("consumer key", 80)
CLIENT_SECRET = _made_up("consumer secret", 64).upper()
REFRESH_TOKEN = "5Aep861" + _made_up("refresh token", 80)


class Tokens:
    """Issues tokens for one client: with the web scope for a refresh token, for the API alone by client credentials."""

    def __init__(self, org: Org, prefix: str = "") -> None:
        self.org = org
        self.prefix = prefix

    def routes(self) -> list[Route]:
        """The token and the revocation endpoint."""
        return [
            Route(self.prefix + TOKEN_PATH, self.token, methods=["POST"]),
            Route(self.prefix + REVOKE_PATH, self.revoke, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """Issue a token (RFC 6749, sections 4.4 and 6)."""
        form = await request.form()
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return self._error("invalid_client", "invalid client credentials")
        match form.get("grant_type"):
            case "refresh_token" if form.get("refresh_token") == REFRESH_TOKEN:
                scopes = frozenset({"api", "web"})
            case "refresh_token":
                return self._error("invalid_grant", "expired access/refresh token")
            case "client_credentials":
                scopes = frozenset({"api"})
            case _:
                return self._error("unsupported_grant_type", "grant type not supported")
        base = str(request.base_url).rstrip("/")
        answer = {
            "access_token": self.org.issue_token(scopes).value,
            "instance_url": base,
            "id": f"{base}/id/{self.org.identifier}/005000000000001",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
            "scope": " ".join(sorted(scopes)),
        }
        return JSONResponse(answer, headers=NO_STORE)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token (RFC 7009)."""
        form = await request.form()
        if not self.org.revoke(str(form.get("token", ""))):
            return self._error("invalid_token", "token not found")
        return Response(status_code=200)

    def _error(self, error: str, description: str) -> Response:
        return JSONResponse({"error": error, "error_description": description}, 400, NO_STORE)
