"""Defects of a single access endpoint in the URLs that it hands out, and in the tokens that it refuses."""

from __future__ import annotations

import asyncio
import base64
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from conformance.reference.org import FRONTDOOR_SECONDS, AccessToken, Frontdoor, Org
from conformance.reference.single_access import HOME, PATH, TOKEN_PARAMETER, SingleAccess
from conformance.reference.variants import fault
from conformance.reference.variants.single_access_oddities import LandsByASecondRedirect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import FormData
    from starlette.requests import Request

NEVER = float("inf")

# -------------------------------------------------------------- frontdoor URLs


@fault(kills={"SAB-09"})
class FrontdoorCarriesTheToken(SingleAccess):
    """Puts the access token beside the one-time code."""

    def frontdoor_url(self, request: Request, landing: str, token: AccessToken) -> str:
        return super().frontdoor_url(request, landing, token) + f"&oauth={quote(token.value)}"


@fault(kills={"SAB-09"})
class FrontdoorCarriesTheTokenInBase64(SingleAccess):
    """Puts the access token into the frontdoor URL in base64."""

    def frontdoor_url(self, request: Request, landing: str, token: AccessToken) -> str:
        encoded = base64.urlsafe_b64encode(token.value.encode()).decode()
        return super().frontdoor_url(request, landing, token) + f"&state={encoded}"


@fault(kills={"SAB-10", "SAB-32"})
class FrontdoorWorksTwice(SingleAccess):
    """Keeps the one-time code after its use."""

    async def frontdoor(self, request: Request) -> Response:
        code = request.query_params.get("otp", "")
        kept = self.org.frontdoors.get(code)
        response = await super().frontdoor(request)
        if kept is not None:
            self.org.frontdoors[code] = kept
        return response


@fault(kills={"SAB-10"})
class UsedCodeOpensAnotherPage(SingleAccess):
    """Remembers a used frontdoor URL as a whole, so the code opens again with another page to land on."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self._used: set[str] = set()

    async def frontdoor(self, request: Request) -> Response:
        code = request.query_params.get("otp", "")
        kept = self.org.frontdoors.get(code)
        if str(request.url) in self._used:
            self.org.frontdoors.pop(code, None)
        response = await super().frontdoor(request)
        self._used.add(str(request.url))
        if kept is not None:
            self.org.frontdoors[code] = kept
        return response


@fault(kills={"SAB-32"})
class CodeIsTakenInTwoSteps(SingleAccess):
    """Looks a one-time code up, waits for the database, and only then takes it away."""

    async def frontdoor(self, request: Request) -> Response:
        door = self.org.frontdoors.get(request.query_params.get("otp", ""))
        await asyncio.sleep(0.2)
        response = await super().frontdoor(request)
        return self.enter(door.landing) if door is not None and door.expires > self.org.clock.now() else response


@fault(kills={"SAB-16"})
class FrontdoorNeverExpires(SingleAccess):
    """Keeps an unused one-time code for ever."""

    def frontdoor_url(self, request: Request, landing: str, token: AccessToken) -> str:
        code = self.org.issue_frontdoor(landing)
        self.org.frontdoors[code] = Frontdoor(landing, NEVER)
        return self.frontdoor_of(request, code, landing)


@fault(kills={"SAB-35": "codes-vary"})
class CodesAreCounted(SingleAccess):
    """Makes one-time codes of a counter."""

    def frontdoor_url(self, request: Request, landing: str, token: AccessToken) -> str:
        code = f"{self.org.identifier}!{next(self.numbers):08}"
        self.org.frontdoors[code] = Frontdoor(landing, self.org.clock.now() + FRONTDOOR_SECONDS)
        return self.frontdoor_of(request, code, landing)

    @cached_property
    def numbers(self) -> Iterator[int]:
        """The numbers of the codes."""
        return count(4096)


@fault(kills={"SAB-17": "another-frontdoor-url"}, untested={"SAB-35"})
class FrontdoorIsCached(SingleAccess):
    """Hands out the same frontdoor URL again while nobody has used it."""

    def frontdoor_url(self, request: Request, landing: str, token: AccessToken) -> str:
        for code, door in self.org.frontdoors.items():
            if door.landing == landing and door.expires > self.org.clock.now():
                return self.frontdoor_of(request, code, landing)
        return super().frontdoor_url(request, landing, token)


@fault(kills={"SAB-14"})
class LandingIsCheckedByItsFirstCharacter(SingleAccess):
    """Takes everything that begins with a slash for a path."""

    def is_own_path(self, request: Request, wanted: str) -> bool:
        return wanted.startswith("/")


@fault(kills={"SAB-14"})
class LandingIsCheckedByPrefix(SingleAccess):
    """Takes everything that begins with the org's own address for a page of the org."""

    def is_own_path(self, request: Request, wanted: str) -> bool:
        own = f"https://{request.url.hostname}"
        return wanted.startswith(own) or super().is_own_path(request, wanted)


@fault(kills={"SAB-14"})
class LandingIsNotChecked(SingleAccess):
    """Lands wherever redirect_uri says."""

    def is_own_path(self, request: Request, wanted: str) -> bool:
        return True


@fault(kills={"SAB-14"})
class LandingIsDecodedTwice(SingleAccess):
    """Checks a landing as it came, and decodes it again before it goes there."""

    def enter(self, landing: str) -> Response:
        return super().enter(unquote(unquote(landing)))


@fault(kills={"SAB-14"})
class SecondRedirectLeadsAnywhere(LandsByASecondRedirect):
    """Sends who is logged in to a page of its own, and from there to wherever redirect_uri says."""

    def is_own_path(self, request: Request, wanted: str) -> bool:
        return True


# -------------------------------------------------------------- refused tokens


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
