"""The org that a client under test talks to: all roles of the reference at one address, with secrets of its own."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.apps import App, Consumer, Pair, some_apps
from conformance.reference.business_system import BusinessSystem
from conformance.reference.business_system_pages import encoded
from conformance.reference.client_authentication import OAuthError
from conformance.reference.counterpart.bulk import Bulk
from conformance.reference.counterpart.data import APEX_PATH, DATA_PATH, NAME, USER, Data
from conformance.reference.file_service import BINARY, FileService
from conformance.reference.file_service import Refusal as FileRefusal
from conformance.reference.known_clients import Client
from conformance.reference.org import AccessToken, Org, authorization_of
from conformance.reference.records import Record, Records, WallClock, new_id
from conformance.reference.single_access import SingleAccess
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.staged_credentials_access import MANAGE
from conformance.reference.token_endpoint import NO_STORE, REVOKE_PATH, Grant, TokenEndpoint
from conformance.rules.bearer_origins import SESSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from conformance.http.exchange import Exchange

USERINFO_PATH = "/services/oauth2/userinfo"
DISCOVERY_PATH = "/.well-known/openid-configuration"
SINK_PATH = "/sink"
_PAGE_OF_RECORDS = 2
_PAGE_OF_APPS = 9  # so that the app is on page 12
UNSERVED = b'[{"errorCode": "NOT_FOUND", "message": "Nothing of the org of this run is here"}]'


class CounterpartOrg:
    """One org, made for one run of a client. Nothing in it is known before.

    Attributes:
        client: the client that may do everything.
        refresh_token: what a user gave the client.
        token: an access token of that user.
        codes: the one-time codes that were handed out.
    """

    def __init__(self) -> None:
        self.org = _RememberingOrg()
        self.client = Client(f"3MVG9{secrets.token_hex(40)}", secrets.token_hex(32).upper())
        self.refresh_token = f"5Aep861{secrets.token_hex(40)}"
        self.staged = _Staged(self.org, "")
        self.tokens = _Tokens(self)
        self.feed = _Feed(self.org)
        self.files = _Files(self.org)
        self.token = self.org.issue_token(frozenset({"api", "web", MANAGE}))

    @property
    def rotating(self) -> App:
        """The external client app whose credentials are rotated."""
        return next(app for app in self.staged.apps.values() if app.developer_name == "Rotating")

    @property
    def consumer(self) -> Consumer:
        """The consumer whose credentials are rotated: the last one of its app."""
        return list(self.rotating.consumers.values())[-1]

    @property
    def app(self) -> ASGIApp:
        """The application. Two slashes at the beginning of a path are one: the Salesforce CLI sends them."""
        app = Starlette(
            routes=[
                *self.tokens.routes(),
                *SingleAccess(self.org).routes(),
                *self.staged.routes_of_one_org(),
                *Data(self._is_let_in).routes(),
                *Bulk(self._is_let_in).routes(),
                *self.feed.routes(),
                *self.files.routes(),
            ],
            exception_handlers={404: _unserved, 405: _unserved},
        )

        async def with_one_slash(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                scope["path"] = f"/{scope['path'].lstrip('/')}"
            await app(scope, receive, send)

        return with_one_slash

    def _is_let_in(self, request: Request) -> bool:
        return token_in(self.org, request) is not None

    def expire_token(self) -> None:
        """End the access token that the client was given."""
        self.token.expires = 0.0

    @property
    def secrets(self) -> Sequence[tuple[str, str]]:
        """All secrets so far, each with its kind."""
        pairs = self.staged.ever
        return [
            (self.client.secret, "client_secret"),
            (self.refresh_token, "refresh_token"),
            *((value, "token") for value in self.org.tokens),
            *((pair.secret, "staged_secret") for pair in pairs),
        ]

    @property
    def codes(self) -> Sequence[str]:
        """The one-time codes of frontdoor URLs so far."""
        return self.org.codes


def is_unserved(exchange: Exchange) -> bool:
    """Whether no part of the org has the address that was asked for, or the method there."""
    return exchange.response is not None and exchange.response.body == UNSERVED


async def _unserved(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    return Response(UNSERVED, status, headers, media_type="application/json")


class _RememberingOrg(Org):
    """An org that knows the one-time codes that it handed out."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[str] = []

    def issue_frontdoor(self, landing: str) -> str:
        code = super().issue_frontdoor(landing)
        self.codes.append(code)
        return code


def token_in(org: Org, request: Request) -> AccessToken | None:
    """The live token of a request, wherever it is: a client that puts it into a URL is let in, and found out."""
    scheme, value = authorization_of(request)
    if scheme.lower() not in ("bearer", "oauth"):
        asked = request.query_params
        value = asked.get("access_token", asked.get("oauth_token", request.headers.get(SESSION.decode(), "")))
    token = org.tokens.get(value)
    return token if token is not None and org.is_live(token) else None


class _Tokens(TokenEndpoint):
    """The token endpoint of an org: client credentials of the client and of every pair, and the refresh token."""

    def __init__(self, of: CounterpartOrg) -> None:
        super().__init__(of.org)
        self.of = of

    def routes(self) -> list[Route]:
        more = [
            Route(REVOKE_PATH, self.revoke, methods=["GET"]),
            Route(DISCOVERY_PATH, self.metadata, methods=["GET"]),
            Route(USERINFO_PATH, self.user_info, methods=["GET", "POST"]),
            Route("/id/{org}/{user}", self.user_info, methods=["GET"]),
        ]
        return [*(route for route in super().routes() if not route.path.startswith((DATA_PATH, APEX_PATH))), *more]

    def client_of(self, client_id: str) -> Client | None:
        own = self.of.client
        if client_id == own.client_id:
            return own
        live = (pair for pair in self.of.staged.pairs() if self.of.staged.is_live(pair))
        return next((Client(pair.key, pair.secret) for pair in live if pair.key == client_id), None)

    def audience_of(self, request: Request, fields: dict[str, str]) -> str:
        return fields.get("audience", fields.get("resource", ""))

    def scopes_of(self, fields: dict[str, str]) -> tuple[str, ...]:
        return tuple(scope for scope in fields.get("scope", "api").split(" ") if scope)

    def issue(self, request: Request, grant: Grant) -> Response:
        more = {MANAGE} if grant.client == self.of.client else set()
        token = self.org.issue_token(frozenset({*grant.scopes, "api", *more}))
        self.grants[token.value] = grant
        return self.answer(request, self.shown(request, token, " ".join(grant.scopes)))

    def refreshed(self, request: Request, fields: dict[str, str]) -> Response:
        if fields.get("refresh_token") != self.of.refresh_token:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        token = self.org.issue_token(frozenset({"api", "web", MANAGE}))
        self.grants[token.value] = Grant(self.of.client, "", ("api", "web"))
        return JSONResponse(self.shown(request, token, "api web"), headers=NO_STORE)

    def shown(self, request: Request, token: AccessToken, scope: str) -> dict[str, object]:
        """The members of Salesforce's answer, which has no expires_in."""
        base = str(request.base_url).rstrip("/")
        return {
            "access_token": token.value,
            "signature": "c2lnbmF0dXJlIG9mIGEgbWFkZS11cCBvcmc=",
            "scope": scope,
            "instance_url": base,
            "id": f"{base}/id/{self.org.identifier}/{USER}",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
        }

    async def revoke(self, request: Request) -> Response:
        """A token in the query is taken too, as by Salesforce: a client that puts it there is found out."""
        if request.method == "POST" and "token" not in request.query_params:
            return await super().revoke(request)
        self.org.revoke(request.query_params.get("token", ""))
        return Response(status_code=200)

    async def user_info(self, request: Request) -> Response:
        """Who the user of a token is."""
        token = token_in(self.org, request)
        if token is None:
            posted = parse_qs((await request.body()).decode("latin-1"))
            value = next((v[0] for name, v in posted.items() if name in ("access_token", "oauth_token")), "")
            token = self.org.tokens.get(value)
        if token is None or not self.org.is_live(token):
            return Response("Bad_OAuth_Token", 403, media_type="text/plain")
        return JSONResponse(
            {
                "sub": USER,
                "user_id": USER,
                "organization_id": self.org.identifier,
                "preferred_username": NAME,
                "name": "Integration",
            }
        )


class _Staged(StagedCredentials):
    """The credentials of external client apps. The app stands on the twelfth page, and its consumer is the second."""

    def __init__(self, org: Org, prefix: str) -> None:
        super().__init__(org, prefix)
        self.apps: dict[str, App] = dict(reversed(some_apps(self.now()).items()))
        self.ever: list[Pair] = self.pairs()

    def page_size(self) -> int:
        return _PAGE_OF_APPS

    def number(self, request: Request, name: str, default: int) -> int:
        found = super().number(request, name, default)
        return min(found, _PAGE_OF_APPS) if name == "pageSize" else found

    def new_pair(self, consumer: object) -> Pair:
        pair = super().new_pair(consumer)  # type: ignore[arg-type] # a consumer
        self.ever.append(pair)
        return pair


class _Feed(BusinessSystem):
    """A polled system with pages of two records, in which time passes where it is told to."""

    def routes(self) -> list[Route]:
        return [*super().routes(), Route(SINK_PATH, self.take, methods=["POST", "PUT"])]

    async def take(self, request: Request) -> Response:
        """Take changes that a client hands over."""
        return Response(status_code=204)

    def lag(self, seconds: float) -> None:
        """Have the clock of the system be slow."""
        self.time = WallClock(self.org.clock, round(seconds * 1000))
        self.records = Records(self.time, self.stamp)

    def fill(self, new: int, changed: int, *, is_tied: bool = False) -> None:
        """Write new records and change the oldest ones, all at one moment, in which no record is written twice.

        A client may know a change by the id of its record and the time.

        Args:
            new: how many are new.
            changed: how many are changed.
            is_tied: whether the moment is that of the last write.
        """
        if not is_tied:
            last = self.time.now()
            self.time.stop(stopped=False)
            if self.time.now() == last:  # only then: a client's own clock is not to be behind
                self.time.advance(1)
        self.time.stop(stopped=True)
        known = [record.id for record in self.records.select("modified < ?", (self.time.now(),), "version", changed)]
        identifiers = [*known, *(new_id() for _ in range(new))]
        self.records.commit([self.change(one, {"name": f"Account {one[:8]}"}) for one in identifiers])

    def versions(self) -> list[tuple[str, int]]:
        """The id and the version of each record, as they are now."""
        return [(record.id, record.version) for record in self.records.select("1", (), "version")]

    def size_of(self, text: str) -> int:
        return min(super().size_of(text), _PAGE_OF_RECORDS)

    def token_after(self, record: Record) -> str:
        """A token of plain numbers: one that looks random is taken for a credential in the addresses of a client."""
        return f"{record.modified}-{record.version}"

    def behind(self, token: str) -> tuple[str, list[object]]:
        return super().behind(encoded([int(part) for part in token.split("-") if part.isdecimal()]))

    def token_of(self, request: Request) -> AccessToken | None:
        return token_in(self.org, request)


class _Files(FileService):
    """A file service that takes the org's tokens."""

    def put_sample(self, content: bytes) -> None:
        """Have a file there."""
        path = self.store.new_path()
        path.write_bytes(content)
        self.store.keep("sample.bin", path, BINARY)

    def authorize(self, request: Request) -> None:
        if token_in(self.org, request) is None:
            raise FileRefusal(401, "the token is missing or wrong", {"WWW-Authenticate": "Bearer"})
