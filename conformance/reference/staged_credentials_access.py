"""Who may call the resources for staged credentials of the reference, and for what. Variants replace one small step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from conformance.reference.org import authorization_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.reference.org import Org

STAGED_SINCE = 65
VERSIONS = range(60, 67)
MANAGE = "manage_apps"


class Refusal(Exception):
    """A refusal in the words of Salesforce's REST API."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.text = text


class StagedCredentialsAccess:
    """The steps by which a request is let through.

    Attributes:
        org: whose tokens count.
        is_enabled: whether the org's setting for the API is on.
    """

    org: Org
    is_enabled: bool

    def guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """The handler behind the checks that all resources share."""

        async def answer(request: Request) -> Response:
            try:
                if "version" in request.path_params:
                    self.check(request)
                return await handler(request)
            except Refusal as refusal:
                return self.refuse(request, refusal)

        return answer

    def check(self, request: Request) -> None:
        """Refuse versions that are not served, and callers who may not do what they ask for."""
        version = self.version_of(request)
        if version not in VERSIONS or ("/staged" in request.url.path and not self.knows_staging(version)):
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        scopes = self.scopes_of(request)
        if scopes is None:
            raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if not self.is_permitted(request, scopes):
            raise Refusal(403, "INSUFFICIENT_ACCESS", "You don't have the required permissions")
        if not self.is_switched_on(request):
            raise Refusal(403, "FUNCTIONALITY_NOT_ENABLED", "This feature is not currently enabled for this user type")

    def version_of(self, request: Request) -> int:
        """The version of the API that is asked for; 0 for what is none."""
        name, dot, minor = request.path_params["version"].removeprefix("v").partition(".")
        return int(name) if name.isdigit() and dot and minor == "0" else 0

    def knows_staging(self, version: int) -> bool:
        """Whether a version has the staged resources."""
        return version >= STAGED_SINCE

    def scopes_of(self, request: Request) -> frozenset[str] | None:
        """What the caller's token is good for; None without a valid one."""
        scheme, value = authorization_of(request)
        token = self.org.tokens.get(value) if scheme.lower() == "bearer" else None
        return token.scopes if token is not None and self.org.is_live(token) else None

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        """Whether the caller has the permissions for credentials."""
        return MANAGE in scopes

    def is_switched_on(self, request: Request) -> bool:
        """Whether the org's setting allows what is asked for: without it, the apps are all that can be seen."""
        return self.is_enabled or request.url.path.endswith("/usage")

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        """The answer to what is refused."""
        return JSONResponse([{"errorCode": refusal.code, "message": refusal.text}], refusal.status)
