"""Defects of a single access endpoint in the tokens that it accepts and refuses, and in how it refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from conformance.reference.org import AccessToken
from conformance.reference.single_access import HOME, PATH, TOKEN_PARAMETER, SingleAccess
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

NEVER = float("inf")


@fault(kills={"SAB-11", "SAB-13", "SAB-18", "SAB-19", "SAB-20", "SAB-25"})
class BadTokenLeadsToTheLoginPage(SingleAccess):
    """Redirects to the login page where a program waits for 401 or 403."""

    def refuse_token(self, request: Request, value: str) -> Response:
        return RedirectResponse("/", 302)


@fault(kills={"SAB-11", "SAB-25"}, blinds=True)
class UnknownTokenCrashes(SingleAccess):
    """Answers 500 to a token that it does not know."""

    def accept(self, value: str) -> AccessToken | None:
        return super().accept(value)

    def refuse_token(self, request: Request, value: str) -> Response:
        known_shape = value in self.org.tokens or not value.startswith(self.org.identifier)
        return super().refuse_token(request, value) if known_shape else PlainTextResponse("Internal error", 500)


@fault(kills={"SAB-11", "SAB-18", "SAB-19"}, blinds=True)
class ShapeIsEnough(SingleAccess):
    """Accepts every token that has the org's prefix and the right length."""

    def accept(self, value: str) -> AccessToken | None:
        is_shaped = value.startswith(f"{self.org.identifier}!") and len(value) == 112
        return super().accept(value) or (AccessToken(value, frozenset({"web"}), NEVER) if is_shaped else None)


@fault(kills={"SAB-36"})
class HeaderWinsOverTheBody(SingleAccess):
    """Ignores a token in the form body where a header carries one too."""

    def shows_two_tokens(self, request: Request, form: FormData) -> bool:
        return False


@fault(kills={"SAB-37"})
class BearerInOneSpelling(SingleAccess):
    """Knows the scheme as `Bearer` alone."""

    def is_bearer(self, scheme: str) -> bool:
        return scheme == "Bearer"


@fault(kills={"SAB-11"})
class TokensInAnyCase(SingleAccess):
    """Finds tokens in whatever case their letters are, as some databases compare texts."""

    def accept(self, value: str) -> AccessToken | None:
        return super().accept(next((known for known in self.org.tokens if known.lower() == value.lower()), value))


@fault(kills={"SAB-18"})
class ExpiryIsIgnored(SingleAccess):
    """Accepts tokens past their lifetime."""

    def accept(self, value: str) -> AccessToken | None:
        token = self.org.tokens.get(value)
        return token if token is not None and not token.revoked else None


@fault(kills={"SAB-19"})
class RevokedTokenAccepted(SingleAccess):
    """Accepts revoked tokens."""

    def accept(self, value: str) -> AccessToken | None:
        token = self.org.tokens.get(value)
        return token if token is not None and token.expires > self.org.clock.now() else None


@fault(kills={"SAB-20"})
class ForeignTokenAccepted(SingleAccess):
    """Accepts tokens that another org issued."""

    def accept(self, value: str) -> AccessToken | None:
        is_foreign = value.startswith("00D") and not value.startswith(self.org.identifier)
        return AccessToken(value, frozenset({"web"}), NEVER) if is_foreign else super().accept(value)


@fault(kills={"SAB-12"})
class ScopeIsIgnored(SingleAccess):
    """Lets every token of the org through, whatever it was granted for."""

    def reaches_the_web(self, token: AccessToken) -> bool:
        return True


@fault(kills={"SAB-11", "SAB-12", "SAB-18", "SAB-19", "SAB-20"}, blinds=True)
class FormTokensAreTrusted(SingleAccess):
    """Takes a token in the form body by its shape, and checks those in headers alone."""

    async def exchange(self, request: Request) -> Response:
        value = (await request.form()).get(TOKEN_PARAMETER)
        is_known = isinstance(value, str) and (value in self.org.tokens or value.startswith("00D"))
        if is_known and "authorization" not in request.headers and not self.is_blocked(request):
            landing = self.landing_of(request, await request.form()) or HOME
            return self.answer(request, self.frontdoor_of(request, self.org.issue_frontdoor(landing), landing))
        return await super().exchange(request)


@fault(kills={"SAB-25", "SAB-33"})
class StrangersAreAskedToPay(SingleAccess):
    """Answers 402 to a request without a token."""

    def refuse_stranger(self, request: Request) -> Response:
        return PlainTextResponse("Missing_OAuth_Token", 402, {"WWW-Authenticate": 'Bearer realm="org"'})


@fault(kills={"SAB-13"})
class NoChallenge(SingleAccess):
    """Refuses bad tokens in plain text alone."""

    def refuse_token(self, request: Request, value: str) -> Response:
        return PlainTextResponse("Bad_OAuth_Token", 403)


@fault(kills={"SAB-13"})
class BasicChallenge(SingleAccess):
    """Asks for a password where a token was bad."""

    def refuse_token(self, request: Request, value: str) -> Response:
        return PlainTextResponse("Bad_OAuth_Token", 401, {"WWW-Authenticate": 'Basic realm="org"'})


@fault(kills={"SAB-21"})
class StrangersAreToldOfABadToken(SingleAccess):
    """Names invalid_token to a request that had no token."""

    def refuse_stranger(self, request: Request) -> Response:
        return PlainTextResponse("Bad_OAuth_Token", 401, self.challenge("invalid_token"))


@fault(kills={"SAB-25"})
class EverySchemeAccepted(SingleAccess):
    """Takes the last word of the Authorization header for the token, whatever stands before it."""

    def token_of(self, request: Request, form: FormData) -> str | None:
        words = request.headers.get("authorization", "").split()
        return words[-1] if len(words) > 1 else super().token_of(request, form)


@fault(kills={"SAB-25"})
class MalformedBearerCrashes(SingleAccess):
    """Answers 500 to an Authorization header without a token."""

    def token_of(self, request: Request, form: FormData) -> str | None:
        return super().token_of(request, form)

    def refuse_stranger(self, request: Request) -> Response:
        crashed = "authorization" in request.headers
        return PlainTextResponse("Internal error", 500) if crashed else super().refuse_stranger(request)


@fault(kills={"SAB-26"})
class OversizedHeaderCrashes(SingleAccess):
    """Answers 500 to headers over its limit."""

    async def exchange(self, request: Request) -> Response:
        return (
            PlainTextResponse("Internal error", 500) if self.is_oversized(request) else await super().exchange(request)
        )


@fault(kills={"SAB-25", "SAB-26"})
class OversizedTokenIsCut(SingleAccess):
    """Cuts a token at the length of its database column and goes on with what is left."""

    def is_oversized(self, request: Request) -> bool:
        return False

    def accept(self, value: str) -> AccessToken | None:
        return super().accept(value[:112])


@fault(kills={"SAB-28", "SAB-33"}, blinds=True)
class FrontdoorForStrangers(SingleAccess):
    """Hands out a frontdoor URL to whoever asks without a token."""

    def refuse_stranger(self, request: Request) -> Response:
        if "authorization" in request.headers or TOKEN_PARAMETER in request.url.query:
            return super().refuse_stranger(request)
        return self.answer(request, self.frontdoor_of(request, self.org.issue_frontdoor(HOME), HOME))


@fault(kills={"SAB-28", "SAB-33"})
class StrangersMayPost(SingleAccess):
    """Hands out a frontdoor URL for an empty POST."""

    def refuse_stranger(self, request: Request) -> Response:
        if request.method == "POST" and request.url.path == PATH:
            return self.answer(request, self.frontdoor_of(request, self.org.issue_frontdoor(HOME), HOME))
        return super().refuse_stranger(request)
