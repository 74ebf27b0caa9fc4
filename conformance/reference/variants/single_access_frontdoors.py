"""Defects of a single access endpoint in the frontdoor URLs that it hands out, and in the answers that carry them."""

from __future__ import annotations

import asyncio
import base64
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.reference.org import FRONTDOOR_SECONDS, AccessToken, Frontdoor, Org
from conformance.reference.single_access import SingleAccess
from conformance.reference.variants import fault
from conformance.reference.variants.single_access_oddities import LandsByASecondRedirect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

NEVER = float("inf")


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


@fault(kills={"SAB-17": "another-frontdoor-url"})
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


@fault(kills={"SAB-08"})
class FrontdoorIsRelative(SingleAccess):
    """Hands out a frontdoor URL without scheme and host."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        return super().answer(request, "/" + frontdoor.split("/", 3)[3])


@fault(kills={"SAB-08"})
class MemberIsRenamed(SingleAccess):
    """Names the member frontdoor_url."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        return JSONResponse({"frontdoor_url": frontdoor}, headers={"Cache-Control": "no-store"})


@fault(kills={"SAB-08"})
class AnswerIsText(SingleAccess):
    """Sends the JSON as plain text."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        body = bytes(super().answer(request, frontdoor).body)
        return PlainTextResponse(body, headers={"Cache-Control": "no-store"})


@fault(kills={"SAB-08", "SAB-14"}, blinds=True)
class FrontdoorOnAnotherHost(SingleAccess):
    """Hands out a frontdoor URL on the login host of another org."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        return super().answer(request, "https://login.example.com/" + frontdoor.split("/", 3)[3])


@fault(kills={"SAB-15"})
class AnswerIsCacheable(SingleAccess):
    """Lets private caches keep the answer for a minute."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        response = super().answer(request, frontdoor)
        response.headers["Cache-Control"] = "private, max-age=60"
        return response


@fault(kills={"SAB-15"})
class FormAnswersAreCacheable(SingleAccess):
    """Forbids caches to keep the answer to a header, and not the answer to a form body."""

    def answer(self, request: Request, frontdoor: str) -> Response:
        response = super().answer(request, frontdoor)
        if "authorization" not in request.headers:
            del response.headers["Cache-Control"]
        return response
