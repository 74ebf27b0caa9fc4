"""Resources for staged credentials that are unusual and correct."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.reference.apps import PAIR_SECONDS, App, Consumer, Pair, new_id
from conformance.reference.staged_credentials import PREFIX, StagedCredentials
from conformance.reference.staged_credentials_access import Refusal
from conformance.reference.variants import oddity, oddity_without

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.reference.org import Org


@oddity
class StagedIdStaysWithItsPair(StagedCredentials):
    """Shows the new main pair under the staged id after a rotation, as one client reads it."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        if any(self.is_live(pair) and pair is not consumer.main for pair in consumer.staged.values()):
            raise Refusal(400, "LIMIT_EXCEEDED", "A staged credential exists already; delete it first")
        identifier, pair = new_id("1Sc"), self.new_pair(consumer)
        consumer.staged[identifier] = pair
        return {identifier: pair}

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if pair.state != "Active" or not self.is_live(pair):
            raise Refusal(400, "INVALID_STATE", "only an active staged credential can be rotated")
        former, consumer.main = consumer.main, pair
        pair.state, pair.ends = "Rotated", None
        former.ends = self.now() + PAIR_SECONDS
        self.nameless = [*getattr(self, "nameless", ()), former]

    def pairs(self) -> list[Pair]:
        deleted = getattr(self, "deleted", [])
        return [*super().pairs(), *(pair for pair in getattr(self, "nameless", ()) if pair not in deleted)]

    def remove(self, consumer: Consumer, identifier: str) -> None:
        self.deleted = [*getattr(self, "deleted", ()), consumer.staged[identifier]]
        super().remove(consumer, identifier)


@oddity
class SecondPairIsKeptToo(StagedCredentials):
    """Lets several pairs stand in the staged place."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        identifier, pair = new_id("1Sc"), self.new_pair(consumer)
        consumer.staged[identifier] = pair
        return {identifier: pair}


@oddity
class BareObjects(StagedCredentials):
    """Answers with the staged credential itself where it has staged one."""

    def collection(self, request: Request, staged: dict[str, Pair], *, is_new: bool) -> Response:
        if not is_new:
            return super().collection(request, staged, is_new=is_new)
        [(identifier, pair)] = staged.items()
        return self.one(request, identifier, pair)


@oddity
class BareLists(StagedCredentials):
    """Answers with lists that nothing is wrapped around."""

    def collection(self, request: Request, staged: dict[str, Pair], *, is_new: bool) -> Response:
        found: Any = [self.members(request, identifier, pair) for identifier, pair in staged.items()]
        return self.answer(request, found)


@oddity
class CreatedIs201(StagedCredentials):
    """Answers 201 where a pair was staged."""

    async def stage(self, request: Request) -> Response:
        answer = await super().stage(request)
        answer.status_code = 201
        return answer


@oddity
class DatesWithoutColon(StagedCredentials):
    """Writes dates as the REST API does elsewhere: with a time zone of four digits."""

    def date(self, moment: float) -> str:
        return datetime.fromtimestamp(self._started + moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@oddity
class DatesWithoutTime(StagedCredentials):
    """Writes the day alone."""

    def date(self, moment: float) -> str:
        return datetime.fromtimestamp(self._started + moment, UTC).date().isoformat()


@oddity
class DatesAsMilliseconds(StagedCredentials):
    """Writes the milliseconds since 1970, as text."""

    def date(self, moment: float) -> str:
        return str(int((self._started + moment) * 1000))


@oddity
class ListsWithoutSecrets(StagedCredentials):
    """Shows the secret of a staged pair once, in the answer to its staging."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        members = super().members(request, identifier, pair)
        return members if request.method == "POST" else members | {"secret": None}


@oddity
class AbsoluteAddresses(StagedCredentials):
    """Gives addresses with scheme and host."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        members = super().members(request, identifier, pair)
        host = f"{request.url.scheme}://{request.url.netloc}"
        return members | {name: f"{host}{members[name]}" for name in ("url", "stagedCredentialsUrl")}


@oddity
class UrlOfThePrimaryCredentials(StagedCredentials):
    """Gives as url the address of the consumer, as the guide describes it."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        members = super().members(request, identifier, pair)
        return members | {"url": str(members["stagedCredentialsUrl"]).removesuffix("/staged")}


@oddity_without("STG-31")
class NoEntityTags(StagedCredentials):
    """Gives no ETag."""

    def one(self, request: Request, identifier: str, pair: Pair) -> Response:
        answer = super().one(request, identifier, pair)
        del answer.headers["ETag"]
        return answer


@oddity
class RefusalsInPlainText(StagedCredentials):
    """Refuses in plain text."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return PlainTextResponse(refusal.text, refusal.status)


@oddity
class ForbiddenIsNotFound(StagedCredentials):
    """Answers 404 to who may not see credentials, so that nobody learns what exists."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return super().refuse(request, self.unknown() if refusal.status == 403 else refusal)


@oddity
class ExpiredIsGone(StagedCredentials):
    """Forgets a pair as soon as it has ended."""

    def collection(self, request: Request, staged: dict[str, Pair], *, is_new: bool) -> Response:
        live = {identifier: pair for identifier, pair in staged.items() if self.is_live(pair)}
        return super().collection(request, live, is_new=is_new)


@oddity
class UnknownCommandsAreUnprocessable(StagedCredentials):
    """Answers 422 to what it cannot do."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        is_command = request.method == "PATCH" and refusal.status == 400
        return super().refuse(request, Refusal(422, refusal.code, refusal.text) if is_command else refusal)


@oddity
class RepeatedRotationIsDone(StagedCredentials):
    """Answers 200 to a repeated rotation, and changes nothing."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if pair.state == "Active":
            await super().rotate(consumer, identifier, pair)


@oddity
class RepeatedRotationGoesBack(StagedCredentials):
    """Makes the former pair the main one again where the rotation is repeated."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if pair.state == "Rotated" and self.is_live(pair):
            pair.state, consumer.main.state = "Active", "Active"
        await super().rotate(consumer, identifier, pair)


@oddity
class AnAppMayRotateItself(StagedCredentials):
    """Lets the app's own token change its credentials."""

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        value = request.headers["authorization"].partition(" ")[2]
        return value in getattr(self, "own", ()) or super().is_permitted(request, scopes)

    async def token(self, request: Request) -> Response:
        before, body = set(self.org.tokens), await request.body()
        answer = await super().token(request)
        if any(pair.key.encode() in body for pair in self.pairs()):
            self.own = {*getattr(self, "own", ()), *(set(self.org.tokens) - before)}
        return answer


@oddity
class ExtraMembers(StagedCredentials):
    """Says more than clients know."""

    def app_members(self, app: App) -> dict[str, object]:
        return super().app_members(app) | {"tokens": 0, "distributionState": "Local"}

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        return super().members(request, identifier, pair) | {"lastModifiedDate": None, "links": []}


@oddity_without("STG-53")
class PagesWithoutAddresses(StagedCredentials):
    """Gives no address of a next page."""

    def page(self, apps: list[App], following: str | None) -> Response:
        return JSONResponse({"apps": [self.app_members(app) for app in apps]})


@oddity_without("STG-17")
class FewApps(StagedCredentials):
    """Has fewer apps than a page holds."""

    def __init__(self, org: Org, prefix: str = PREFIX, *, is_enabled: bool = True) -> None:
        super().__init__(org, prefix, is_enabled=is_enabled)
        self.apps = {identifier: app for identifier, app in self.apps.items() if app.consumers}


@oddity
class ConsumersAreForEverybody(StagedCredentials):
    """Shows consumers, without a secret, to whoever is logged in."""

    def is_permitted(self, request: Request, scopes: frozenset[str]) -> bool:
        is_open = request.method == "GET" and "/staged" not in request.url.path and not request.url.query
        return is_open or super().is_permitted(request, scopes)
