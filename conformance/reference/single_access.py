"""The single access endpoint of the reference, with the frontdoor behind it. Variants replace one small step."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from conformance.reference.known_clients import api_form, user_form
from conformance.reference.org import TOKEN_SECONDS, AccessToken, authorization_of
from conformance.reference.role import Role
from conformance.reference.token_endpoint import OTHER_ORG, REVOKE_PATH, TOKEN_PATH

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

PATH = "/services/oauth2/singleaccess"
HOME = "/lightning/page/home"
TOKEN_PARAMETER = "access_token"
SESSION_COOKIE = "sid"
MAX_HEADER = 16_384
"""Salesforce's limit for the headers of a REST call, in bytes."""

BAD_TOKEN = "Bad_OAuth_Token"
INVALID_SCOPE = "Invalid_Scope"


class SingleAccess(Role):
    """Swaps an access token for a frontdoor URL that works once."""

    role: ClassVar[str] = "single_access"

    def routes(self) -> list[Route]:
        """The endpoint, the frontdoor, the way out, and a page to land on."""
        return [
            Route(PATH, self.exchange, methods=["GET", "HEAD", "POST"]),
            Route("/secur/frontdoor.jsp", self.frontdoor, methods=["GET"]),
            Route("/secur/logout.jsp", self.logout, methods=["GET"]),
            Route("/lightning/{page:path}", self.page, methods=["GET"]),
            Route("/", self.login_page, methods=["GET"]),
        ]

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        """The role's part of the target file."""
        return {
            "base_url": base_url,
            "token": {"url": base_url + TOKEN_PATH, "form": user_form()},
            "token_lifetime_seconds": TOKEN_SECONDS,
            "foreign_token": {"url": base_url + OTHER_ORG + TOKEN_PATH, "form": user_form()},
            "token_without_web": {"url": base_url + TOKEN_PATH, "form": api_form()},
            "revocation_url": base_url + REVOKE_PATH,
            "hosts": ["localhost"],
        }

    async def exchange(self, request: Request) -> Response:
        """The endpoint itself: first the block, then the token, then what it is good for, then the answer."""
        form = await request.form()
        if self.is_oversized(request):
            return self.refuse(request, 431, "invalid_request", "the headers are too large")
        if self.is_blocked(request):
            return self.refuse_token_in_url(request)
        if self.shows_two_tokens(request, form):
            return self.refuse(request, 400, "invalid_request", "the token is sent in more than one way")
        value = self.token_of(request, form)
        if value is None:
            return self.refuse_stranger(request)
        token = self.accept(value)
        if token is None:
            return self.refuse_token(request, value)
        if not self.reaches_the_web(token):
            return self.refuse_scope(request)
        landing = self.landing_of(request, form)
        if landing is None:
            return self.refuse(request, 400, "invalid_request", "redirect_uri is not a path of this org")
        return self.answer(request, self.frontdoor_url(request, landing, token))

    # ----------------------------------------------------------------- steps

    def is_oversized(self, request: Request) -> bool:
        """Whether the headers are longer than the org accepts."""
        return sum(len(name) + len(value) for name, value in request.headers.raw) > MAX_HEADER

    def is_blocked(self, request: Request) -> bool:
        """Whether the query carries an access token, whatever its value and however often."""
        return TOKEN_PARAMETER in request.query_params

    def shows_two_tokens(self, request: Request, form: FormData) -> bool:
        """Whether a POST has a token in its header and in its form body."""
        return request.method == "POST" and "authorization" in request.headers and TOKEN_PARAMETER in form

    def token_of(self, request: Request, form: FormData) -> str | None:
        """The access token of a request: from the Authorization header, or from the form body of a POST."""
        scheme, value = authorization_of(request)
        if self.is_bearer(scheme) and value:
            return value
        posted = form.get(TOKEN_PARAMETER) if request.method == "POST" else None
        return posted if isinstance(posted, str) and posted else None

    def is_bearer(self, scheme: str) -> bool:
        """Whether this is the name of the scheme."""
        return scheme.lower() == "bearer"

    def accept(self, value: str) -> AccessToken | None:
        """The live token of this org with this value."""
        token = self.org.tokens.get(value)
        return token if token is not None and self.org.is_live(token) else None

    def reaches_the_web(self, token: AccessToken) -> bool:
        """Whether the token's scopes include the user interface."""
        return bool(token.scopes & {"web", "full"})

    def landing_of(self, request: Request, form: FormData) -> str | None:
        """The path to land on; None if the wanted one is not a path of this org."""
        wanted = form.get("redirect_uri") or request.query_params.get("redirect_uri") or HOME
        return wanted if isinstance(wanted, str) and self.is_own_path(request, wanted) else None

    def is_own_path(self, request: Request, wanted: str) -> bool:
        """Whether a browser stays on this host when it follows this path."""
        is_plain = wanted.isprintable() and "\\" not in wanted
        return is_plain and wanted.startswith("/") and not wanted.startswith("//")

    def frontdoor_url(self, request: Request, landing: str, token: AccessToken) -> str:
        """A new frontdoor URL."""
        return self.frontdoor_of(request, self.org.issue_frontdoor(landing), landing)

    def frontdoor_of(self, request: Request, code: str, landing: str) -> str:
        """The frontdoor URL for a one-time code, on the host that was asked."""
        query = urlencode({"otp": code, "startURL": landing, "cshc": "0"})
        return f"{str(request.base_url).rstrip('/')}/secur/frontdoor.jsp?{query}"

    # --------------------------------------------------------------- answers

    def answer(self, request: Request, frontdoor: str) -> Response:
        """The good answer."""
        return JSONResponse({"frontdoor_uri": frontdoor}, headers={"Cache-Control": "no-store"})

    def refuse_token_in_url(self, request: Request) -> Response:
        """The answer to a token in the query."""
        return self.refuse(request, 400, "invalid_request", "the access token must not be in the query string")

    def refuse_stranger(self, request: Request) -> Response:
        """The answer to a request without credentials."""
        return PlainTextResponse("Missing_OAuth_Token", 401, {"WWW-Authenticate": 'Bearer realm="org"'})

    def refuse_token(self, request: Request, value: str) -> Response:
        """The answer to a token that is not one of this org's live tokens."""
        return PlainTextResponse(BAD_TOKEN, 403, self.challenge("invalid_token"))

    def refuse_scope(self, request: Request) -> Response:
        """The answer to a token that is not meant for the user interface."""
        return PlainTextResponse(INVALID_SCOPE, 403, self.challenge("insufficient_scope"))

    def refuse(self, request: Request, status: int, error: str, description: str) -> Response:
        """Any other refusal."""
        return JSONResponse({"error": error, "error_description": description}, status, self.challenge(error))

    def challenge(self, error: str) -> dict[str, str]:
        """The headers of a refusal."""
        return {"WWW-Authenticate": f'Bearer realm="org", error="{error}"', "Cache-Control": "no-store"}

    # ------------------------------------------------------------- frontdoor

    async def frontdoor(self, request: Request) -> Response:
        """Open the door once: a session cookie and the way to the landing page; else the login page."""
        door = self.org.redeem(request.query_params.get("otp", ""))
        if door is None:
            return RedirectResponse(f"/?ec=302&startURL={quote(HOME, safe='')}", 302)
        return self.enter(door.landing)

    def enter(self, landing: str) -> Response:
        """Start a session and send the browser to its landing page."""
        response = RedirectResponse(landing, 302)
        response.set_cookie(SESSION_COOKIE, self.org.open_session(), httponly=True, samesite="lax")
        return response

    async def logout(self, request: Request) -> Response:
        """End the session of the cookie."""
        self.org.sessions.discard(request.cookies.get(SESSION_COOKIE, ""))
        response = RedirectResponse("/", 302)
        response.delete_cookie(SESSION_COOKIE)
        return response

    async def page(self, request: Request) -> Response:
        """A page for people who are logged in."""
        if request.cookies.get(SESSION_COOKIE) not in self.org.sessions:
            return RedirectResponse("/", 302)
        return HTMLResponse("<!doctype html><title>Home</title><p>Welcome back.")

    async def login_page(self, request: Request) -> Response:
        """A page for people who are not."""
        return HTMLResponse("<!doctype html><title>Login</title><form method=post><input name=username></form>")
