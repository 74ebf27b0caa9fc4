"""Defects of a token endpoint in what it answers: to those it lets in, and to the others."""

from __future__ import annotations

import base64
import codecs
import time
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from conformance.reference.client_authentication import OAuthError
from conformance.reference.known_clients import CLIENTS, Client
from conformance.reference.token_endpoint import FORM, NO_STORE, Grant, TokenEndpoint
from conformance.reference.variants import fault
from conformance.reference.variants.token_endpoint_dialects import SpeaksSalesforce

if TYPE_CHECKING:
    from starlette.requests import Request

NO_CODES = {"CCS-12", "CCS-13", "CCS-14", "CCS-21", "CCS-25", "CCS-37", "CCS-57", "CCS-58"}
"""The requirements that name an error code."""

# ----------------------------------------------------------------- good answers


@fault(kills={"CCS-01"})
class NoTokenType(TokenEndpoint):
    """Leaves token_type out."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return {name: member for name, member in super().members(value, grant).items() if name != "token_type"}


@fault(kills={"CCS-01"})
class TokenAnswerIsDeclaredAsText(TokenEndpoint):
    """Declares its JSON as text."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        return JSONResponse(members, headers=NO_STORE, media_type="text/plain")


@fault(kills={"CCS-01"})
class TokenAnswerBeginsWithAMark(TokenEndpoint):
    """Writes a byte order mark before its JSON."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        plain = super().answer(request, members)
        return Response(codecs.BOM_UTF8 + bytes(plain.body), headers=NO_STORE, media_type="application/json")


@fault(kills={"CCS-01"})
class FormUnlessJsonIsAskedFor(TokenEndpoint):
    """Answers in a form where Accept does not name JSON."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        if "json" in request.headers.get("accept", ""):
            return super().answer(request, members)
        return Response(urlencode(members), headers=NO_STORE, media_type=FORM)


@fault(kills={"CCS-05"})
class TypeOfTokenComesTwice(TokenEndpoint):
    """Names the type of its tokens twice."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        return twice(super().answer(request, members), "token_type", "Bearer")


def twice(answer: Response, name: str, value: str) -> Response:
    """An answer whose object has one member more, behind the others, of a name that it has."""
    answer.body = bytes(answer.body).removesuffix(b"}") + f',"{name}":"{value}"}}'.encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer


@fault(kills={"CCS-02"})
class TokenAnswerIsCacheable(TokenEndpoint):
    """Lets private caches keep the token."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        return JSONResponse(members, headers={"Cache-Control": "private, max-age=3600", "Pragma": "no-cache"})


@fault(kills={"CCS-03"})
class TokenAnswerHasNoPragma(TokenEndpoint):
    """Leaves Pragma out."""

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        return JSONResponse(members, headers={"Cache-Control": "no-store"})


@fault(kills={"CCS-04"})
class RefreshTokenToo(TokenEndpoint):
    """Adds a refresh token."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"refresh_token": "5Aep861made-up-refresh-token"}


@fault(kills={"CCS-05"})
class LifetimeIsText(TokenEndpoint):
    """Writes expires_in as text."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"expires_in": "7200"}


@fault(kills={"CCS-05"})
class TypeOfTokenIsMadeUp(TokenEndpoint):
    """Names a type of tokens that is not registered."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"token_type": "access_token"}

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"token_type": "access_token"} if found["active"] else found


@fault(kills={"CCS-83"})
class LifetimeIsADay(TokenEndpoint):
    """Says that its tokens live for a day."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"expires_in": 86_400}


@fault(kills={"CCS-83"})
class LifetimeIsNothing(TokenEndpoint):
    """Says that its tokens live for no time, where it means for ever."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"expires_in": 0}


@fault(kills={"CCS-83"})
class NotGoodYet(TokenEndpoint):
    """Issues tokens that are good from a later hour on."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"nbf": int(time.time()) + 3600} if found["active"] else found


@fault(kills={"CCS-84"}, untested={"CCS-50"})
class TokensAreCounted(TokenEndpoint):
    """Makes tokens of a counter."""

    def token_value(self, request: Request, grant: Grant) -> str:
        return f"{self.org.identifier}!{len(self.grants):024}"


@fault(kills={"CCS-05", "CCS-36"})
class ScopeIsAList(TokenEndpoint):
    """Writes scope as a list, so nobody can tell what was granted."""

    def members(self, value: str, grant: Grant) -> dict[str, object]:
        return super().members(value, grant) | {"scope": list(grant.scopes)}


@fault(kills={"CCS-06"})
class TokenIsHuge(TokenEndpoint):
    """Puts every group of the client into the token."""

    def claims(self, request: Request, grant: Grant) -> dict[str, Any]:
        groups = [f"cn=group-{number},ou=groups,dc=example,dc=com" for number in range(250)]
        return super().claims(request, grant) | {"groups": groups}


@fault(kills={"CCS-07"})
class TokensAreCached(TokenEndpoint):
    """Hands out the same token again while it lives."""

    def token_value(self, request: Request, grant: Grant) -> str:
        for value, known in self.grants.items():
            if known == grant and self.org.is_live(self.org.tokens[value]):
                return value
        return super().token_value(request, grant)


@fault(kills={"CCS-46"})
class EveryOriginMayRead(TokenEndpoint):
    """Lets the pages of every origin read its answers, with credentials."""

    async def token(self, request: Request) -> Response:
        response = await super().token(request)
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("origin", "*")
        response.headers["Access-Control-Allow-Credentials"] = "true"
        return response


# --------------------------------------------------------------------- refusals


@fault(kills={"CCS-43", "CCS-60"})
class RefusalIsDeclaredAsText(TokenEndpoint):
    """Declares its refusals as text."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        response = super().refuse(request, error)
        response.headers["Content-Type"] = "text/plain"
        return response


@fault(kills={"CCS-43", "CCS-60"})
class RefusalNamesItsErrorTwice(TokenEndpoint):
    """Names its error code twice."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        return twice(super().refuse(request, error), "error", error.code)


@fault(kills={"CCS-43", "CCS-60"})
class RefusalQuotesTheRequest(TokenEndpoint):
    """Quotes what it was asked for, in quotes."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        text = f'{error.text}: "{error.code}"'
        return super().refuse(request, OAuthError(error.code, text, error.status, error.headers))


@fault(kills={*NO_CODES, "CCS-43", "CCS-60"}, blinds=True)
class RefusalIsAPage(TokenEndpoint):
    """Refuses with a page for people."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        return Response(f"<h1>{error.text}</h1>", error.status, error.headers, "text/html")


@fault(kills={"CCS-44"})
class RefusalIsCacheable(TokenEndpoint):
    """Says nothing about caches in its refusals."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        response = super().refuse(request, error)
        del response.headers["Cache-Control"]
        return response


@fault(kills={"CCS-45"})
class RefusalRepeatsTheSecret(TokenEndpoint):
    """Repeats the credentials of those whose request is wrong otherwise."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        if error.code == "invalid_client" or "authorization" not in request.headers:
            return super().refuse(request, error)
        pair = base64.b64decode(request.headers["authorization"].partition(" ")[2]).decode()
        return super().refuse(request, OAuthError(error.code, f"{error.text} (client {pair})"))


@fault(kills={"CCS-21", "CCS-29"})
class WrongSecretIsAnInvalidGrant(TokenEndpoint):
    """Says invalid_grant where the secret of a known client is wrong."""

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        error = super().not_let_in(client_id, secret, challenge)
        error.code = "invalid_grant" if client_id in CLIENTS else error.code
        return error


@fault(kills={"CCS-25", "CCS-29"})
class UnknownClientIsAnInvalidRequest(TokenEndpoint):
    """Says invalid_request where the client is unknown."""

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        error = super().not_let_in(client_id, secret, challenge)
        error.code = error.code if client_id in CLIENTS else "invalid_request"
        return error


@fault(kills={"CCS-29"})
class UnknownClientHasNoChallengeText(TokenEndpoint):
    """Leaves the description out where the client is unknown."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        if error.text != "unknown":
            return super().refuse(request, error)
        return JSONResponse({"error": error.code}, error.status, error.headers)

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        error = super().not_let_in(client_id, secret, challenge)
        error.text = error.text if client_id in CLIENTS else "unknown"
        return error


@fault(kills={"CCS-22", "CCS-60", "CCS-67"})
class RefusalHasNoChallenge(TokenEndpoint):
    """Answers 401 without WWW-Authenticate."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        response = super().refuse(request, error)
        del response.headers["WWW-Authenticate"]
        return response


@fault(kills={"CCS-22", "CCS-60", "CCS-68"})
class RefusalOfBasicIs400(TokenEndpoint):
    """Answers 400 although the Authorization header was used."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        return super().refuse(request, OAuthError(error.code, error.text, 400))


@fault(
    kills={
        "CCS-19",
        "CCS-21",
        "CCS-23",
        "CCS-24",
        "CCS-25",
        "CCS-26",
        "CCS-28",
        "CCS-30",
        "CCS-34",
        "CCS-53",
        "CCS-60",
        "CCS-68",
        "CCS-75",
        "CCS-78",
        "CCS-82",
        "CCS-86",
    },
    blinds=True,
)
class RefusalIs200(TokenEndpoint):
    """Refuses clients with status 200."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        status = 200 if error.code == "invalid_client" else error.status
        return super().refuse(request, OAuthError(error.code, error.text, status, error.headers))


@fault(kills={"CCS-21", "CCS-23", "CCS-24", "CCS-60", "CCS-68", "CCS-82", "CCS-86"}, blinds=True)
class WrongSecretCrashes(TokenEndpoint):
    """Answers 500 where the secret of a known client is wrong."""

    def is_secret_of(self, client: Client, secret: str) -> bool:
        if not super().is_secret_of(client, secret):
            raise OAuthError("server_error", "internal error", 500)
        return True


@fault(kills={"CCS-28", "CCS-60"})
class MalformedHeaderCrashes(TokenEndpoint):
    """Answers 500 to an Authorization header that it cannot read."""

    def malformed(self, request: Request) -> Client:
        raise OAuthError("server_error", "internal error", 500)


@fault(kills={"CCS-57"})
class LoginHostServesEverybody(TokenEndpoint):
    """Serves the grant on the general login host."""

    async def login_host(self, request: Request) -> Response:
        return await self.token(request)


@fault(kills={"CCS-58"})
class FallsBackToAnotherUser(TokenEndpoint):
    """Runs as some user where the app has none."""

    def without_user(self, request: Request, client: Client, audience: str, scopes: tuple[str, ...]) -> Response:
        return self.issue(request, Grant(client, audience, scopes))


@fault(kills={"CCS-22", "CCS-25", "CCS-29", "CCS-37", "CCS-60", "CCS-68"})
class SpeaksSalesforceUndeclared(SpeaksSalesforce):
    """Answers in Salesforce's dialect, and the target file does not say so."""

    capabilities: ClassVar[dict[str, object]] = {}
