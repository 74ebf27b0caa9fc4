"""The Connect REST resources for the credentials of external client apps, with the token endpoint that takes them."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.apps import APP_ID, PAIR_SECONDS, App, Consumer, Pair, consumer_id, new_id, some_apps
from conformance.reference.org import Org
from conformance.reference.role import Role
from conformance.reference.staged_credentials_access import MANAGE, Refusal, StagedCredentialsAccess

if TYPE_CHECKING:
    from starlette.requests import Request

PREFIX = "/apps-org"
OTHER_ORG = "/other-apps-org"
TOKEN_PATH = "/services/oauth2/token"
APPS_PATH = "/services/data/{version}/apps/oauth"
PAGE_SIZE = 100
NO_STORE = {"Cache-Control": "no-cache, no-store, must-revalidate"}

# Those who may read and change credentials, and those who may not. They open nothing but a reference on loopback.
ADMIN = ("made-up-admin-app", "made-up-secret-of-the-admin-app")
VIEWER = ("made-up-viewer-app", "made-up-secret-of-the-viewer-app")


class StagedCredentials(StagedCredentialsAccess, Role):
    """Lets an administrator stage, rotate and delete the credentials of an app."""

    role: ClassVar[str] = "staged_credentials"

    def __init__(self, org: Org, prefix: str = PREFIX, *, is_enabled: bool = True) -> None:
        super().__init__(org)
        self.prefix = prefix
        self.is_enabled = is_enabled
        self.apps = some_apps(self.now())
        self._started = time.time() - org.clock.now()

    def routes(self) -> list[Route]:
        """The resources of this org, and of another one, in which the setting for the API is off."""
        routes = self.routes_of_one_org()
        if self.prefix == PREFIX:
            routes += type(self)(Org(self.org.clock), OTHER_ORG, is_enabled=False).routes()
        return routes

    def routes_of_one_org(self) -> list[Route]:
        """Where one org is served."""
        consumer = f"{APPS_PATH}/credentials/{{app}}/{{consumer}}"
        served: tuple[tuple[str, Callable[[Request], Awaitable[Response]], str], ...] = (
            (TOKEN_PATH, self.token, "POST"),
            (f"{APPS_PATH}/usage", self.usage, "GET"),
            (f"{APPS_PATH}/credentials/{{app}}", self.consumers, "GET"),
            (consumer, self.consumer, "GET"),
            (f"{consumer}/staged", self.staged, "GET"),
            (f"{consumer}/staged", self.stage, "POST"),
            (f"{consumer}/staged/{{staged}}", self.one_staged, "GET"),
            (f"{consumer}/staged/{{staged}}", self.patch, "PATCH"),
            (f"{consumer}/staged/{{staged}}", self.delete, "DELETE"),
        )
        return [Route(self.prefix + path, self.guarded(handler), methods=[method]) for path, handler, method in served]

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        """The role's part of the target file."""
        here, there = base_url + PREFIX, base_url + OTHER_ORG
        return {
            "base_url": here,
            "app": "Rotating",
            "consumer": "Nightly",
            "token": token_request(here, ADMIN),
            "deliver_to": "file:main-pair.json",
            "token_without_permission": token_request(here, VIEWER),
            "foreign_token": token_request(there, ADMIN),
            "switched_off": {
                "base_url": there,
                "app": APP_ID,
                "consumer": consumer_id("Nightly"),
                "token": token_request(there, ADMIN),
            },
        }

    # ------------------------------------------------------ apps and consumers

    async def usage(self, request: Request) -> Response:
        """A page of the apps."""
        page, size = self.number(request, "page", 0), self.number(request, "pageSize", self.page_size())
        apps = list(self.apps.values())
        first = self.first_of(page, size)
        following = f"{request.url.path}?page={page + 1}&pageSize={size}" if first + size < len(apps) else None
        return self.page(apps[first : first + size], following)

    def page_size(self) -> int:
        """How many apps a page holds where nothing else is asked for."""
        return PAGE_SIZE

    def first_of(self, page: int, size: int) -> int:
        """The place of the first app on a page."""
        return page * size

    def page(self, apps: list[App], following: str | None) -> Response:
        """The answer with a page of apps."""
        return JSONResponse({"apps": [self.app_members(app) for app in apps], "nextPageUrl": following})

    def app_members(self, app: App) -> dict[str, object]:
        """What the list of apps says of one."""
        return {"identifier": app.identifier, "developerName": app.developer_name, "label": app.label}

    def number(self, request: Request, name: str, default: int) -> int:
        """A parameter that is a small number."""
        text = request.query_params.get(name, str(default))
        if not text.isdigit() or len(text) > 9:
            raise Refusal(400, "INVALID_PARAMETER", f"{name} has to be a number")
        return int(text)

    async def consumers(self, request: Request) -> Response:
        """The consumers of an app."""
        app = self.app_of(request)
        found = [self.consumer_members(request, app, one, "key") for one in app.consumers.values()]
        return JSONResponse({"consumers": found, "currentPageUrl": request.url.path, "nextPageUrl": None})

    async def consumer(self, request: Request) -> Response:
        """One consumer, with what is asked for of its main pair."""
        part = request.query_params.get("part", "key")
        if part not in ("key", "secret", "keyandsecret"):
            raise Refusal(400, "INVALID_PARAMETER", "part is key, secret or keyandsecret")
        app, consumer = self.app_of(request), self.consumer_of(request)
        return self.answer(request, self.consumer_members(request, app, consumer, part))

    def consumer_members(self, request: Request, app: App, consumer: Consumer, part: str) -> dict[str, object]:
        """What is said of a consumer."""
        address = self.address(request, app, consumer)
        members: dict[str, object] = {"id": consumer.id, "name": consumer.name, "url": address}
        members["stagedCredentialsUrl"] = f"{address}/staged"
        if part != "secret":
            members["key"] = consumer.main.key
        if part != "key":
            members["secret"] = consumer.main.secret
        return members

    def app_of(self, request: Request) -> App:
        """The app that the address names."""
        app = self.apps.get(request.path_params["app"])
        if app is None:
            raise self.unknown()
        return app

    def consumer_of(self, request: Request) -> Consumer:
        """The consumer that the address names, which is one of the app that it names."""
        consumer = self.app_of(request).consumers.get(request.path_params["consumer"])
        if consumer is None:
            raise self.unknown()
        return consumer

    def unknown(self) -> Refusal:
        """The refusal of what does not exist."""
        return Refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def address(self, request: Request, app: App, consumer: Consumer) -> str:
        """Where a consumer is, as a path."""
        version = request.path_params["version"]
        return f"{self.prefix}{APPS_PATH.format(version=version)}/credentials/{app.identifier}/{consumer.id}"

    # -------------------------------------------------------- staged credentials

    async def staged(self, request: Request) -> Response:
        """What stands in the staged place."""
        return self.collection(request, self.consumer_of(request).staged, is_new=False)

    async def stage(self, request: Request) -> Response:
        """Stage a pair. A body says nothing, whatever it is."""
        consumer = self.consumer_of(request)
        staged = await self.staged_in(request, consumer)
        return self.collection(request, staged, is_new=True)

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        """Put a new pair into the staged place, if that is free; returns what POST answers with."""
        if any(self.is_live(pair) for pair in consumer.staged.values()):
            raise Refusal(400, "LIMIT_EXCEEDED", "A staged credential exists already; delete it first")
        consumer.staged.clear()
        identifier, pair = new_id("1Sc"), self.new_pair(consumer)
        consumer.staged[identifier] = pair
        return {identifier: pair}

    def new_pair(self, consumer: Consumer) -> Pair:
        """A new pair that lives for 30 days."""
        return Pair.new(self.now(), self.now() + PAIR_SECONDS)

    async def one_staged(self, request: Request) -> Response:
        """One staged credential."""
        identifier, pair = self.staged_of(request)
        return self.one(request, identifier, pair)

    async def patch(self, request: Request) -> Response:
        """Do what the command says, which can only be to rotate."""
        # The body is read first: from here on nothing waits, so no other request comes in between.
        command = self.command_in(await request.body())
        consumer = self.consumer_of(request)
        identifier, pair = self.staged_of(request)
        if command != "rotate":
            raise Refusal(400, "INVALID_INPUT", "the command is unknown or missing")
        self.check_condition(request, identifier, pair)
        await self.rotate(consumer, identifier, pair)
        return self.one(request, identifier, consumer.staged.get(identifier, pair))

    def command_in(self, body: bytes) -> object:
        """The command of a PATCH; None where there is none."""
        try:
            members = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return members.get("command") if isinstance(members, dict) else None

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        """Make the staged pair the main one; the former one takes its place for 30 days."""
        if pair.state != "Active" or not self.is_live(pair):
            raise Refusal(400, "INVALID_STATE", "only an active staged credential can be rotated")
        former, consumer.main = consumer.main, pair
        pair.ends = None
        former.state, former.created, former.ends = "Rotated", self.now(), self.now() + PAIR_SECONDS
        consumer.staged[identifier] = former

    async def delete(self, request: Request) -> Response:
        """Delete what stands in the staged place."""
        consumer = self.consumer_of(request)
        identifier, pair = self.staged_of(request)
        self.check_condition(request, identifier, pair)
        self.remove(consumer, identifier)
        return Response(status_code=204)

    def remove(self, consumer: Consumer, identifier: str) -> None:
        """End a pair of the staged place."""
        del consumer.staged[identifier]

    def staged_of(self, request: Request) -> tuple[str, Pair]:
        """The staged credential that the address names, with its id."""
        identifier = request.path_params["staged"]
        pair = self.consumer_of(request).staged.get(identifier)
        if pair is None:
            raise self.unknown()
        return identifier, pair

    def check_condition(self, request: Request, identifier: str, pair: Pair) -> None:
        """Refuse a change of what has changed since the caller read it (RFC 9110, section 13.1.1)."""
        wanted = request.headers.get("if-match", "*")
        if wanted not in ("*", self.etag(identifier, pair)):
            raise Refusal(412, "PRECONDITION_FAILED", "The staged credential has changed")

    def etag(self, identifier: str, pair: Pair) -> str:
        """What changes with a staged credential."""
        return f'"{identifier}-{self.state_of(pair)}"'

    # ------------------------------------------------------------------ answers

    def collection(self, request: Request, staged: dict[str, Pair], *, is_new: bool) -> Response:
        """The answer with a collection of staged credentials."""
        found = [self.members(request, identifier, pair) for identifier, pair in staged.items()]
        return self.answer(request, {"stagedCredentials": found, "url": request.url.path})

    def one(self, request: Request, identifier: str, pair: Pair) -> Response:
        """The answer with one staged credential."""
        answer = self.answer(request, self.members(request, identifier, pair))
        answer.headers["ETag"] = self.etag(identifier, pair)
        return answer

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        """What is said of a staged credential."""
        collection = request.url.path.partition("/staged")[0] + "/staged"
        return {
            "id": identifier,
            "key": pair.key,
            "secret": pair.secret,
            "state": self.state_of(pair),
            "createdBy": "005000000000001",
            "createdDate": self.date(pair.created),
            "expirationDate": self.date(pair.created + PAIR_SECONDS),
            "stagedCredentialsUrl": collection,
            "url": f"{collection}/{identifier}",
        }

    def state_of(self, pair: Pair) -> str:
        """Its state in words."""
        return pair.state if self.is_live(pair) else "Expired"

    def date(self, moment: float) -> str:
        """A moment of the org's clock as a date."""
        return datetime.fromtimestamp(self._started + moment, UTC).isoformat(timespec="milliseconds")

    def answer(self, request: Request, members: dict[str, object]) -> Response:
        """An answer that may hold a secret."""
        return JSONResponse(members, headers=NO_STORE)

    # ------------------------------------------------------------ token endpoint

    async def token(self, request: Request) -> Response:
        """Give a token to whoever has a pair that works (RFC 6749, section 4.4)."""
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        scopes = self.scopes_for(form.get("client_id", ""), form.get("client_secret", ""))
        if scopes is None or form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "invalid_client"}, 400, NO_STORE)
        token = self.org.issue_token(scopes)
        return JSONResponse({"access_token": token.value, "token_type": "Bearer"}, headers=NO_STORE)

    def scopes_for(self, key: str, secret: str) -> frozenset[str] | None:
        """What a pair is good for; None if it does not work."""
        if (key, secret) in (ADMIN, VIEWER):
            return frozenset({"api", MANAGE} if (key, secret) == ADMIN else {"api"})
        named = [pair for pair in self.pairs() if pair.key == key]  # first, because there may be hundreds of others
        return frozenset({"api"}) if any(self.is_pair(pair, key, secret) for pair in named) else None

    def pairs(self) -> list[Pair]:
        """All pairs of the org."""
        return [pair for app in self.apps.values() for consumer in app.consumers.values() for pair in consumer.pairs]

    def is_pair(self, pair: Pair, key: str, secret: str) -> bool:
        """Whether key and secret are those of a pair that has not ended."""
        return (pair.key, pair.secret) == (key, secret) and self.is_live(pair)

    def is_live(self, pair: Pair) -> bool:
        """Whether a pair has not ended."""
        return pair.ends is None or self.now() < pair.ends

    def now(self) -> float:
        """The org's time, in seconds."""
        return self.org.clock.now()


def token_request(base_url: str, pair: tuple[str, str]) -> dict[str, object]:
    """How a caller gets a token."""
    form = {"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}
    return {"url": base_url + TOKEN_PATH, "form": form}
