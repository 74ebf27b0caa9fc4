"""Defects of an authorization server in how it reads who asks, and in the endpoints around the token endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from conformance.reference.client_authentication import CHALLENGE, OAuthError
from conformance.reference.known_clients import CLIENTS, MAIN, Client
from conformance.reference.token_endpoint import INTROSPECT_PATH, NO_STORE, TOKEN_PATH, TokenEndpoint
from conformance.reference.variants import fault, oddity

if TYPE_CHECKING:
    from starlette.requests import Request

# ---------------------------------------------------------------- who is asking


@fault(kills={"CCS-60"})
class UnreadableCredentialsGetBareText(TokenEndpoint):
    """Refuses credentials that cannot be read, and empty secrets, with a bare text."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        if error.code != "unreadable":
            return super().refuse(request, error)
        return PlainTextResponse("Bad Request", 400, NO_STORE)

    def malformed(self, request: Request) -> Client:
        raise OAuthError("unreadable", "")

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        refused = super().not_let_in(client_id, secret, challenge)
        return refused if secret or client_id not in CLIENTS else OAuthError("unreadable", "")


@fault(kills={"CCS-61"})
class OtherClientIdIsIgnored(TokenEndpoint):
    """Looks at the Authorization header, and does not mind the id in the form."""

    def of_header(self, request: Request, fields: dict[str, str]) -> Client:
        return self.by_header(request)


@fault(kills={"CCS-62"})
class BasicInOneSpelling(TokenEndpoint):
    """Knows the scheme as `Basic` alone."""

    def is_basic(self, scheme: str) -> bool:
        return scheme == "Basic"


@fault(kills={"CCS-29"})
class UnknownClientIsDescribed(TokenEndpoint):
    """Says in words whether the client or its secret is wrong."""

    def not_let_in(self, client_id: str, secret: str, challenge: dict[str, str] | None) -> OAuthError:
        error = super().not_let_in(client_id, secret, challenge)
        error.text = "wrong secret" if client_id in CLIENTS else "unknown client"
        return error


@fault(kills={"CCS-75"})
class ClientIdInAnyCase(TokenEndpoint):
    """Takes the id of a client in any case of letters."""

    def client_of(self, client_id: str) -> Client | None:
        return next((client for known, client in CLIENTS.items() if known.lower() == client_id.lower()), None)


@fault(kills={"CCS-86"})
class ClientIdIsTrimmed(TokenEndpoint):
    """Takes the id of a client with blanks around it."""

    def client_of(self, client_id: str) -> Client | None:
        return super().client_of(client_id.strip())


@fault(kills={"CCS-86"})
class SecretIsTrimmed(TokenEndpoint):
    """Takes the secret of a client with blanks around it."""

    def is_secret_of(self, client: Client, secret: str) -> bool:
        return super().is_secret_of(client, secret.strip())


@fault(kills={"CCS-82"})
class SecretInAnyCase(TokenEndpoint):
    """Takes the secret of a client in any case of letters."""

    def is_secret_of(self, client: Client, secret: str) -> bool:
        return super().is_secret_of(client, secret) or client.secret.lower() == secret.lower()


@fault(kills={"CCS-82"})
class BeginningOfTheSecret(TokenEndpoint):
    """Takes a secret of which the end is missing."""

    def is_secret_of(self, client: Client, secret: str) -> bool:
        return len(secret) >= 8 and client.secret.startswith(secret)


@fault(kills={"CCS-82", "CCS-86"})
class MoreThanTheSecret(TokenEndpoint):
    """Reads of a secret as many characters as the right one has, as where a hash or a column cuts it off."""

    def is_secret_of(self, client: Client, secret: str) -> bool:
        return super().is_secret_of(client, secret[: len(client.secret)])


@fault(kills={"CCS-69"})
class FormIsRefusedWithoutChallenge(TokenEndpoint):
    """Answers 401 without a challenge where the credentials came in the form of a token request."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        response = super().refuse(request, error)
        if error.code == "invalid_client" and request.url.path.endswith(TOKEN_PATH):
            response.status_code = 401
        return response


@fault(kills={"CCS-70"})
class ChallengeWithoutRealm(TokenEndpoint):
    """Sends a Basic challenge without a realm."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        response = super().refuse(request, error)
        if "WWW-Authenticate" in response.headers:
            response.headers["WWW-Authenticate"] = "Basic"
        return response


# --------------------------------------------------------------------- requests


@fault(kills={"CCS-71"})
class EveryBodyIsAForm(TokenEndpoint):
    """Reads a form whatever the body is declared as, JSON excepted."""

    def is_form(self, request: Request) -> bool:
        return not request.headers.get("content-type", "").startswith("application/json")

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        if not request.headers.get("content-type", "").startswith("multipart/"):
            return await super().pairs_of(request)
        return [(name, str(value)) for name, value in parts_of(await request.body()).items()]


def parts_of(body: bytes) -> dict[str, str]:
    """The texts of a multipart form by their names."""
    parts = (part.partition(b"\r\n\r\n") for part in body.split(b"--form")[1:-1])
    return {head.split(b'"')[1].decode(): value.removesuffix(b"\r\n").decode() for head, _, value in parts}


@fault(kills={"CCS-73"})
class ParametersInTheQueryAccepted(TokenEndpoint):
    """Reads grant_type, scope and audience from the query where the form is empty."""

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        pairs = await super().pairs_of(request)
        return pairs or [
            pair for pair in parse_qsl(request.url.query) if pair[0] in ("grant_type", "scope", "audience")
        ]


@fault(kills={"CCS-59"})
class OddScopesCrash(TokenEndpoint):
    """Answers 500 to a scope outside of ASCII."""

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        if not fields.get("scope", "").isascii():
            raise OAuthError("server_error", "internal error", 500)
        return super().scopes_of(fields)


@fault(kills={"CCS-74"})
class ErrorCodeOfItsOwn(TokenEndpoint):
    """Refuses what it finds malformed with a code that is registered nowhere, where no requirement names one."""

    def malformed(self, request: Request) -> Client:
        raise OAuthError("bad_header", "the Authorization header cannot be read", 401, CHALLENGE)


@fault(kills={"CCS-77"})
class BrokenEncodingGetsAPage(TokenEndpoint):
    """Answers with a page where the bytes of the form are no UTF-8, or a percent sign stands for itself."""

    async def token(self, request: Request) -> Response:
        body = await request.body()
        try:
            unquote_to_bytes(body).decode()
        except UnicodeDecodeError:
            return Response("<h1>Bad Request</h1>", 400, NO_STORE, "text/html")
        return await super().token(request)


@fault(kills={"CCS-10"})
class RepeatedScopesAreJoined(TokenEndpoint):
    """Joins repeated scopes with a comma, and then knows none of them."""

    def fields_of(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        scopes = [value for name, value in pairs if name == "scope" and value]
        fields = super().fields_of([pair for pair in pairs if pair[0] != "scope"])
        if len(scopes) > 1:
            raise OAuthError("invalid_scope", f"{len(scopes)} scopes are unknown")
        return fields | ({"scope": scopes[0]} if scopes else {})


@fault(kills={"CCS-76"})
class ResourceNamesNoError(TokenEndpoint):
    """Leaves error out of the challenge of its resource."""

    def guarded(self, request: Request, audience: str) -> Response:
        response = super().guarded(request, audience)
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="org"'
        return response


@fault(kills={"CCS-76"})
class ResourceNamesAnotherError(TokenEndpoint):
    """Names an error of the token endpoint in the challenge of its resource."""

    def guarded(self, request: Request, audience: str) -> Response:
        response = super().guarded(request, audience)
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = 'Bearer error="invalid_grant"'
        return response


@fault(kills={"CCS-14"})
class UnknownGrantTypeIs501(TokenEndpoint):
    """Answers 501 to grant types that it does not offer."""

    def refuse(self, request: Request, error: OAuthError) -> Response:
        status = 501 if error.code == "unsupported_grant_type" else error.status
        return super().refuse(request, OAuthError(error.code, error.text, status, error.headers))


# ------------------------------------------------------ introspection, revocation


@fault(kills={"CCS-63"})
class TimesAreFractions(TokenEndpoint):
    """Writes exp with a fraction."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"exp": self.grants[value].end + 0.25} if found["active"] else found


@fault(kills={"CCS-63"})
class TimesAreTexts(TokenEndpoint):
    """Writes exp as text."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"exp": str(found["exp"])} if found["active"] else found


@fault(kills={"CCS-63"})
class ActiveIsText(TokenEndpoint):
    """Writes active as text."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"active": "true"} if found["active"] else found


@fault(kills={"CCS-63"})
class AudienceIsANumber(TokenEndpoint):
    """Names in introspection the number of an audience."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"aud": 7} if found["active"] else found


@fault(kills={"CCS-63"})
class TimesAreMilliseconds(TokenEndpoint):
    """Counts exp in milliseconds."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"exp": self.grants[value].end * 1000} if found["active"] else found


@fault(kills={"CCS-63"})
class IntrospectionNamesAnotherClient(TokenEndpoint):
    """Names a client to which the token was not issued."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"client_id": "another client"} if found["active"] else found


@fault(kills={"CCS-63"})
class TypeOfNoToken(TokenEndpoint):
    """Writes what kind of token it is into token_type."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"token_type": "access_token"} if found["active"] else found


@fault(kills={"CCS-65"})
class NothingIsRevoked(TokenEndpoint):
    """Answers 200 to a revocation that names no token."""

    def revoked(self, fields: dict[str, str]) -> str:
        return fields.get("token", "")


@fault(kills={"CCS-66"})
class NothingIsLookedUp(TokenEndpoint):
    """Answers 200 to an introspection that names no token."""

    def looked_up(self, fields: dict[str, str]) -> str:
        return fields.get("token", "")


@fault(kills={"CCS-67"})
class StrangersGetNoChallenge(TokenEndpoint):
    """Answers 401 without a challenge to who revokes without credentials."""

    def revoker(self, request: Request, fields: dict[str, str]) -> Client:
        if "authorization" not in request.headers and "client_id" not in fields and "client_assertion" not in fields:
            raise OAuthError("invalid_client", "no credentials", 401)
        return super().revoker(request, fields)


@fault(kills={"CCS-68"})
class IntrospectionTakesAnySecret(TokenEndpoint):
    """Asks for credentials at introspection, and takes any."""

    def caller(self, request: Request, fields: dict[str, str]) -> Client:
        return MAIN if "authorization" in request.headers else super().caller(request, fields)


@fault(kills={"CCS-68"})
class IntrospectionRefusesWith403(TokenEndpoint):
    """Answers 403 where the caller's secret is wrong."""

    def caller(self, request: Request, fields: dict[str, str]) -> Client:
        try:
            return super().caller(request, fields)
        except OAuthError as error:
            error.status = 403
            raise


@fault(kills={"CCS-72"})
class IntrospectionByGet(TokenEndpoint):
    """Serves GET at introspection too."""

    def routes(self) -> list[Route]:
        return [*super().routes(), Route(self.prefix + INTROSPECT_PATH, self.introspect, methods=["GET"])]

    async def pairs_of(self, request: Request) -> list[tuple[str, str]]:
        return list(request.query_params.multi_items()) if request.method == "GET" else await super().pairs_of(request)


@fault(kills={"CCS-52"})
class IntrospectionCrashesAtUnknownTokens(TokenEndpoint):
    """Answers 500 where the token is unknown."""

    async def introspect(self, request: Request) -> Response:
        response = await super().introspect(request)
        known = dict(parse_qsl((await request.body()).decode("latin-1"))).get("token", "") in self.grants
        return response if known or response.status_code != 200 else Response(status_code=500)


@fault(kills={"CCS-78"})
class StrangersRevokeNothing(TokenEndpoint):
    """Answers 200 to a revocation without credentials, and does nothing."""

    async def revoke(self, request: Request) -> Response:
        response = await super().revoke(request)
        fields = dict(parse_qsl((await request.body()).decode("latin-1")))
        is_stranger = "authorization" not in request.headers and "token" in fields and "client_id" not in fields
        return Response(status_code=200) if is_stranger and "client_assertion" not in fields else response


@oddity
class WholeSecondsWithAPoint(TokenEndpoint):
    """Writes exp as 1.0 is written, which is the same number in JSON, and its texts with the id of a trace."""

    def state_of(self, value: str, client: Client) -> dict[str, object]:
        found = super().state_of(value, client)
        return found | {"exp": float(self.grants[value].end)} if found["active"] else found

    def refuse(self, request: Request, error: OAuthError) -> Response:
        text = f"{error.text} (trace {id(error):x}0a)"
        return JSONResponse({"error": error.code, "error_description": text}, error.status, error.headers)
