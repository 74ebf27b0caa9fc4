"""Single access endpoints that are unusual and correct."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from conformance.reference.single_access import BAD_TOKEN, HOME, SESSION_COOKIE, TOKEN_PARAMETER, SingleAccess
from conformance.reference.variants import oddity

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request


@oddity
class RefusesQueryTokensWith401(SingleAccess):
    """Refuses a token in the query with status 401."""

    def refuse_token_in_url(self, request: Request) -> Response:
        return self.refuse(request, 401, "invalid_token", "send the token in the Authorization header")


@oddity
class RefusesQueryTokensInPlainText(SingleAccess):
    """Refuses a token in the query with status 403 and two words of plain text."""

    def refuse_token_in_url(self, request: Request) -> Response:
        return PlainTextResponse(BAD_TOKEN, 403)


@oddity
class RefusesQueryTokensByLoginRedirect(SingleAccess):
    """Sends a request with a token in the query to the login page."""

    def refuse_token_in_url(self, request: Request) -> Response:
        return RedirectResponse("/?ec=302", 302)


@oddity
class RefusesQueryTokensByLoginPage(SingleAccess):
    """Answers a token in the query with the login page itself, status 200."""

    def refuse_token_in_url(self, request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>Login</title><form method=post></form>")


@oddity
class DoesNotKnowQueryTokens(SingleAccess):
    """Treats a lone token in the query as no token at all, and says so as to any stranger."""

    def refuse_token_in_url(self, request: Request) -> Response:
        return self.refuse_stranger(request)


@oddity
class RevokesLeakedTokens(SingleAccess):
    """Revokes a token that came in a query, because it has leaked."""

    def is_blocked(self, request: Request) -> bool:
        for value in request.query_params.getlist(TOKEN_PARAMETER):
            self.org.revoke(value)
        return super().is_blocked(request)


@oddity
class StandardStatuses(SingleAccess):
    """Refuses bad tokens with 401 and JSON, as RFC 6750 has it, in place of the plain text 403."""

    def refuse_token(self, request: Request, value: str) -> Response:
        return self.refuse(request, 401, "invalid_token", "the token is not valid")


@oddity
class LowerCaseBearer(SingleAccess):
    """Writes the scheme of its challenges in lower case, after another challenge."""

    def challenge(self, error: str) -> dict[str, str]:
        return {"WWW-Authenticate": f'negotiate, bearer realm="org", error="{error}"'}


@oddity
class ChunkedAnswers(SingleAccess):
    """Sends its good answers in chunks of a few bytes, without a length."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        def chunks() -> Iterator[bytes]:
            body = json.dumps({"frontdoor_uri": frontdoor}).encode()
            for start in range(0, len(body), 7):
                yield body[start : start + 7]

        return StreamingResponse(chunks(), media_type="application/json", headers={"Cache-Control": "no-store"})


@oddity
class CompressedAnswers(SingleAccess):
    """Compresses its good answers although nobody asked for it."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        body = gzip.compress(json.dumps({"frontdoor_uri": frontdoor}).encode())
        headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
        return Response(body, media_type="application/json", headers=headers)


@oddity
class ExtraMembersBesideTheFrontdoor(SingleAccess):
    """Answers with more members than clients know, under a vendor's media type."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        answer = {
            "issued_at": "1761955200000",
            "expires_in": 300,
            "links": [],
            "frontdoor_uri": frontdoor,
            "error": None,
        }
        headers = {"Cache-Control": "no-cache, no-store, must-revalidate"}
        return JSONResponse(answer, headers=headers, media_type="application/vnd.example.bridge+json")


@oddity
class CreatedAnswers(SingleAccess):
    """Answers 200 to a GET and 201 to a POST."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        response = super().answer(request, frontdoor)
        response.status_code = 201 if request.method == "POST" else 200
        return response


@oddity
class HeadIsNotAllowed(SingleAccess):
    """Knows no HEAD."""

    async def exchange(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status_code=405, headers={"Allow": "GET, POST"})
        return await super().exchange(request)


@oddity
class CookiesEverywhere(SingleAccess):
    """Sets a browser id, and deletes the session cookie, on every answer of the endpoint."""

    async def exchange(self, request: Request) -> Response:
        response = await super().exchange(request)
        response.set_cookie("BrowserId", "b3f1c2d4e5a6")
        response.delete_cookie(SESSION_COOKIE)
        return response


@oddity
class ForeignLandingsLandAtHome(SingleAccess):
    """Does not refuse a foreign redirect_uri, and lands on the home page instead."""

    def landing_of(self, request: Request, form: FormData) -> str | None:
        return super().landing_of(request, form) or HOME


@oddity
class EntersByPage(SingleAccess):
    """Starts the session with a page that goes on by script, in place of a redirect."""

    def enter(self, landing: str) -> Response:
        response = HTMLResponse(f"<!doctype html><script>location.replace({json.dumps(landing)})</script>")
        response.set_cookie(SESSION_COOKIE, self.org.open_session(), httponly=True)
        return response


@oddity
class LandsByASecondRedirect(SingleAccess):
    """Sends who is logged in to a page that sends him on to where he wants to go."""

    def enter(self, landing: str) -> Response:
        return super().enter(f"/lightning/go?retURL={quote(landing, safe='')}")

    async def page(self, request: Request) -> Response:
        found, wanted = await super().page(request), request.query_params.get("retURL")
        return RedirectResponse(wanted, 302) if found.status_code == 200 and wanted else found


@oddity
class FrontdoorOnASiteHost(SingleAccess):
    """Hands out frontdoor URLs on another host of the same org."""

    def frontdoor_of(self, request: Request, code: str, landing: str) -> str:
        return super().frontdoor_of(request, code, landing).replace("127.0.0.1", "localhost", 1)


@oddity
class SayLittleToStrangers(SingleAccess):
    """Refuses everybody with the same bare 403 and no challenge but the scheme."""

    def challenge(self, error: str) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}

    def refuse_stranger(self, request: Request) -> Response:
        return Response(status_code=403, headers={"WWW-Authenticate": "Bearer"})
