"""Defects of the resources for staged credentials in what is listed and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from conformance.reference.apps import App, Consumer, Pair
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.staged_credentials_access import Refusal
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

# ------------------------------------------------------------- apps and consumers


@fault(kills={"STG-01", "STG-49"})
class AppsWithoutDeveloperName(StagedCredentials):
    """Lists apps by identifier and label alone, unless one is looked for by name."""

    def app_members(self, app: App) -> dict[str, object]:
        members = super().app_members(app)
        return members if app.consumers else {n: v for n, v in members.items() if n != "developerName"}


@fault(kills={"STG-02"})
class ConsumersWithoutAnAddress(StagedCredentials):
    """Does not say in the list where the pairs of a consumer are staged."""

    async def consumers(self, request: Request) -> Response:
        app = self.app_of(request)
        found = [self.consumer_members(request, app, one, "key") for one in app.consumers.values()]
        for one in found:
            del one["stagedCredentialsUrl"]
        return JSONResponse({"consumers": found})


@fault(kills={"STG-16"})
class PagesCountedFromOne(StagedCredentials):
    """Counts pages from 1, and takes 0 for 1."""

    def first_of(self, page: int, size: int) -> int:
        return super().first_of(max(page - 1, 0), size)


@fault(kills={"STG-16"})
class NothingPastTheEnd(StagedCredentials):
    """Answers 404 past the last page."""

    def page(self, apps: list[App], following: str | None) -> Response:
        if not apps:
            raise Refusal(404, "NOT_FOUND", "There is no such page")
        return super().page(apps, following)


@fault(kills={"STG-17"})
class TwentyAppsOnAPage(StagedCredentials):
    """Puts 20 apps on a page."""

    def page_size(self) -> int:
        return 20


@fault(kills={"STG-18"}, blinds=True)
class SecretNeverShown(StagedCredentials):
    """Shows the secret of a consumer to nobody."""

    def consumer_members(self, request: Request, app: App, consumer: Consumer, part: str) -> dict[str, object]:
        return super().consumer_members(request, app, consumer, "key")


@fault(kills={"STG-18"})
class SecretWithoutKey(StagedCredentials):
    """Takes part=secret for part=key."""

    def consumer_members(self, request: Request, app: App, consumer: Consumer, part: str) -> dict[str, object]:
        return super().consumer_members(request, app, consumer, "key" if part == "secret" else part)


@fault(kills={"STG-19"})
class SecretInTheList(StagedCredentials):
    """Shows the secrets in the list of consumers."""

    async def consumers(self, request: Request) -> Response:
        app = self.app_of(request)
        found = [self.consumer_members(request, app, one, "keyandsecret") for one in app.consumers.values()]
        return JSONResponse({"consumers": found})


@fault(kills={"STG-19"})
class SecretByDefault(StagedCredentials):
    """Shows the secret of a consumer where part is missing."""

    async def consumer(self, request: Request) -> Response:
        app, consumer = self.app_of(request), self.consumer_of(request)
        if request.query_params.get("part") is None:
            return self.answer(request, self.consumer_members(request, app, consumer, "keyandsecret"))
        return await super().consumer(request)


@fault(kills={"STG-20"})
class CacheableSecrets(StagedCredentials):
    """Lets caches keep the main pair."""

    async def consumer(self, request: Request) -> Response:
        answer = await super().consumer(request)
        answer.headers["Cache-Control"] = "private, max-age=60"
        return answer


@fault(kills={"STG-20"})
class CacheableStaging(StagedCredentials):
    """Says nothing to caches where a pair is staged."""

    def collection(self, request: Request, staged: dict[str, Pair], *, is_new: bool) -> Response:
        answer = super().collection(request, staged, is_new=is_new)
        del answer.headers["Cache-Control"]
        return answer


# --------------------------------------------------------------- staged credentials


@fault(kills={"STG-04"})
class StagedWithoutExpiry(StagedCredentials):
    """Leaves out who staged a pair."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        return {n: v for n, v in super().members(request, identifier, pair).items() if n != "createdBy"}


@fault(kills={"STG-04"}, blinds=True)
class SecretMissingAfterStaging(StagedCredentials):
    """Does not give the secret of the pair that it has staged."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        return {n: v for n, v in super().members(request, identifier, pair).items() if n != "secret"}


@fault(kills={"STG-04", "STG-50"})
class StatesOfItsOwn(StagedCredentials):
    """Calls a staged pair Pending."""

    def state_of(self, pair: Pair) -> str:
        state = super().state_of(pair)
        return "Pending" if state == "Active" else state


@fault(kills={"STG-11"})
class DatesAreAYearApart(StagedCredentials):
    """Says that a staged pair lives for a year."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        members = super().members(request, identifier, pair)
        return members | {"expirationDate": self.date(pair.created + 365 * 86_400)}


@fault(kills={"STG-22"})
class AddressesOfAnotherVersion(StagedCredentials):
    """Gives addresses under which nothing is."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        members = super().members(request, identifier, pair)
        return members | {"url": str(members["url"]).replace("/staged/", "/staged-credentials/")}


@fault(kills={"STG-22"})
class AddressesOnAnotherHost(StagedCredentials):
    """Gives addresses on another host."""

    def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
        members = super().members(request, identifier, pair)
        return members | {"stagedCredentialsUrl": f"https://elsewhere.example.com{members['stagedCredentialsUrl']}"}


@fault(kills={"STG-26"})
class RotatedIsCalledActive(StagedCredentials):
    """Shows the former pair as if it were a staged one."""

    def state_of(self, pair: Pair) -> str:
        state = super().state_of(pair)
        return "Active" if state == "Rotated" else state


@fault(kills={"STG-47"})
class EndedIsCalledActive(StagedCredentials):
    """Shows a staged pair that has ended as if it were good."""

    def state_of(self, pair: Pair) -> str:
        return pair.state


# ------------------------------------------------------------------------ refusals


@fault(kills={"STG-15", "STG-34"})
class ForbiddenForUnknown(StagedCredentials):
    """Answers 403 to ids that do not exist."""

    def unknown(self) -> Refusal:
        return Refusal(403, "INSUFFICIENT_ACCESS", "You cannot see this")


@fault(kills={"STG-34"})
class GoneIsDone(StagedCredentials):
    """Answers 204 to the deletion of what is gone."""

    async def delete(self, request: Request) -> Response:
        if request.path_params["staged"] not in self.consumer_of(request).staged and "1Sc" in request.url.path:
            return Response(status_code=204)
        return await super().delete(request)


@fault(kills={"STG-42"})
class SecretsInErrors(StagedCredentials):
    """Writes the main pair into the message where a second pair is staged."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        try:
            return await super().staged_in(request, consumer)
        except Refusal as refusal:
            raise Refusal(refusal.status, refusal.code, f"A pair exists beside {consumer.main.secret}") from None


@fault(kills={"STG-43"})
class AnyVersionWillDo(StagedCredentials):
    """Serves versions of the API that do not exist."""

    def version_of(self, request: Request) -> int:
        version = super().version_of(request)
        return version if version in (64, 65) else 66


@fault(kills={"STG-44"})
class StagingBeforeItsVersion(StagedCredentials):
    """Serves staged credentials under older versions of the API."""

    def knows_staging(self, version: int) -> bool:
        return True


# ------------------------------------------------------------------------ contract


@fault(kills={"STG-49"})
class ListsAreCalledText(StagedCredentials):
    """Declares the list of apps as plain text."""

    def page(self, apps: list[App], following: str | None) -> Response:
        answer = super().page(apps, following)
        answer.headers["Content-Type"] = "text/plain; charset=utf-8"
        return answer


@fault(kills={"STG-49"})
class FailsOnNumbers(StagedCredentials):
    """Answers 500 where a number of a query is none."""

    def number(self, request: Request, name: str, default: int) -> int:
        try:
            return super().number(request, name, default)
        except Refusal:
            raise Refusal(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred") from None


@fault(kills={"STG-50"})
class RotationSaysNothing(StagedCredentials):
    """Answers 204 to a rotation."""

    async def patch(self, request: Request) -> Response:
        await super().patch(request)
        return Response(status_code=204)


@fault(kills={"STG-52"})
class AnyPartShowsTheSecret(StagedCredentials):
    """Takes every part that it does not know for keyandsecret."""

    async def consumer(self, request: Request) -> Response:
        app, consumer, part = self.app_of(request), self.consumer_of(request), request.query_params.get("part", "key")
        known = part if part in ("key", "secret", "keyandsecret") else "keyandsecret"
        return self.answer(request, self.consumer_members(request, app, consumer, known))


@fault(kills={"STG-53"})
class NextPageHasAnotherSize(StagedCredentials):
    """Does not repeat pageSize in the address of the next page."""

    def page(self, apps: list[App], following: str | None) -> Response:
        return super().page(apps, following.partition("&")[0] if following else None)
