"""Defects of a single access endpoint in tokens that come in the URL, and in the requests beside them that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import JSONResponse, RedirectResponse, Response

from conformance.reference.single_access import HOME, SESSION_COOKIE, TOKEN_PARAMETER, SingleAccess
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request


@fault(kills={"SAB-01", "SAB-02", "SAB-03", "SAB-31"}, blinds=True)
class QueryTokenAccepted(SingleAccess):
    """Reads the token from the query of a GET, as before the release."""

    def is_blocked(self, request: Request) -> bool:
        return request.method == "POST" and super().is_blocked(request)

    def token_of(self, request: Request, form: FormData) -> str | None:
        return super().token_of(request, form) or request.query_params.get(TOKEN_PARAMETER)


@fault(kills={"SAB-01", "SAB-02", "SAB-03", "SAB-07", "SAB-24"})
class RefusalCarriesTheUrl(SingleAccess):
    """Refuses a token in the query with status 400, and hands out the frontdoor URL all the same."""

    def refuse_token_in_url(self, request: Request) -> Response:
        frontdoor = self.frontdoor_of(request, self.org.issue_frontdoor(HOME), HOME)
        return JSONResponse({"error": "invalid_request", "frontdoor_uri": frontdoor}, 400)


@fault(kills={"SAB-01", "SAB-02", "SAB-03", "SAB-07", "SAB-23", "SAB-24", "SAB-31"})
class RefusalSetsTheSession(SingleAccess):
    """Refuses a token in the query by a redirect to the login page that sets the session cookie."""

    def refuse_token_in_url(self, request: Request) -> Response:
        response = RedirectResponse("/", 302)
        response.set_cookie(SESSION_COOKIE, self.org.open_session())
        return response


@fault(kills={"SAB-02"})
class HeaderWinsOverTheQuery(SingleAccess):
    """Ignores a token in the query of a GET where a header carries one too."""

    def is_blocked(self, request: Request) -> bool:
        has_header = request.method == "GET" and "authorization" in request.headers
        return not has_header and super().is_blocked(request)


@fault(kills={"SAB-03"})
class OnlyTheFirstParameterIsChecked(SingleAccess):
    """Blocks by the first token parameter and reads the last one."""

    def is_blocked(self, request: Request) -> bool:
        first = next(iter(request.query_params.getlist(TOKEN_PARAMETER)), "")
        return first in self.org.tokens

    def token_of(self, request: Request, form: FormData) -> str | None:
        return super().token_of(request, form) or request.query_params.get(TOKEN_PARAMETER)


@fault(kills={"SAB-03", "SAB-27"})
class RawNameIsCompared(SingleAccess):
    """Blocks by the raw text of the query and reads the decoded parameter."""

    def is_blocked(self, request: Request) -> bool:
        return f"{TOKEN_PARAMETER}=" in request.url.query

    def token_of(self, request: Request, form: FormData) -> str | None:
        return super().token_of(request, form) or request.query_params.get(TOKEN_PARAMETER)


@fault(kills={"SAB-30"})
class SemicolonsSeparateAfterTheBlock(SingleAccess):
    """Blocks by a parser that splits at ampersands and reads by one that splits at semicolons too."""

    def token_of(self, request: Request, form: FormData) -> str | None:
        found = super().token_of(request, form)
        for part in request.url.query.replace(";", "&").split("&"):
            name, _, value = part.partition("=")
            if name == TOKEN_PARAMETER and request.method == "GET":
                found = found or value.replace("%21", "!")
        return found


@fault(kills={"SAB-07"}, blinds=True)
class PostQueryTokenAccepted(SingleAccess):
    """Blocks the query of a GET and reads that of a POST."""

    def is_blocked(self, request: Request) -> bool:
        return request.method != "POST" and super().is_blocked(request)

    def token_of(self, request: Request, form: FormData) -> str | None:
        if request.method == "POST" and TOKEN_PARAMETER in request.query_params and TOKEN_PARAMETER in form:
            return None
        return super().token_of(request, form) or request.query_params.get(TOKEN_PARAMETER)


@fault(kills={"SAB-24"})
class BodyWinsOverTheQuery(SingleAccess):
    """Ignores a token in the query of a POST where the body carries one too."""

    async def exchange(self, request: Request) -> Response:
        self._body_has_one = request.method == "POST" and TOKEN_PARAMETER in await request.form()
        return await super().exchange(request)

    def is_blocked(self, request: Request) -> bool:
        return not self._body_has_one and super().is_blocked(request)


@fault(kills={"SAB-31"})
class HeadSkipsTheBlock(SingleAccess):
    """Answers a HEAD before it looks at the query."""

    async def exchange(self, request: Request) -> Response:
        return Response(status_code=200) if request.method == "HEAD" else await super().exchange(request)


@fault(kills={"SAB-22"})
class RefusalRepeatsTheToken(SingleAccess):
    """Quotes the refused parameter with its value."""

    def refuse_token_in_url(self, request: Request) -> Response:
        value = request.query_params[TOKEN_PARAMETER]
        return self.refuse(request, 400, "invalid_request", f"access_token={value} must not be in the query string")


@fault(kills={"SAB-22", "SAB-34"})
class LoginRedirectRepeatsTheToken(SingleAccess):
    """Redirects to the login page with the whole refused URL as the page to come back to."""

    def refuse_token_in_url(self, request: Request) -> Response:
        return RedirectResponse(f"/?startURL={quote(str(request.url), safe='')}", 302)


@fault(kills={"SAB-22"})
class BadTokenIsRepeatedInAHeader(SingleAccess):
    """Names the unknown token in a header of the refusal, for whoever debugs it."""

    def refuse_token(self, request: Request, value: str) -> Response:
        response = super().refuse_token(request, value)
        response.headers["X-Refused-Token"] = quote(value, safe="")
        return response


@fault(kills={"SAB-29"})
class OauthTokenParameterAccepted(SingleAccess):
    """Reads the token from oauth_token, as the userinfo endpoint does."""

    def token_of(self, request: Request, form: FormData) -> str | None:
        return super().token_of(request, form) or request.query_params.get("oauth_token")


@fault(kills={"SAB-05", "SAB-27"})
class BlocksBySubstring(SingleAccess):
    """Blocks every query in which the parameter's name occurs."""

    def is_blocked(self, request: Request) -> bool:
        return TOKEN_PARAMETER in request.url.query or super().is_blocked(request)


@fault(kills={"SAB-05", "SAB-27"})
class BlocksEveryQuery(SingleAccess):
    """Refuses a GET with any query string."""

    def is_blocked(self, request: Request) -> bool:
        return bool(request.url.query)


# -------------------------------------------------------------- allowed forms


@fault(kills={"SAB-04", "SAB-05"}, blinds=True)
class BlocksEveryGet(SingleAccess):
    """Takes the block of tokens in GET queries for a block of GET."""

    def is_blocked(self, request: Request) -> bool:
        return request.method != "POST" or super().is_blocked(request)


@fault(kills={"SAB-05", "SAB-06"})
class LandingIsDropped(SingleAccess):
    """Lands on the home page whatever redirect_uri says."""

    def landing_of(self, request: Request, form: FormData) -> str | None:
        return HOME if super().landing_of(request, form) else None


@fault(kills={"SAB-05"})
class LandingEndsAtItsAmpersand(SingleAccess):
    """Reads a redirect_uri with parameters of its own up to its first ampersand."""

    def landing_of(self, request: Request, form: FormData) -> str | None:
        landing = super().landing_of(request, form)
        return landing.partition("&")[0] if landing else None


@fault(kills={"SAB-06"})
class FormLandingIsDropped(SingleAccess):
    """Reads redirect_uri from the query alone, and lands a POST at home."""

    def landing_of(self, request: Request, form: FormData) -> str | None:
        return HOME if request.method == "POST" else super().landing_of(request, form)


@fault(kills={"SAB-06"}, blinds=True)
class PostBodyIsNotRead(SingleAccess):
    """Takes the token of a POST from the header alone."""

    def token_of(self, request: Request, form: FormData) -> str | None:
        return super().token_of(request, form) if "authorization" in request.headers else None


@fault(kills={"SAB-06"}, blinds=True)
class PostHeaderIsNotRead(SingleAccess):
    """Takes the token of a POST from the form alone."""

    def token_of(self, request: Request, form: FormData) -> str | None:
        found = super().token_of(request, form)
        return found if request.method != "POST" or TOKEN_PARAMETER in form else None
